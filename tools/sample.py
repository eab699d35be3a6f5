"""data/sample: held-out calls with their labels taken off.

day-a holds calls whose ASR set punctuation, day-b calls without any. No sample call stands in data/train.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tools.paths import DATA

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


def files() -> dict[Path, str]:
    """Path → content of each sample file."""
    calls = [json.loads(line) for line in SOURCE.read_text(encoding="utf-8").splitlines()]
    made = {}
    for stem, punctuated in (("day-a", True), ("day-b", False)):
        chosen = [call for call in calls if has_punctuation(call) is punctuated][:CALLS_PER_FILE]
        bare = [without_gold(call, f"{stem}-{number:03d}") for number, call in enumerate(chosen, start=1)]
        made[DATA / "sample" / f"{stem}.jsonl"] = "".join(json.dumps(call, ensure_ascii=False) + "\n" for call in bare)
    return made
