"""The labelling guide's rules that a program can check, over one call."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from callqa.call import Call, Span, Utterance
from callqa.labels import LabelScheme
from callqa.text.normalise import has_invisible


class Finding(NamedTuple):
    """A problem's code, the turn, the field, and the detail of its text."""

    code: str
    turn: int | None = None
    field: str | None = None
    detail: str = ""


def check_call(call: Call, scheme: LabelScheme) -> Iterator[Finding]:
    """Everything that is wrong with one labelled call.

    Examples
    --------
    >>> from callqa.labels import load_scheme
    >>> call = Call("c1", (Utterance(1, "agent", "好", labels=("ptp_commitment",)),), party="debtor", labelled=True)
    >>> [finding.code for finding in check_call(call, load_scheme())]
    ['wrong_role', 'no_subtype', 'no_slots']
    """
    if not call.labelled:
        yield Finding("not_labelled")
        return
    if call.party is None:
        yield Finding("no_party", field="party")
    party = call.party
    for change in call.party_from:
        if change.party == party:
            yield Finding("party_repeated", change.turn, "party_from")
        party = change.party
    if call.due is not None and call.minimum_due is not None and call.minimum_due > call.due:
        yield Finding("minimum_over_due", field="minimum_due")
    for turn in call.utterances:
        yield from _labels(call, turn, scheme)
        yield from _spans(turn, scheme)
        yield from _promise(call, turn, scheme)
        if has_invisible(turn.text):
            yield Finding("invisible", turn.turn, "text")


def _labels(call: Call, turn: Utterance, scheme: LabelScheme) -> Iterator[Finding]:
    for name in turn.labels:
        label = scheme[name]
        if label.role != turn.speaker:
            yield Finding("wrong_role", turn.turn, "labels", name)
        if label.listener == "not_debtor" and call.party_at(turn.turn) == "debtor":
            yield Finding("wrong_listener", turn.turn, "labels", name)
        if label.subtypes and not turn.subtypes.get(name):
            yield Finding("no_subtype", turn.turn, "subtypes", name)
    for name in turn.subtypes:
        if name not in turn.labels:
            yield Finding("subtype_without_label", turn.turn, "subtypes", name)


def span_labels(scheme: LabelScheme) -> tuple[str, ...]:
    """Labels that are marked by spans of characters."""
    return tuple(label.name for label in scheme if label.marks == "spans")


def _spans(turn: Utterance, scheme: LabelScheme) -> Iterator[Finding]:
    names = span_labels(scheme)
    standing = [name for name in names if name in turn.labels]
    if standing and not turn.fillers:
        yield Finding("no_spans", turn.turn, "fillers", standing[0])
    if turn.fillers and names and not standing:
        yield Finding("spans_without_label", turn.turn, "fillers", names[0])
    if any(before[1] > after[0] for before, after in zip(turn.fillers, turn.fillers[1:], strict=False)):
        yield Finding("spans_disordered", turn.turn, "fillers")
    for span in turn.fillers:
        if span != whole_characters(turn.text, span):
            yield Finding("span_in_character", turn.turn, "fillers")
        elif span != trimmed(turn.text, span):
            yield Finding("span_with_blank", turn.turn, "fillers")


def whole_characters(text: str, span: Span) -> Span:
    """The span, widened to whole characters as people see them: accents, variation marks and joined signs belong to what they follow.

    Examples
    --------
    >>> whole_characters("e\\u0301a", (0, 1))
    (0, 2)
    """
    start, end = span
    while start > 0 and _continues(text, start):
        start -= 1
    while end < len(text) and _continues(text, end):
        end += 1
    return start, end


def _continues(text: str, at: int) -> bool:
    """Whether the character at ``at`` is one with that before it."""
    char = text[at]
    joined = char in "\u200d\ufe0e\ufe0f\u20e3" or text[at - 1] == "\u200d"
    return joined or bool(unicodedata.combining(char)) or "\U0001f3fb" <= char <= "\U0001f3ff"  # the last: colours of skin


def trimmed(text: str, span: Span) -> Span:
    """The span without blanks and punctuation at its ends; as it is where nothing else would be left.

    Examples
    --------
    >>> trimmed("，那个，", (0, 4))
    (1, 3)
    """
    start, end = span
    while start < end and _is_edge(text[start]):
        start += 1
    while end > start and _is_edge(text[end - 1]):
        end -= 1
    return (start, end) if start < end else span


def _is_edge(char: str) -> bool:
    return char.isspace() or unicodedata.category(char).startswith("P")


def _promise(call: Call, turn: Utterance, scheme: LabelScheme) -> Iterator[Finding]:
    promises = [name for name in turn.labels if scheme[name].marks == "promise"]
    if promises and turn.ptp is None:
        yield Finding("no_slots", turn.turn, "ptp", promises[0])
    if turn.ptp is None:
        return
    if not promises:
        yield Finding("slots_without_label", turn.turn, "ptp")
    if turn.ptp.date is not None and call.started_at is not None and turn.ptp.date < call.started_at.date():
        yield Finding("promise_in_past", turn.turn, "ptp.date")
