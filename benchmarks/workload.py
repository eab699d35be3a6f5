"""A night's transcripts of any size, made from the labelled calls of data/train.

In that corpus 97 % of the turns are distinct: long ones hardly ever repeat, short answers often do. A workload that repeated its calls
would flatter anything that remembers texts, so every copy of a call is changed the way two calls differ: other figures, now and then a
dropped character, half of the calls without punctuation. Short answers stay as they are. With the encoder calls of data/heldout are tagged:
the model is sure of more of the turns it has learned from, and leaves them out.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

DATA = Path(__file__).parents[1] / "data" / "train"
UNSEEN = DATA.parent / "heldout"
SHORT = 6  # characters; answers up to this length repeat between calls
_FIGURE = re.compile("[0-9一二三四五六七八九]")
_DIGITS, _NUMERALS = "0123456789", "一二三四五六七八九"
_PUNCTUATION = re.compile(r"[，。？！、；：…—,.?!]")
_GOLD = ("labels", "subtypes", "fillers", "ptp")


def make_calls(turns: int, source: Path = DATA, seed: int = 7) -> Iterator[dict[str, Any]]:
    """Transcripts without labels, about ``turns`` turns in all (the last call is whole), the same for the same seed."""
    sources = [orjson.loads(line) for path in sorted(source.glob("*.jsonl")) for line in path.read_bytes().splitlines()]
    chance = random.Random(seed)
    made = number = 0
    while made < turns:
        chance.shuffle(sources)
        for original in sources:
            number += 1
            call = _vary(original, number, chance)
            made += len(call["utterances"])
            yield call
            if made >= turns:
                return


def _vary(source: dict[str, Any], number: int, chance: random.Random) -> dict[str, Any]:
    bare = chance.random() < 0.5
    call = {key: value for key, value in source.items() if key not in ("party", "party_from", "utterances")}
    call.update(call_id=f"n-{number:07}", agent_id=f"a{number % 60}", account_id=f"k-{chance.randrange(10 + number // 2)}")
    call["utterances"] = [
        {**{key: value for key, value in turn.items() if key not in _GOLD}, "text": _vary_text(turn["text"], bare, chance)}
        for turn in source["utterances"]
    ]
    return call


def _vary_text(text: str, bare: bool, chance: random.Random) -> str:
    if bare:
        text = _PUNCTUATION.sub("", text) or text
    if len(text) <= SHORT:
        return text
    changed = _FIGURE.sub(lambda found: chance.choice(_DIGITS if found[0] in _DIGITS else _NUMERALS), text)
    if changed == text or chance.random() < 0.2:
        drop = chance.randrange(len(changed))
        changed = changed[:drop] + changed[drop + 1 :]
    return changed


def write_workload(path: Path, turns: int, source: Path = DATA) -> int:
    """Write a workload made from the calls of a folder as JSONL; the number of its turns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("wb") as file:
        for call in make_calls(turns, source):
            file.write(orjson.dumps(call, option=orjson.OPT_APPEND_NEWLINE))
            count += len(call["utterances"])
    return count


def read_texts(path: Path) -> list[str]:
    """The texts of all turns of a workload."""
    return [turn["text"] for line in path.read_bytes().splitlines() for turn in orjson.loads(line)["utterances"]]


def labelled_turns() -> tuple[list[str], list[list[str]]]:
    """Texts and labels of data/train, for what has to be trained before it can predict."""
    texts: list[str] = []
    labels: list[list[str]] = []
    for path in sorted(DATA.glob("*.jsonl")):
        for line in path.read_bytes().splitlines():
            for turn in orjson.loads(line)["utterances"]:
                texts.append(turn["text"])
                labels.append(turn["labels"])
    return texts, labels
