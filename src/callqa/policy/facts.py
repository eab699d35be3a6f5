"""What conditions ask of a call, worked out once a call and only when asked.

A set of turns is an int used as a bit mask: bit *i* stands for the *i*-th turn of ``call.utterances``. "And", "or", "not", "after" and
"within N turns" are then single machine operations, which is what keeps a policy cheap beside tagging.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from callqa.call import Call, Utterance
from callqa.labels import LabelScheme
from callqa.policy.words import fold, fold_lines

if TYPE_CHECKING:
    from callqa.policy.contacts import DayContacts

Mask = int


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
        self._lines: dict[str, tuple[str, list[int]]] = {}
        agent = 0
        labels: dict[str, Mask] = {}
        subtypes: dict[tuple[str, str], Mask] = {}
        bit = 1
        for turn in call.utterances:
            if turn.speaker == "agent":
                agent |= bit
            for label in turn.labels:
                labels[label] = labels.get(label, 0) | bit
                for sub in turn.subtypes.get(label, ()):
                    subtypes[label, sub] = subtypes.get((label, sub), 0) | bit
            bit <<= 1
        self.count = len(call.utterances)
        self.every: Mask = bit - 1
        self.agent: Mask = agent
        self.customer: Mask = self.every ^ agent
        self.labels = labels
        self.subtypes = subtypes

    def role(self, role: str | None) -> Mask:
        """Turns of one speaker, or all."""
        return self.agent if role == "agent" else self.customer if role == "customer" else self.every

    def turns(self, mask: Mask) -> Iterator[Utterance]:
        """The utterances in ``mask``."""
        utterances = self.call.utterances
        return (utterances[index] for index in bits(mask))

    def index(self, role: str | None) -> Sequence[int]:
        """Indices of one speaker's turns, or of all."""
        return self.lines(role)[1] if role is not None else range(self.count)

    def lines(self, role: str) -> tuple[str, list[int]]:
        """Folded text of one speaker's turns, one a line, and the turn index of each line; no index where the side never speaks."""
        got = self._lines.get(role)
        if got is None:
            utterances = self.call.utterances
            index = [at for at, turn in enumerate(utterances) if turn.speaker == role]
            got = self._lines[role] = (fold_lines([utterances[at].text for at in index]) if index else "", index)
        return got

    @cached_property
    def folded(self) -> list[str]:
        """Folded text of every turn."""
        return [fold(turn.text) for turn in self.call.utterances]

    @cached_property
    def agent_chars(self) -> int:
        """Characters the agent said, punctuation not counted."""
        text, index = self.lines("agent")
        return len(text) - max(len(index) - 1, 0)

    @cached_property
    def talk_ms(self) -> dict[str, int]:
        """Milliseconds each side speaks, over the turns whose times are known."""
        talk = {"agent": 0, "customer": 0}
        for turn in self.call.utterances:
            start, end = turn.start_ms, turn.end_ms
            if start is not None and end is not None and end > start:
                talk[turn.speaker] += end - start
        return talk

    @cached_property
    def gaps(self) -> list[float | None]:
        """Per turn the seconds of silence before it; negative where it begins before the turns before have ended; ``None`` if unknown."""
        gaps: list[float | None] = []
        last: int | None = None
        for turn in self.call.utterances:
            start, end = turn.start_ms, turn.end_ms
            gaps.append((start - last) / 1000 if start is not None and last is not None else None)
            if end is not None and (last is None or end > last):
                last = end
        return gaps

    @cached_property
    def known_gaps(self) -> list[float]:
        """The gaps that are known."""
        return [gap for gap in self.gaps if gap is not None]
