"""What conditions ask of a call, worked out once a call and only when asked.

A set of turns is an int used as a bit mask: bit *i* stands for the *i*-th turn of ``call.utterances``. "And", "or", "not", "after" and
"within N turns" are then single machine operations, which is what keeps a policy cheap beside tagging.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING

from callqa.call import Call, FlagHit, maker
from callqa.labels import LabelScheme
from callqa.policy.words import fold_all

if TYPE_CHECKING:
    from callqa.policy.contacts import DayContacts
    from callqa.policy.names import SpansOf

Mask = int
make_hit = maker(FlagHit)


def bits(mask: Mask) -> Iterator[int]:
    """Indices of the turns in ``mask``, in order.

    Examples
    --------
    >>> list(bits(0b1010))
    [1, 3]
    """
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def mask_of(indices: Iterable[int]) -> Mask:
    """The mask of some turns.

    Examples
    --------
    >>> bin(mask_of([1, 3]))
    '0b1010'
    """
    return sum([1 << index for index in indices])


class Facts:
    """A call seen by conditions.

    Parameters
    ----------
    call
        The tagged call.
    scheme
        Severities of labels and sub-types.
    day
        Contacts of the run by account and day, ``None`` where they are not known.
    """

    def __init__(self, call: Call, scheme: LabelScheme, day: DayContacts | None = None) -> None:
        self.call = call
        self.scheme = scheme
        self.day = day
        self.memo: dict[object, Mask] = {}
        self._lines: dict[str, tuple[str, Sequence[int]]] = {}
        self._hits: dict[SpansOf, dict[int, FlagHit]] = {}
        self.labels: dict[str, Mask] = {}
        self.subtypes: dict[tuple[str, str], Mask] = {}
        self.agent_index: list[int] = []
        self.customer_index: list[int] = []
        labels, subtypes, agent, customer = self.labels, self.subtypes, self.agent_index, self.customer_index
        for index, turn in enumerate(call.utterances):
            if turn.speaker == "agent":
                agent.append(index)
            else:
                customer.append(index)
            if turn.labels:
                bit, typed = 1 << index, turn.subtypes
                for label in turn.labels:
                    labels[label] = labels.get(label, 0) | bit
                    for name in typed.get(label, ()):
                        subtypes[label, name] = subtypes.get((label, name), 0) | bit
        self.count = len(call.utterances)
        self.every: Mask = (1 << self.count) - 1
        self.agent: Mask = mask_of(agent)
        self.customer: Mask = self.every ^ self.agent
        self.standing = {*labels, *[name for _label, name in subtypes]}  # names of labels and sub-types

    def role(self, role: str | None) -> Mask:
        """Turns of one speaker, or all."""
        return self.agent if role == "agent" else self.customer if role == "customer" else self.every

    def index(self, role: str | None) -> Sequence[int]:
        """Indices of one speaker's turns, or of all."""
        return self.agent_index if role == "agent" else self.customer_index if role == "customer" else range(self.count)

    def lines(self, role: str, among: Mask) -> tuple[str, Sequence[int]]:
        """Folded text of one speaker's turns in ``among``, one a line, and the turn index of each line."""
        side = self.agent if role == "agent" else self.customer
        among &= side
        if among == side:
            whole = self._lines.get(role)
            if whole is None:
                index, folded = self.index(role), self.folded
                whole = self._lines[role] = "\n".join([folded[at] for at in index]), index
            return whole
        if not among:
            return "", ()
        few, folded = list(bits(among)), self.folded
        return "\n".join([folded[at] for at in few]), few

    def hits(self, mask: Mask, spans: SpansOf) -> tuple[FlagHit, ...]:
        """The hits of some turns with the words that ``spans`` finds in them; rules with the same ``spans`` share them."""
        made = self._hits.get(spans)
        if made is None:
            made = self._hits[spans] = {}
        hits: list[FlagHit] = []
        for index in bits(mask):
            hit = made.get(index)
            if hit is None:
                hit = made[index] = make_hit(self.call.utterances[index].turn, spans(self, index))
            hits.append(hit)
        return tuple(hits)

    @cached_property
    def folded(self) -> list[str]:
        """Folded text of every turn."""
        return fold_all([turn.text for turn in self.call.utterances])

    @property
    def agent_chars(self) -> int:
        """Characters the agent said, punctuation not counted."""
        text, index = self.lines("agent", self.every)
        return len(text) - max(len(index) - 1, 0)

    @cached_property
    def times(self) -> tuple[list[int | None], list[int | None]]:
        """Per turn the millisecond it begins, and that it ends."""
        utterances = self.call.utterances
        return [turn.start_ms for turn in utterances], [turn.end_ms for turn in utterances]

    def talk_ms(self, role: str) -> int:
        """Milliseconds one side speaks, over the turns whose times are known."""
        starts, ends = self.times
        spoken = [(starts[at], ends[at]) for at in self.index(role)]
        return sum([end - start for start, end in spoken if start is not None and end is not None and end > start])

    @cached_property
    def _gaps_ms(self) -> list[int | None]:
        starts, ends = self.times
        gaps: list[int | None] = []
        last: int | None = None
        for start, end in zip(starts, ends, strict=True):
            gaps.append(start - last if start is not None and last is not None else None)
            if end is not None and (last is None or end > last):
                last = end
        return gaps

    @property
    def gaps(self) -> list[float | None]:
        """Per turn the seconds of silence before it; negative where it begins before the turns before have ended; ``None`` if unknown."""
        return [None if gap is None else gap / 1000 for gap in self._gaps_ms]

    @cached_property
    def gap_range(self) -> tuple[float, float]:
        """The least and the greatest gap that is known; nothing lies between them where none is."""
        known = [gap for gap in self._gaps_ms if gap is not None]
        return (min(known) / 1000, max(known) / 1000) if known else (inf, -inf)

    @cached_property
    def known_gaps(self) -> list[float]:
        """The gaps that are known."""
        return [gap / 1000 for gap in self._gaps_ms if gap is not None]
