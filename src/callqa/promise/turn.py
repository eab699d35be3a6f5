"""Turns as the promise stage reads them: each kind of mention looked for once, and only if somebody asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from callqa.call import Call, Span, Speaker, Utterance
from callqa.promise.amounts import AmountMention, choose_amount, find_amounts, later_part, may_name_amount
from callqa.promise.methods import MethodMention, choose_method
from callqa.promise.when import choose_day, choose_proposed_day
from callqa.promise.words import YES
from callqa.text.dates import DateMention, find_dates
from callqa.text.spacing import close_up

_ANY_DAY = date(2024, 1, 1)  # where the call has no date, times are still found to keep them out of the sums


class TurnReading:
    """What a turn names. A customer's turn says; an agent's proposes.

    Parameters
    ----------
    utterance
        The turn.
    today
        The local date of the call; ``None`` where it is not known, and then no day is named.
    """

    __slots__ = ("_agrees", "_amount", "_amounts", "_dates", "_day", "_method", "_places", "text", "today", "utterance")

    def __init__(self, utterance: Utterance, today: date | None) -> None:
        self.utterance, self.today = utterance, today
        self.text, self._places = close_up(utterance.text)
        self._agrees: bool | None = None
        self._dates: Sequence[DateMention] | None = None
        self._amounts: Sequence[AmountMention] | None = None
        self._day: tuple[DateMention | None] | None = None
        self._amount: tuple[AmountMention | None] | None = None
        self._method: tuple[MethodMention | None] | None = None

    def span(self, start: int, end: int) -> Span:
        """The span of the turn's own text for one of the text read here."""
        return (start, end) if self._places is None else (self._places[start], self._places[end - 1] + 1)

    @property
    def agrees(self) -> bool:
        """Whether it begins with a yes (好的, 行, 没问题)."""
        if self._agrees is None:
            self._agrees = YES.match(self.text) is not None
        return self._agrees

    @property
    def dates(self) -> Sequence[DateMention]:
        """Every time named."""
        if self._dates is None:
            self._dates = find_dates(self.text, self.today or _ANY_DAY)
        return self._dates

    @property
    def day(self) -> DateMention | None:
        """The day promised, or by an agent proposed."""
        if self._day is None:
            choose = choose_proposed_day if self.utterance.speaker == "agent" else choose_day
            self._day = (choose(self.text, self.dates, self.today) if self.today else None,)
        return self._day[0]

    @property
    def amounts(self) -> Sequence[AmountMention]:
        """Every amount named."""
        if self._amounts is None:
            self._amounts = find_amounts(self.text, self._spans()) if may_name_amount(self.text) else ()
        return self._amounts

    @property
    def amount(self) -> AmountMention | None:
        """The amount promised, or by an agent proposed."""
        if self._amount is None:
            self._amount = (choose_amount(self.text, self.amounts, proposed=self.utterance.speaker == "agent"),)
        return self._amount[0]

    @property
    def method(self) -> MethodMention | None:
        """The means of payment named and not refused."""
        if self._method is None:
            self._method = (choose_method(self.text),)
        return self._method[0]

    def rest_on(self, day: date) -> AmountMention | None:
        """What is left for ``day`` where the turn splits the debt: 今晚先还三百，剩下的…十号."""
        cut = later_part(self.text)
        if not any(one.day == day and one.start > cut for one in self.dates):
            return None
        spans = [(start - cut, end - cut) for start, end in self._spans() if start >= cut]
        rest = self.text[cut:]
        found = choose_amount(rest, find_amounts(rest, spans), proposed=True)
        return AmountMention(found.start + cut, found.end + cut, found.amount, found.score) if found else None

    def _spans(self) -> list[Span]:
        return [(one.start, one.end) for one in self.dates]


class CallReading:
    """The turns of a call, each read once however many promises look at it.

    Parameters
    ----------
    call
        The call; its ``started_at`` gives the day from which days are counted.
    """

    def __init__(self, call: Call) -> None:
        self.turns = call.utterances
        self.today = call.started_at.date() if call.started_at else None
        self._read: dict[int, TurnReading] = {}

    def __getitem__(self, index: int) -> TurnReading:
        reading = self._read.get(index)
        if reading is None:
            reading = self._read[index] = TurnReading(self.turns[index], self.today)
        return reading

    def run(self, places: range, speaker: Speaker) -> list[TurnReading]:
        """The turns at ``places`` as long as ``speaker`` speaks."""
        found = []
        for index in places:
            if self.turns[index].speaker != speaker:
                break
            found.append(self[index])
        return found
