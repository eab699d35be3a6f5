"""doccano: JSONL of a sequence labelling project, a call a document, read back as labelled calls.

The document's text has a line a turn (``1 agent: 您好``); a label on a turn is a span over its text, a filler a span of its own, a sub-type
a span called ``label/subtype``. What doccano has no place for stays in the document's metadata and is merged again. Projects must allow
overlapping spans. `callqa.export.doccano` writes what this module reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from callqa.errors import InputError
from callqa.sources.label_studio import comparable
from callqa.sources.raw import as_text

NAME = "doccano"
META = "callqa"  # metadata field with the rest of the call's record, as JSON text: doccano keeps plain values best
SPAN_LABELS = "span_labels"  # within it: labels whose spans are characters, not whole turns
NEWLINE = "\u2028"  # stands for a line end within a turn: in the document a line is a turn
KEPT = "doccano"  # unknown field of the call that keeps the document's id, comments and the like
_CALL_RESULTS = ("flags", "score", "promise", "model")


def fits(data: dict[str, Any]) -> bool:
    """Whether a JSON object is a document that callqa wrote."""
    return "text" in data and (META in data or any(isinstance(data.get(key), dict) and META in data[key] for key in ("meta", "metadata")))


def read(data: dict[str, Any], _name: str) -> Iterator[dict[str, Any]]:
    """The record of one document."""
    meta = next((data[key] for key in ("meta", "metadata") if isinstance(data.get(key), dict) and META in data[key]), data)
    try:
        rest = orjson.loads(as_text(meta[META], META))
        record, span_labels = rest["record"], set(rest[SPAN_LABELS])
        items: list[dict[str, Any]] = record["utterances"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise InputError("is not what callqa wrote", field=META) from None
    text = as_text(data.get("text"), "text")
    lines = turn_texts(text, len(items))
    spans = data.get("label", data.get("labels", data.get("entities")))
    turns: list[dict[str, Any]] = [{"labels": []} for _ in items]
    for start, end, name in _spans(spans):
        for index, (begin, said) in enumerate(lines):
            if start < begin + len(said) and begin < end:
                _add(turns[index], name, [max(start - begin, 0), min(end - begin, len(said))], span_labels)
    utterances = [
        _merged({**item, "text": said}, gold) for item, gold, (_, said) in zip(items, turns, lines, strict=True)
    ]  # fmt: skip
    before = [{**item, "text": said} for item, (_, said) in zip(items, lines, strict=True)]
    whole = {**record, "utterances": utterances}
    if utterances != before:
        whole = {key: value for key, value in whole.items() if key not in _CALL_RESULTS}
    kept = {key: value for key, value in data.items() if key not in ("text", "label", "labels", "entities", "meta", "metadata", META)}
    yield {**whole, KEPT: kept} if kept else whole


def turn_texts(text: str, count: int) -> list[tuple[int, str]]:
    """Where the text of each turn begins in the document, and the text.

    Raises
    ------
    InputError
        The document does not have ``count`` turns.
    """
    found: list[tuple[int, str]] = []
    at = 0
    for line in text.split("\n"):
        head, colon, said = line.partition(": ")
        if colon and head.partition(" ")[0].isdecimal():
            found.append((at + len(head) + len(colon), said.replace(NEWLINE, "\n")))
        at += len(line) + 1
    if len(found) != count:
        raise InputError("turns were added or taken out", field="text")
    return found


def _spans(value: Any) -> Iterator[tuple[int, int, str]]:
    for item in value if isinstance(value, list) else []:
        if isinstance(item, dict):
            item = [item.get("start_offset"), item.get("end_offset"), item.get("label")]
        match item:
            case [int(start), int(end), str(name)]:
                yield start, end, name
            case _:
                raise InputError("must be [start, end, label]", field="label")


def _add(gold: dict[str, Any], name: str, span: list[int], span_labels: set[str]) -> None:
    label, slash, subtype = name.partition("/")
    if label not in gold["labels"]:
        gold["labels"].append(label)
    if slash:
        names = gold.setdefault("subtypes", {}).setdefault(label, [])
        if subtype not in names:
            names.append(subtype)
    elif label in span_labels:
        gold.setdefault("fillers", []).append(span)
        gold["fillers"].sort()


def _merged(item: dict[str, Any], gold: Mapping[str, Any]) -> dict[str, Any]:
    """The turn with the labels of the document; promise slots, which doccano has no place for, stay while the promise stands."""
    if item.get("ptp") is not None and set(gold["labels"]) >= set(item.get("labels", [])):
        gold = {**gold, "ptp": item["ptp"]}
    if comparable(item) == comparable(gold):
        return item
    kept = {key: value for key, value in item.items() if key not in ("labels", "subtypes", "fillers", "ptp", "scores", "evidence")}
    return {**kept, **gold}
