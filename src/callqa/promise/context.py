"""Slots of a promise turn, read from the turn itself and from what it answers (labelling guide, 5.5, 5.15, 5.21).

Slots come, in this order, from the turn, from the other pieces of a sentence that the ASR broke, and from what the agent has just
proposed. From farther back comes only a sum that both have named, where the agent then asked for the day: of others the labelled data
leave a slot empty twice as often as not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from callqa.call import Amount, Call, Promise, SlotSource
from callqa.errors import InputError
from callqa.promise.amounts import AmountMention
from callqa.promise.methods import MethodMention
from callqa.promise.turn import CallReading, TurnReading
from callqa.promise.words import ASKS, ASKS_AMOUNT, ASKS_DAY, ECHO, EVENTS, PARTLY
from callqa.text.dates import DateMention, bare_day

_PIECES = 3  # turns of a broken sentence looked at on either side
_PLAIN = 20  # characters: a promise no longer than this that names no slot of its own takes the agent's
_SHORT = 12  # characters of an agent's turn that only confirms a sum
_WEAK = 3.2  # score of 一把结 and the like, which may speak of something else
_REFINABLE = ("month_only", "weekday")  # forms of a day that the agent's proposal may name more closely
_QUESTION = re.compile(r"[?？吗么]|[行能]不|多少|怎么|哪")
_PART = re.compile(r"[一这那本头]一?期")  # the instalment whose sum the agent named
_REST = re.compile(r"那?(?:剩|余下|差的)")
_TAKES_OVER = re.compile(r"(?:那行?[，,]?)?我(?:来|就|先)?[替帮给]")
_PUTS_IN = re.compile(r"[存放绑][^，。,\s]{0,8}(?:进去|够|足|里|[零一二两三四五六七八九十百千\d])")
_DEBIT = re.compile(r"(?:系统|批|自动|再|会|几点|晚上|点)[^，。,]{0,6}[扣口](?!罚|押)")


# why a slot is empty, one shared source for each reason
_NOT_SAID = SlotSource(reason="not_said")
_EVENT = SlotSource(reason="event")
_PARTIAL = SlotSource(reason="partial")
_NO_CALL_DATE = SlotSource(reason="no_call_date")


class _Slot(NamedTuple):
    """A mention and the turn in which it stands."""

    found: DateMention | AmountMention | MethodMention
    turn: TurnReading

    @property
    def source(self) -> SlotSource:
        return SlotSource(self.turn.utterance.turn, self.turn.span(self.found.start, self.found.end))


def promise_slots(call: Call, turn: int) -> Promise:
    """Date, amount and method promised in ``turn``, each with the characters it came from.

    Parameters
    ----------
    call
        The call; its ``started_at`` gives the day from which days are counted.
    turn
        Number of a turn that promises a payment; whether it does is not asked here.

    Returns
    -------
    Promise
        ``sources`` holds a `SlotSource` for each of ``date``, ``amount`` and ``method``: the turn (this one, a piece of the same
        sentence, or the agent's that it accepts) and the span there, or a reason: ``not_said``, ``event`` (paid when something
        happens), ``partial`` (一半), ``no_call_date``.

    Raises
    ------
    InputError
        The call has no such turn.

    Examples
    --------
    >>> from datetime import datetime
    >>> from callqa.call import Utterance
    >>> call = Call("c1", (Utterance(1, "agent", "那十号先还两千可以吧"), Utterance(2, "customer", "好，用微信")),
    ...             started_at=datetime.fromisoformat("2026-03-05T10:12:00+08:00"))
    >>> slots = promise_slots(call, 2)
    >>> slots.date, slots.amount, slots.method
    (datetime.date(2026, 3, 10), Decimal('2000.00'), 'wechat')
    >>> slots.sources["amount"]
    SlotSource(turn=1, span=(5, 7), reason=None)
    """
    index = next((at for at, one in enumerate(call.utterances) if one.turn == turn), None)
    if index is None:
        raise InputError(f"call {call.call_id} has no turn {turn}", field="turn")
    return Context(CallReading(call), index).slots()


class Context:
    """A promise turn, the pieces of its sentence, and what was said before it.

    ``before``/``after`` are the customer's turns that touch it, ``agent`` the agent's just before (nearest first), ``asked`` what the
    customer said before those, ``earlier`` the agent before that.
    """

    def __init__(self, call: CallReading, index: int) -> None:
        self.here = call[index]
        self.before = call.run(_back(index), "customer")
        self.after = call.run(range(index + 1, min(index + _PIECES, len(call.turns))), "customer")
        first = index - len(self.before)
        self.agent = call.run(_back(first), "agent")
        first -= len(self.agent)
        self.asked = call.run(_back(first, 1), "customer") if self.agent else []
        self.earlier = call.run(_back(first - 1, 1), "agent") if self.asked else []

    def slots(self) -> Promise:
        """The promise with its sources."""
        day = self.day()
        amount = self.amount(day)
        method = self.method()
        sources = {
            "date": day.source if day else self._no_day(),
            "amount": amount.source if amount else _PARTIAL if PARTLY.search(self.here.text) else _NOT_SAID,
            "method": method.source if method else _NOT_SAID,
        }
        return Promise(
            date=day.found.day if day and isinstance(day.found, DateMention) else None,
            amount=amount.found.amount if amount and isinstance(amount.found, AmountMention) else None,
            method=method.found.method if method and isinstance(method.found, MethodMention) else None,
            sources=MappingProxyType(sources),
        )

    def _no_day(self) -> SlotSource:
        if self.here.today is None:
            return _NO_CALL_DATE
        return _EVENT if EVENTS.search(self.here.text) else _NOT_SAID

    def proposals(self) -> Iterator[TurnReading]:
        """What the agent said that this turn may accept: just before it, or before a question that the customer asked first."""
        yield from self.agent
        if self.earlier:
            asked = self.asked[0]
            if (self.here.agrees and _QUESTION.search(asked.text)) or (asked.agrees and ASKS_DAY.search(self.agent[0].text)):
                yield from self.earlier

    def day(self) -> _Slot | None:
        """The promised day and where it stands."""
        here, agent = self.here, self.agent[0] if self.agent else None
        said = here.day
        if agent and here.today and (said is None or said.kind in ("hour", "now")):
            bare = bare_day(here.text, here.today)
            if bare and agent.day and agent.day.day.day == bare.day.day:
                said = bare._replace(day=agent.day.day)  # 九月十五 / 嗯，十五
            elif bare and ASKS_DAY.search(agent.text):
                said = bare
        if said:
            if agent and (said.kind == "hour" or said.form in _REFINABLE) and agent.day and self._refines(said, agent, agent.day):
                return _Slot(agent.day, agent)
            for piece in self.after:
                if said.kind == "span" and piece.day and piece.day.kind == "day":
                    return _Slot(piece.day, piece)
            return _Slot(said, here)
        for piece in (*self.before, *self.after):
            if piece.day:
                return _Slot(piece.day, piece)
        event = EVENTS.search(here.text) is not None
        answers = agent is not None and here.amount is not None and ASKS_AMOUNT.search(agent.text) is not None
        if answers or here.agrees or (not event and (here.amount or len(here.text) <= _PLAIN)):
            for turn in self.proposals():
                if turn.day:
                    return _Slot(turn.day, turn)
        return None

    def _refines(self, said: DateMention, agent: TurnReading, proposed: DateMention) -> bool:
        """Whether the agent's proposal names the day that the customer only points at (八点, 三月份, 周四就周四)."""
        if proposed.kind in ("hour", "now"):
            return False
        if said.kind == "hour":
            return "今" not in self.here.text and ASKS.search(agent.text) is not None
        if said.form == "month_only":
            return proposed.day.replace(day=1) == said.day.replace(day=1)
        same = proposed.form != "weekday" and proposed.day.weekday() == said.day.weekday()
        return said.form == "weekday" and same and proposed.day > said.day

    def amount(self, day: _Slot | None) -> _Slot | None:
        """The promised amount and where it stands; ``day`` tells sums of several days apart."""
        here, agent = self.here, self.agent[0] if self.agent else None
        said = here.amount
        if said:
            if isinstance(said.amount, Decimal) and ECHO.search(here.text):
                for turn in (*self.agent, *self.earlier):
                    if turn.amount and _rounds(said.amount, turn.amount.amount):
                        return _Slot(turn.amount, turn)
            weak = said.amount == "full" and said.score <= _WEAK
            if not (weak and agent and agent.amount and ASKS_DAY.search(agent.text)):
                return _Slot(said, here)
        for piece in (*self.before, *self.after):
            if piece.amount:
                return _Slot(piece.amount, piece)
        if _PART.search(here.text):
            for turn in (*self.agent, *self.earlier):
                if turn.amount and "期" in turn.text:
                    return _Slot(turn.amount, turn)
        if agent and day and isinstance(day.found, DateMention):
            rest = agent.rest_on(day.found.day)
            if rest:
                return _Slot(rest, agent)
        for turn in self.proposals():
            if self._accepts_amount(turn, day is not None) and turn.amount:
                return _Slot(turn.amount, turn)
        return self._agreed_amount()

    def _agreed_amount(self) -> _Slot | None:
        """The agent's sum that the customer has taken up, where the agent then asked for the day alone: 先还五百 / 五百行 / 哪天呢."""
        if not self.earlier or ASKS_DAY.search(self.agent[0].text) is None:
            return None
        taken, proposal = self.asked[0].amount, self.earlier[0]
        if taken is None or proposal.amount is None:
            return None
        same = taken.amount == proposal.amount.amount
        if same or (isinstance(taken.amount, Decimal) and _rounds(taken.amount, proposal.amount.amount)):
            return _Slot(proposal.amount, proposal)
        return None

    def _accepts_amount(self, turn: TurnReading, dated: bool) -> bool:
        here = self.here
        if here.agrees or (not dated and len(here.text) <= _PLAIN and (not EVENTS.search(here.text) or ECHO.search(here.text))):
            return True
        if _TAKES_OVER.match(here.text) and len(turn.text) <= _SHORT:
            return True
        return dated or here.method is not None or _REST.match(here.text) is not None

    def method(self) -> _Slot | None:
        """The means of payment and where it stands."""
        here = self.here
        for turn in (here, *self.before, *self.after):
            if turn.method:
                return _Slot(turn.method, turn)
        if here.agrees:
            for turn in self.proposals():
                if turn.method:
                    return _Slot(turn.method, turn)
            if self.asked and self.asked[0].method and self.agent[0].agrees:
                return _Slot(self.asked[0].method, self.asked[0])  # 支付宝行吗 / 可以 / 好
        if _PUTS_IN.search(here.text):
            for turn in (*self.agent, *self.earlier):
                debit = _DEBIT.search(turn.text)
                if debit:
                    return _Slot(MethodMention(debit.start(), debit.end(), "auto_debit"), turn)
        return None


def _back(first: int, count: int = _PIECES) -> range:
    """The places of the ``count`` turns before ``first``, nearest first."""
    return range(first - 1, max(-1, first - 1 - count), -1)


def _rounds(said: Decimal, proposed: Amount) -> bool:
    """九百我可以的, in answer to 九百一十二块零七: the customer rounds what is proposed."""
    if not isinstance(proposed, Decimal) or not 0 < proposed - said < proposed / 10:
        return False
    unit = Decimal(10) ** (said.adjusted() - len(said.normalize().as_tuple().digits) + 1)
    return proposed // unit * unit == said
