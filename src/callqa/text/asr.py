"""What speech recognition does to a call, undone for the model and done again to its result.

Texts are normalised (`callqa.text.normalise`), and a sentence that recognition broke over several turns of one speaker is read as one.
What the model says is led back to the turns and texts as they came: a label goes to the piece that carries it (guide, section 5,
rule 21).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from callqa.call import Call, Span, Utterance
from callqa.labels import LabelScheme
from callqa.text.normalise import as_it_came, normalise_call
from callqa.text.offsets import OffsetMap

MAX_GAP_MS = 200  # a pause within a sentence is shorter; speakers who begin anew take longer
MAX_JOINED = 200  # characters of a joined turn: what never ends is no sentence
_ENDS = "。？！…?!"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call as the model reads it, and what leads back.

    ``groups`` holds, for each turn of ``call``, the turns it was joined of (normalised, as they stood apart).
    """

    call: Call
    original: Call
    groups: tuple[tuple[Utterance, ...], ...] = ()
    maps: Mapping[int, OffsetMap] = field(default_factory=dict)

    def restore(self, tagged: Call, scheme: LabelScheme) -> Call:
        """The tagged ``call`` with the turns and texts of the original.

        Examples
        --------
        >>> from callqa.labels import load_scheme
        >>> original = Call("c1", (Utterance(1, "agent", "今天必", 0, 900), Utterance(2, "agent", "須還", 950, 1500)))
        >>> ready = prepare(original)
        >>> [turn.text for turn in ready.call.utterances]
        ['今天必须还']
        >>> turn = replace(ready.call.utterances[0], labels=("pressure_tactic",), evidence={"pressure_tactic": ((2, 5),)})
        >>> back = ready.restore(replace(ready.call, utterances=(turn,)), load_scheme())
        >>> [(turn.text, turn.labels, turn.evidence) for turn in back.utterances]
        [('今天必', (), {}), ('須還', ('pressure_tactic',), {'pressure_tactic': ((0, 2),)})]
        """
        if self.groups:
            parts = (part for turn, group in zip(tagged.utterances, self.groups, strict=True) for part in _split(turn, group, scheme))
            tagged = replace(tagged, utterances=tuple(parts))
        return as_it_came(tagged, self.original, self.maps)


def prepare(call: Call) -> Prepared:
    """The call as the model reads it; most calls are so already."""
    normal, maps = normalise_call(call)
    groups = tuple(_groups(normal))
    if len(groups) == len(normal.utterances):
        return Prepared(normal, call, (), maps)
    blank = " " if any(" " in turn.text for turn in normal.utterances) else ""
    joined = tuple(_join(group, blank) if len(group) > 1 else group[0] for group in groups)
    return Prepared(replace(normal, utterances=joined), call, groups, maps)


def _groups(call: Call) -> Iterator[tuple[Utterance, ...]]:
    group: list[Utterance] = []
    for turn in call.utterances:
        if group and not _goes_on(group, turn):
            yield tuple(group)
            group = []
        group.append(turn)
    if group:
        yield tuple(group)


def _goes_on(group: Sequence[Utterance], turn: Utterance) -> bool:
    """Whether a turn goes on with the sentence of the turns before it."""
    last = group[-1]
    if last.speaker != turn.speaker or last.end_ms is None or turn.start_ms is None:
        return False
    if not last.text or last.text[-1] in _ENDS or not 0 <= turn.start_ms - last.end_ms <= MAX_GAP_MS:
        return False
    return sum(len(piece.text) for piece in group) + len(turn.text) <= MAX_JOINED


def _join(group: Sequence[Utterance], blank: str) -> Utterance:
    return Utterance(group[0].turn, group[0].speaker, blank.join(turn.text for turn in group), group[0].start_ms, group[-1].end_ms)


def _split(turn: Utterance, group: Sequence[Utterance], scheme: LabelScheme) -> Iterator[Utterance]:
    """The tagged turn as its pieces again."""
    if len(group) == 1:
        yield turn
        return
    blank = (len(turn.text) - sum(len(piece.text) for piece in group)) // (len(group) - 1)
    places: list[Span] = []
    at = 0
    for piece in group:
        places.append((at, at + len(piece.text)))
        at += len(piece.text) + blank
    carriers = {label: _carriers(turn, label, places, scheme) for label in turn.labels}
    for index, (piece, place) in enumerate(zip(group, places, strict=True)):
        here = tuple(label for label in turn.labels if index in carriers[label])
        yield replace(
            piece,
            labels=here,
            subtypes={label: names for label, names in turn.subtypes.items() if label in here},
            fillers=_within(turn.fillers, place),
            # A piece that does not carry a label that stands has nothing to say for it.
            scores={label: 0.0 if label in turn.labels and label not in here else score for label, score in turn.scores.items()},
            evidence={
                label: inside
                for label, spans in turn.evidence.items()
                if (label in here or label not in turn.labels) and (inside := _within(spans, place))
            },
        )


def _carriers(turn: Utterance, label: str, places: Sequence[Span], scheme: LabelScheme) -> set[int]:
    """Pieces that carry a label: those with spans of a span label, else the one with most of the evidence, the last where none has any."""
    if scheme[label].marks == "spans" and turn.fillers:
        return {index for index, place in enumerate(places) if _within(turn.fillers, place)}
    spans = turn.evidence.get(label, ())
    weights = [sum(end - start for start, end in _within(spans, place)) for place in places]
    return {max(range(len(places)), key=lambda index: (weights[index], index))}


def _within(spans: Iterable[Span], place: Span) -> tuple[Span, ...]:
    """The parts of spans that lie within a place, counted from its begin."""
    cut = ((max(start, place[0]) - place[0], min(end, place[1]) - place[0]) for start, end in spans)
    return tuple((start, end) for start, end in cut if start < end)
