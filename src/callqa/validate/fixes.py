"""Repairs that need nobody's judgement: they change how labels are written down, not what they say."""

from __future__ import annotations

from dataclasses import replace

from callqa.call import Call, PartyChange, Span, Utterance
from callqa.labels import LabelScheme
from callqa.validate.rules import span_labels, trimmed, whole_characters


def fix_call(call: Call, scheme: LabelScheme) -> Call:
    """The call with what is safely fixable put right; the same object where nothing is.

    Examples
    --------
    >>> from callqa.labels import load_scheme
    >>> turn = Utterance(1, "agent", "嗯，那个", fillers=((2, 4), (0, 2)))
    >>> fixed = fix_call(Call("c1", (turn,), labelled=True), load_scheme()).utterances[0]
    >>> fixed.fillers, fixed.labels
    (((0, 1), (2, 4)), ('filler_words',))
    """
    if not call.labelled:
        return call
    utterances = tuple(_fix_turn(turn, scheme) for turn in call.utterances)
    changes = _fix_changes(call)
    if changes == call.party_from and all(new is old for new, old in zip(utterances, call.utterances, strict=True)):
        return call
    return replace(call, utterances=utterances, party_from=changes)


def _fix_changes(call: Call) -> tuple[PartyChange, ...]:
    kept: list[PartyChange] = []
    party = call.party
    for change in call.party_from:
        if change.party != party:
            kept.append(change)
        party = change.party
    return tuple(kept)


def _fix_turn(turn: Utterance, scheme: LabelScheme) -> Utterance:
    labels = turn.labels
    if turn.fillers:
        fitting = [name for name in span_labels(scheme) if scheme[name].role == turn.speaker]
        if fitting and not set(span_labels(scheme)) & set(labels):
            labels = tuple(name for name in scheme.names if name in labels or name == fitting[0])
    subtypes = {name: names for name, names in turn.subtypes.items() if name in labels}
    fillers = _fix_spans(turn.text, turn.fillers)
    if (labels, subtypes, fillers) == (turn.labels, turn.subtypes, turn.fillers):
        return turn
    return replace(turn, labels=labels, subtypes=subtypes, fillers=fillers)


def _fix_spans(text: str, spans: tuple[Span, ...]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for start, end in sorted(trimmed(text, whole_characters(text, span)) for span in spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged)
