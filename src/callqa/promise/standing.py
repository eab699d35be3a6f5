"""What a call's promises come to: the one that stands at its end, and whether it is any good."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from callqa.call import EMPTY, Amount, Call, Promise, Utterance, make_utterance
from callqa.labels import LabelScheme, load_scheme
from callqa.promise.context import Context
from callqa.promise.turn import CallReading, TurnReading
from callqa.sources.record import amount_to_number
from callqa.text.money import may_name_sum

EARLY_STAGE_LIMIT = 3  # days: the longest promise an early-stage shop accepts, D+3 (domain notes)
SLOTS = ("date", "amount", "method")

# the customer takes the promise back
_MAY_WITHDRAW = re.compile(r"[不没悔废消]")  # each of the words below holds one of these
_WITHDRAWN = re.compile(
    r"(?:我|那|就|也|都|直接|干脆|反正)(?:就|也|先|是|可)?(?:不还|不给|不交|不付|不转)(?:了|咯|啦|哒|嘞|$)|还不了了?|还不上了?$|算了[，,\s]?(?:我)?(?:不还|不转|不交)|当我没说|刚才(?:说|讲)的不算|不算数|"
    r"反悔|一分(?:钱)?(?:都|也)?(?:不|没)[给还有]|做不到|办不到|答应不了|不能答应|我没答应|作废|取消吧"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """The promise that stands when the call ends.

    ``turn`` is the last turn that promises, ``slot_turns`` the turn that gave each slot: the last one that named it. ``yuan`` is the
    amount in yuan, the minimum and the whole by what the call knows of the account.
    """

    turn: int
    turns: tuple[int, ...]
    date: date | None
    amount: Amount | None
    method: str | None
    slot_turns: Mapping[str, int]
    yuan: Decimal | None
    withdrawn_turn: int | None
    recap_turn: int | None
    within_limit: bool | None

    @property
    def missing(self) -> tuple[str, ...]:
        """Slots that nobody named: a promise is complete when there is none."""
        return tuple(slot for slot in SLOTS if getattr(self, slot) is None)


def fill_promises(call: Call, scheme: LabelScheme | None = None, *, limit_days: int = EARLY_STAGE_LIMIT) -> Call:
    """The call with ``ptp`` on each turn that promises, and with its standing promise.

    Parameters
    ----------
    call
        A tagged call: turns carry labels.
    scheme
        The label scheme, which tells the labels that mark a promise; the shipped one if none is given.
    limit_days
        The longest promise that the shop accepts, in days from the call.

    Returns
    -------
    Call
        ``promise`` is empty where nothing was promised, else what `standing_record` writes.

    Examples
    --------
    >>> from datetime import datetime
    >>> turns = (Utterance(1, "customer", "我明天用微信还五百", labels=("ptp_commitment",)), Utterance(2, "agent", "好，明天五百"))
    >>> call = fill_promises(Call("c1", turns, started_at=datetime.fromisoformat("2026-03-05T10:12:00+08:00")))
    >>> call.promise["date"], call.promise["amount"], call.promise["complete"], call.promise["recapped"]
    ('2026-03-06', 500, True, True)
    """
    marking = _shipped_marking() if scheme is None else _marking(scheme)
    reading = CallReading(call)
    turns = call.utterances
    promises = [
        (index, Context(reading, index).slots()) for index, turn in enumerate(turns) if turn.labels and not marking.isdisjoint(turn.labels)
    ]
    slots: dict[int, Promise | None] = {index: None for index, turn in enumerate(turns) if turn.ptp is not None}
    slots.update(promises)
    if not slots and not call.promise:
        return call  # most calls
    filled = list(turns)
    for index, ptp in slots.items():
        filled[index] = _with_slots(turns[index], ptp)
    standing = _standing(call, reading, promises, limit_days)
    record = EMPTY if standing is None else MappingProxyType(standing_record(standing))
    return replace(call, utterances=tuple(filled), promise=record)


def _with_slots(turn: Utterance, ptp: Promise | None) -> Utterance:
    """The turn with the slots of its promise; field by field, since `replace` takes three times as long."""
    return make_utterance(
        turn.turn,
        turn.speaker,
        turn.text,
        turn.start_ms,
        turn.end_ms,
        turn.labels,
        turn.subtypes,
        turn.fillers,
        ptp,
        turn.scores,
        turn.evidence,
        turn.extra,
    )


@lru_cache(maxsize=1)
def _shipped_marking() -> frozenset[str]:
    return _marking(load_scheme())


def _marking(scheme: LabelScheme) -> frozenset[str]:
    return frozenset(label.name for label in scheme if label.marks == "promise")


def standing_promise(call: Call, *, limit_days: int = EARLY_STAGE_LIMIT) -> Standing | None:
    """The promise that stands at the end of a call whose turns have their slots; ``None`` where nothing was promised.

    The last promise wins; a slot that it leaves open keeps what an earlier one said of it.
    """
    promises = [(index, turn.ptp) for index, turn in enumerate(call.utterances) if turn.ptp is not None]
    return _standing(call, CallReading(call), promises, limit_days)


def _standing(call: Call, reading: CallReading, promises: Sequence[tuple[int, Promise]], limit_days: int) -> Standing | None:
    """What the ``promises`` of a call come to, each with the place of its turn."""
    if not promises:
        return None
    turns = call.utterances
    slots: dict[str, Any] = dict.fromkeys(SLOTS)
    slot_turns: dict[str, int] = {}
    for index, promise in promises:
        for slot in SLOTS:
            value = getattr(promise, slot)
            if value is not None:
                slots[slot], slot_turns[slot] = value, turns[index].turn
    last = promises[-1][0]
    day: date | None = slots["date"]
    within = (day - call.started_at.date()).days <= limit_days if day is not None and call.started_at else None
    first = min(slot_turns.values(), default=turns[last].turn)
    return Standing(
        turn=turns[last].turn,
        turns=tuple([turns[index].turn for index, _ in promises]),
        date=day,
        amount=slots["amount"],
        method=slots["method"],
        slot_turns=MappingProxyType(slot_turns),
        yuan=amount_in_yuan(slots["amount"], call),
        withdrawn_turn=_withdrawn(turns[last + 1 :]),
        recap_turn=_recap(call, reading, first, day, slots["amount"]),
        within_limit=within,
    )


def amount_in_yuan(amount: Amount | None, call: Call) -> Decimal | None:
    """A promised amount in yuan: ``minimum`` and ``full`` by the call's own account data, ``None`` where those are not known.

    Examples
    --------
    >>> amount_in_yuan("minimum", Call("c1", (), minimum_due=Decimal("203.00")))
    Decimal('203.00')
    """
    if amount == "minimum":
        return call.minimum_due
    if amount == "full":
        return call.due
    return amount


def _withdrawn(later: Sequence[Utterance]) -> int | None:
    """The turn after the last promise in which the customer takes it back."""
    for turn in later:
        if turn.speaker == "customer" and _MAY_WITHDRAW.search(turn.text) and _WITHDRAWN.search(turn.text):
            return turn.turn
    return None


def _recap(call: Call, reading: CallReading, first: int, day: date | None, amount: Amount | None) -> int | None:
    """The agent's turn that repeats what was promised: each of day and amount that is known (二次确认: domain notes)."""
    if day is None and amount is None:
        return None
    yuan = amount_in_yuan(amount, call)
    for index, turn in enumerate(call.utterances):
        if turn.speaker != "agent" or turn.turn < first - 1:
            continue
        if isinstance(amount, Decimal) and not may_name_sum(turn.text):
            continue  # most turns: the dear search for days is not for them
        if _repeats(reading[index], day, amount, yuan):
            return turn.turn
    return None


