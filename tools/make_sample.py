"""Make data/sample from held-out calls by taking their labels off: `python tools/make_sample.py` (`--check` only compares).

day-a holds calls whose ASR set punctuation, day-b calls without any. No sample call stands in data/train.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[1] / "data"
SOURCE = DATA / "heldout" / "t19.jsonl"
CALLS_PER_FILE = 22
GOLD_OF_CALL = {"party", "party_from"}
GOLD_OF_TURN = {"labels", "subtypes", "fillers", "ptp"}  # labelling guide, section 6
PUNCTUATION = re.compile(r"[，。？！；：、,.?!;:]")


def has_punctuation(call: dict[str, Any]) -> bool:
    """Whether any turn of the call carries a punctuation mark."""
    return any(PUNCTUATION.search(turn["text"]) for turn in call["utterances"])


def without_gold(call: dict[str, Any], call_id: str) -> dict[str, Any]:
    """The bare transcript under a new id."""
    turns = [{key: value for key, value in turn.items() if key not in GOLD_OF_TURN} for turn in call["utterances"]]
    bare = {key: value for key, value in call.items() if key not in GOLD_OF_CALL}
    return bare | {"call_id": call_id, "utterances": turns}


def sample_files() -> dict[str, str]:
    """Name → content of each sample file."""
    calls = [json.loads(line) for line in SOURCE.read_text(encoding="utf-8").splitlines()]
    files = {}
    for stem, punctuated in (("day-a", True), ("day-b", False)):
        chosen = [call for call in calls if has_punctuation(call) is punctuated][:CALLS_PER_FILE]
        bare = [without_gold(call, f"{stem}-{number:03d}") for number, call in enumerate(chosen, start=1)]
        files[f"{stem}.jsonl"] = "".join(json.dumps(call, ensure_ascii=False) + "\n" for call in bare)
    return files


def main() -> int:
    """Write the sample, or with ``--check`` say which file is not what this script makes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    stale = []
    for name, content in sample_files().items():
        path = DATA / "sample" / name
        if check and (not path.exists() or path.read_text(encoding="utf-8") != content):
            stale.append(name)
        elif not check:
            path.write_text(content, encoding="utf-8")
    for name in stale:
        sys.stderr.write(f"data/sample/{name} is not what tools/make_sample.py makes\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
