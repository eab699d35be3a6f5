"""Segments: the turns of tagged calls that carry a label or show a flag, chosen by filters, with the turns around them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from callqa.call import PARTIES, Call, Flag, Party, Span, Utterance
from callqa.errors import InputError
from callqa.labels import LabelScheme
from callqa.privacy import mask_call
from callqa.sources import Reject, list_inputs, read_calls

TAGGED = "tagged"  # folder of a result (design.md) that holds the calls


@dataclass(frozen=True, slots=True)
class SegmentFilter:
    """What to keep; an empty filter keeps everything. Within one field any value will do, across fields all must hold.

    ``severity`` is the least that a label or flag of the turn must have; ``since`` and ``until`` are local dates, both included.
    """

    labels: frozenset[str] = frozenset()
    subtypes: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    severity: str | None = None
    agents: frozenset[str] = frozenset()
    parties: frozenset[str] = frozenset()
    since: date | None = None
    until: date | None = None

    def check(self, scheme: LabelScheme) -> None:
        """Raise `InputError` where a name is not in the scheme."""
        severity = frozenset() if self.severity is None else frozenset({self.severity})
        checks: tuple[tuple[str, frozenset[str], set[str]], ...] = (
            ("label", self.labels, set(scheme.names)),
            ("subtype", self.subtypes, {sub.name for label in scheme for sub in label.subtypes}),
            ("severity", severity, set(scheme.severity_rank)),
            ("party", self.parties, set(PARTIES)),
        )
        for field, names, known in checks:
            for name in sorted(names - known):
                raise InputError(f"{name!r} is none of {', '.join(sorted(known))}", field=field)


@dataclass(frozen=True, slots=True)
class Segment:
    """One turn, the flags it shows, its gravest severity and its neighbours."""

    file: str
    call: Call
    utterance: Utterance
    party: Party | None
    flags: tuple[Flag, ...]
    severity: str | None
    before: tuple[Utterance, ...]
    after: tuple[Utterance, ...]

    def evidence(self) -> tuple[Span, ...]:
        """Spans of the text that spoke for a label or a flag, or are fillers; merged, from left to right."""
        spans = [span for found in self.utterance.evidence.values() for span in found]
        spans += self.utterance.fillers
        spans += [span for flag in self.flags for hit in flag.hits if hit.turn == self.utterance.turn for span in hit.spans]
        merged: list[Span] = []
        for start, end in sorted(spans):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return tuple(merged)


def read_result(out: Path, scheme: LabelScheme) -> Iterator[tuple[str, Call]]:
    """The tagged calls of a result folder, each with the name of its part.

    Raises
    ------
    InputError
        ``out`` holds no result, or a part is damaged.
    """
    folder = out / TAGGED
    if not folder.is_dir():
        raise InputError(f"is no result folder: it has no {TAGGED}/", file=out)
    for path in list_inputs([folder]):
        for item in read_calls(path, scheme):
            if isinstance(item, Reject):
                raise item.error()
            yield path.name, item


def find_segments(
    calls: Iterable[tuple[str, Call]], scheme: LabelScheme, wanted: SegmentFilter, *, context: int = 2, mask: bool = True
) -> Iterator[Segment]:
    """The segments of tagged calls that a filter keeps, in the order of the calls.

    Parameters
    ----------
    calls
        Name of the part and call, as `read_result` yields them.
    context
        Turns shown before and after.
    mask
        Hide personal data in the texts.

    Raises
    ------
    InputError
        The filter names what the scheme does not have.

    Examples
    --------
    >>> from callqa.labels import load_scheme
    >>> call = Call("c1", (Utterance(1, "agent", "您好"), Utterance(2, "agent", "今天必须还", labels=("pressure_tactic",))))
    >>> [segment.utterance.turn for segment in find_segments([("day", call)], load_scheme(), SegmentFilter())]
    [2]
    """
    wanted.check(scheme)
    for file, call in calls:
        if not _call_wanted(call, wanted):
            continue
        chosen = [marked for marked in _marked_turns(call, scheme) if _turn_wanted(call, marked, scheme, wanted)]
        shown = mask_call(call) if mask and chosen else call
        turns = shown.utterances
        for marked in chosen:
            at = marked.index
            yield Segment(
                file=file,
                call=shown,
                utterance=turns[at],
                party=call.party_at(turns[at].turn),
                flags=marked.flags,
                severity=marked.severity,
                before=turns[max(0, at - context) : at],
                after=turns[at + 1 : at + 1 + context],
            )


def find_calls(calls: Iterable[tuple[str, Call]], scheme: LabelScheme, wanted: SegmentFilter, *, mask: bool = True) -> Iterator[Call]:
    """The whole calls that have a segment which the filter keeps; parameters and errors as in `find_segments`."""
    wanted.check(scheme)
    for _file, call in calls:
        if _call_wanted(call, wanted) and any(_turn_wanted(call, marked, scheme, wanted) for marked in _marked_turns(call, scheme)):
            yield mask_call(call) if mask else call


def _call_wanted(call: Call, wanted: SegmentFilter) -> bool:
    if wanted.agents and call.agent_id not in wanted.agents:
        return False
    if wanted.since is None and wanted.until is None:
        return True
    if call.started_at is None:
        return False
    day = call.started_at.date()
    return (wanted.since is None or wanted.since <= day) and (wanted.until is None or day <= wanted.until)


@dataclass(frozen=True, slots=True)
class _Marked:
    """A turn that carries a label or shows a flag, by its place in the call."""

    index: int
    flags: tuple[Flag, ...]
    severity: str | None


def _marked_turns(call: Call, scheme: LabelScheme) -> Iterator[_Marked]:
    for index, utterance in enumerate(call.utterances):
        flags = tuple(flag for flag in call.flags if utterance.turn in flag.turns)
        if utterance.labels or flags:
            of_labels = [scheme.severity_of(label, utterance.subtypes.get(label, ())) for label in utterance.labels]
            yield _Marked(index, flags, scheme.worst([*of_labels, *(flag.severity for flag in flags)]))


def _turn_wanted(call: Call, marked: _Marked, scheme: LabelScheme, wanted: SegmentFilter) -> bool:
    utterance = call.utterances[marked.index]
    if wanted.parties and call.party_at(utterance.turn) not in wanted.parties:
        return False
    if wanted.labels and not wanted.labels.intersection(utterance.labels):
        return False
    if wanted.subtypes and not any(wanted.subtypes.intersection(names) for names in utterance.subtypes.values()):
        return False
    if wanted.flags and not any(flag.code in wanted.flags for flag in marked.flags):
        return False
    rank = scheme.severity_rank
    return wanted.severity is None or (marked.severity is not None and rank[marked.severity] >= rank[wanted.severity])