def _repeats(turn: TurnReading, day: date | None, amount: Amount | None, yuan: Decimal | None) -> bool:
    if day is not None and day not in [one.day for one in turn.dates]:
        return False
    if amount is None:
        return True
    named = {one.amount for one in turn.amounts}
    return amount in named or yuan in named


def standing_record(standing: Standing) -> dict[str, Any]:
    """A standing promise as results write it: JSON values only.

    Keys: ``status`` (``standing`` or ``withdrawn``), ``turn``, ``turns``, the three slots, ``slot_turns``, ``yuan``, ``complete``,
    ``missing``, ``recapped``, ``recap_turn``, ``within_limit``, ``withdrawn_turn``.
    """
    amount = standing.amount
    return {
        "status": "standing" if standing.withdrawn_turn is None else "withdrawn",
        "turn": standing.turn,
        "turns": list(standing.turns),
        "date": None if standing.date is None else standing.date.isoformat(),
        "amount": amount_to_number(amount) if isinstance(amount, Decimal) else amount,
        "method": standing.method,
        "slot_turns": dict(standing.slot_turns),
        "yuan": None if standing.yuan is None else amount_to_number(standing.yuan),
        "complete": not standing.missing,
        "missing": list(standing.missing),
        "recapped": standing.recap_turn is not None,
        "recap_turn": standing.recap_turn,
        "within_limit": standing.within_limit,
        "withdrawn_turn": standing.withdrawn_turn,
    }
