"""The counts in data/README.md: calls, turns, parties, labels and sub-types of every labelled file."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from callqa.call import PARTIES
from callqa.labels import load_scheme
from tools.paths import DATA, table, with_block

SPLITS = ("train", "written", "heldout")


def count(calls: list[dict[str, Any]]) -> Counter[str]:
    """How often each thing stands: ``calls``, ``turns``, ``party:…``, ``label:…``, ``sub:label/name``, ``hand-overs``."""
    found: Counter[str] = Counter(calls=len(calls))
    for call in calls:
        found[f"party:{call['party']}"] += 1
        found["hand-overs"] += bool(call.get("party_from"))
        for turn in call["utterances"]:
            found["turns"] += 1
            found.update(f"label:{label}" for label in turn["labels"])
            found.update(f"sub:{label}/{name}" for label, names in turn.get("subtypes", {}).items() for name in names)
    return found


def body() -> str:
    """The block of tables."""
    scheme = load_scheme()
    by_file = {path: count([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]) for path in _labelled_files()}
    by_split = {split: sum((found for path, found in by_file.items() if path.parent.name == split), Counter()) for split in SPLITS}

    columns = ["calls", "turns", *(f"party:{party}" for party in PARTIES), "hand-overs", *(f"label:{name}" for name in scheme.names)]
    header = ["file", *(column.partition(":")[2] or column for column in columns)]
    rows = [[f"{path.parent.name}/{path.name}", *(f"{found[column]:,}" for column in columns)] for path, found in by_file.items()]
    rows += [[f"**all of {split}**", *(f"{found[column]:,}" for column in columns)] for split, found in by_split.items()]
    subtypes = [
        [label.name, sub.name, *(f"{by_split[split][f'sub:{label.name}/{sub.name}']:,}" for split in SPLITS)]
        for label in scheme
        for sub in label.subtypes
    ]
    return "\n\n".join(
        (
            "Calls by file and by who is on the line first, calls with a hand-over, turns by label:",
            table(header, rows),
            "Turns by sub-type:",
            table(["label", "sub-type", *SPLITS], subtypes),
        )
    )


def _labelled_files() -> list[Path]:
    return [path for split in SPLITS for path in sorted((DATA / split).glob("*.jsonl"))]


def files() -> dict[Path, str]:
    """data/README.md with its counts as the files have them now."""
    readme = DATA / "README.md"
    return {readme: with_block(readme.read_text(encoding="utf-8"), "counts", body())}
