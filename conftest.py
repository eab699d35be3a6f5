"""Which modules pytest leaves alone: those whose packages come with an extra that is not installed."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("torch") else ["src/callqa/finetune/*.py"]
