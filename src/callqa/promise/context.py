"""Slots of a promise turn, read from the turn itself and from what it answers (labelling guide, 5.5, 5.15, 5.21)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property

from callqa.call import Call, Promise, SlotSource, Utterance
from callqa.errors import InputError
from callqa.promise.amounts import AmountMention, choose_amount
from callqa.promise.methods import MethodMention, choose_method
from callqa.promise.when import choose_day, choose_proposed_day
from callqa.promise.words import ASKS, ASKS_AMOUNT, ASKS_DAY, ECHO, EVENTS, YES
from callqa.text.dates import DateMention, bare_day, find_dates

_PIECES = 3  # turns of a broken sentence looked at on either side
_ANY_DAY = date(2024, 1, 1)  # stands in where the call has no date: spans are still needed to keep times out of the sums


class _Turn:
    """A turn and what it names, read once and only as far as asked for."""

    def __init__(self, utterance: Utterance, today: date | None) -> None:
        self.utterance, self.text, self.today = utterance, utterance.text, today

    @cached_property
    def dates(self) -> list[DateMention]:
        return find_dates(self.text, self.today or _ANY_DAY)

    @cached_property
    def day(self) -> DateMention | None:
        return choose_day(self.text, self.dates, self.today) if self.today else None

    @cached_property
    def proposed_day(self) -> DateMention | None:
        return choose_proposed_day(self.text, self.dates, self.today) if self.today else None

    @cached_property
    def amount(self) -> AmountMention | None:
        return choose_amount(self.text, [(one.start, one.end) for one in self.dates])

    @cached_property
    def proposed_amount(self) -> AmountMention | None:
        return choose_amount(self.text, [(one.start, one.end) for one in self.dates], proposed=True)

    @cached_property
    def method(self) -> MethodMention | None:
        return choose_method(self.text)

    @cached_property
    def agrees(self) -> bool:
        return YES.match(self.text) is not None


@dataclass(frozen=True, slots=True)
class _Place:
    """A mention and the turn it stands in."""

    turn: _Turn
    start: int
    end: int

    @property
    def source(self) -> SlotSource:
        return SlotSource(self.turn.utterance.turn, (self.start, self.end))


class _Context:
    """A promise turn with its pieces and what the agent said before it."""

    def __init__(self, call: Call, index: int) -> None:
        turns = call.utterances
        today = call.started_at.date() if call.started_at else None
        self.here = _Turn(turns[index], today)
        first = index
        while first > 0 and turns[first - 1].speaker == "customer" and index - first < _PIECES:
            first -= 1
        self.before = [_Turn(one, today) for one in reversed(turns[first:index])]
        self.after = [_Turn(one, today) for one in _while(turns[index + 1 : index + _PIECES], "customer")]
        self.agent = [_Turn(one, today) for one in _while(reversed(turns[max(0, first - _PIECES) : first]), "agent")]

    def day(self) -> tuple[DateMention | None, _Turn]:
        here, agent = self.here, self.agent[0] if self.agent else None
        mention = here.day
        if (mention is None or mention.kind in ("hour", "now")) and agent and here.today:
            asked = ASKS_DAY.search(agent.text) is not None
            bare = bare_day(here.text, here.today)
            if bare and (asked or agent.proposed_day and agent.proposed_day.day.day == bare.day.day):
                mention = bare
        proposed = agent.proposed_day if agent else None
        if mention and agent and proposed and self._refines(mention, proposed):
            return proposed, agent
        if mention:
            for piece in self.after:
                if mention.kind == "span" and piece.day and piece.day.kind == "day":
                    return piece.day, piece
            return mention, here
        for piece in [*self.before, *self.after]:
            if piece.day:
                return piece.day, piece
        if agent and agent.proposed_day and here.amount and ASKS_AMOUNT.search(agent.text):
            return agent.proposed_day, agent
        if here.agrees or here.amount and ECHO.search(here.text) and not EVENTS.search(here.text):
            for turn in self.agent:
                if turn.proposed_day:
                    return turn.proposed_day, turn
        return None, here

    def _refines(self, mention: DateMention, proposed: DateMention) -> bool:
        """Whether the agent's proposal names the day that the customer only points at."""
        if proposed.kind in ("hour", "now"):
            return False
        if mention.kind == "hour":
            return "今" not in self.here.text and ASKS.search(self.agent[0].text) is not None
        if mention.form == "month_only":
            return proposed.day.replace(day=1) == mention.day.replace(day=1)
        return mention.form == "weekday" and proposed.form != "weekday" and proposed.day.weekday() == mention.day.weekday() and proposed.day > mention.day

    def amount(self, dated: bool) -> tuple[AmountMention | None, _Turn]:
        here = self.here
        if here.amount:
            if self.agent and self.agent[0].proposed_amount and _rounds(here, self.agent[0].proposed_amount):
                return self.agent[0].proposed_amount, self.agent[0]
            return here.amount, here
        for piece in [*self.before, *self.after]:
            if piece.amount:
                return piece.amount, piece
        for turn in self.agent:
            if turn.proposed_amount and (here.agrees or (dated or here.method) and (ASKS_DAY.search(turn.text) or ASKS.search(turn.text))):
                return turn.proposed_amount, turn
        return None, here

    def method(self) -> tuple[MethodMention | None, _Turn]:
        if self.here.method:
            return self.here.method, self.here
        for piece in [*self.before, *self.after]:
            if piece.method:
                return piece.method, piece
        if self.here.agrees:
            for turn in self.agent:
                if turn.method:
                    return turn.method, turn
        return None, self.here


def _while(turns: Sequence[Utterance] | Iterator[Utterance], speaker: str) -> Iterator[Utterance]:
    for one in turns:
        if one.speaker != speaker:
            return
        yield one


def _rounds(here: _Turn, proposed: AmountMention) -> bool:
    """九百我可以的, in answer to 九百一十二块零七: the customer rounds what is proposed."""
    said = here.amount.amount if here.amount else None
    full = proposed.amount
    if not isinstance(said, Decimal) or not isinstance(full, Decimal) or not 0 < full - said < full / 10 or not ECHO.search(here.text):
        return False
    step = Decimal(10) ** (len(said.normalize().as_tuple().digits) - 1)
    unit = Decimal(10) ** said.adjusted() / step
    return full // unit * unit == said


def promise_slots(call: Call, turn: int) -> Promise:
    """Date, amount and method promised in ``turn``, each with the place it was read from."""
    index = next((at for at, one in enumerate(call.utterances) if one.turn == turn), None)
    if index is None:
        raise InputError(f"no turn {turn}", field="turn")
    context = _Context(call, index)
    day, day_turn = context.day()
    amount, amount_turn = context.amount(day is not None)
    method, method_turn = context.method()
    return Promise(
        date=day.day if day else None,
        amount=amount.amount if amount else None,
        method=method.method if method else None,
        sources={},
    )
