"""callqa: QA of Chinese debt-collection calls. Tags utterances, works out who is on the line, flags calls with evidence."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("callqa")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0.0.0"
