"""Tagged or labelled calls → documents of a doccano sequence labelling project.

`callqa.sources.doccano` reads corrected documents back and says how a document is made up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from callqa.call import Call, Utterance
from callqa.files import atomic_write
from callqa.labels import LabelScheme
from callqa.sources.doccano import KEPT, META, NEWLINE, SPAN_LABELS
from callqa.sources.record import call_to_record


def write_doccano(calls: Iterable[Call], path: Path, scheme: LabelScheme) -> int:
    """Write documents as JSONL, what doccano imports and exports; how many.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    count = 0
    with atomic_write(path) as file:
        for call in calls:
            file.write(orjson.dumps(call_to_document(call, scheme), option=orjson.OPT_APPEND_NEWLINE))
            count += 1
    return count


def call_to_document(call: Call, scheme: LabelScheme) -> dict[str, Any]:
    """One call as a document.

    Examples
    --------
    >>> from callqa.labels import load_scheme
    >>> call = Call("c1", (Utterance(1, "agent", "嗯那个", labels=("filler_words",), fillers=((1, 3),)),))
    >>> document = call_to_document(call, load_scheme())
    >>> document["text"], document["label"]
    ('1 agent: 嗯那个', [[10, 12, 'filler_words']])
    """
    kept = call.extra.get(KEPT)
    record = call_to_record(call)
    record.pop(KEPT, None)
    for item in record["utterances"]:
        item.pop("text")
    lines: list[str] = []
    spans: list[list[Any]] = []
    at = 0
    for turn in call.utterances:
        head = f"{turn.turn} {turn.speaker}: "
        text = turn.text.replace("\n", NEWLINE)
        begin = at + len(head)
        for label in turn.labels:
            spans += ([begin + start, begin + end, name] for start, end, name in _spans(turn, label, scheme))
        lines.append(head + text)
        at = begin + len(text) + 1
    rest = {SPAN_LABELS: [label.name for label in scheme if label.marks == "spans"], "record": record}
    document = dict(kept) if isinstance(kept, Mapping) else {}
    return {**document, "text": "\n".join(lines), "label": spans, META: orjson.dumps(rest).decode()}


def _spans(turn: Utterance, label: str, scheme: LabelScheme) -> Iterator[tuple[int, int, str]]:
    """Spans within the turn's text that say a label and its sub-types."""
    marked = turn.fillers if scheme[label].marks == "spans" else ()
    for start, end in marked or ((0, len(turn.text)),):
        yield start, end, label
    for name in turn.subtypes.get(label, ()):
        yield 0, len(turn.text), f"{label}/{name}"
