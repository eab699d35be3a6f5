"""`Call` → its JSON record, keys in the order of the labelling guide, section 6; `callqa.sources.record` reads it back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson

from callqa.call import Call, Flag, Promise, SlotSource, Utterance


def call_to_line(call: Call) -> bytes:
    """A call as one line of JSON, with its line end."""
    return call_to_json(call) + b"\n"


def call_to_record(call: Call) -> dict[str, Any]:
    """The record of a call as a reader of its line finds it, keys in the order of the guide.

    A call that is not ``labelled`` has no annotation keys; a labelled one has ``labels`` on every turn, the other keys where they say
    something. Amounts are numbers to the cent.

    Examples
    --------
    >>> call_to_record(Call("c1", (Utterance(1, "agent", "您好", 0, 900),), due=Decimal("10.50")))["due"]
    10.5
    """
    record: dict[str, Any] = orjson.loads(call_to_json(call))
    return record


def call_to_json(call: Call) -> bytes:
    """A call as JSON."""
    # The record shares tuples and mappings with the call: orjson writes both as they are, a read-only mapping once it is a dict.
    return orjson.dumps(_call_record(call), default=dict)


def _call_record(call: Call) -> dict[str, Any]:
    record: dict[str, Any] = {"call_id": call.call_id}
    if call.started_at is not None:
        record["started_at"] = call.started_at.isoformat()
    for key, value in (("agent_id", call.agent_id), ("account_id", call.account_id)):
        if value is not None:
            record[key] = value
    for key, amount in (("due", call.due), ("minimum_due", call.minimum_due)):
        if amount is not None:
            record[key] = amount_to_number(amount)
    if call.party is not None:
        record["party"] = call.party
    if call.party_from:
        record["party_from"] = [{"turn": change.turn, "party": change.party} for change in call.party_from]
    if call.model is not None:
        record["model"] = call.model
    if call.flags or call.model is not None:  # a tagged call says that it has no flags
        record["flags"] = [_flag_record(flag) for flag in call.flags]
    if call.score is not None:
        record["score"] = call.score
    if call.promise:
        record["promise"] = call.promise
    record.update(call.extra)
    labelled = call.labelled
    record["utterances"] = [_turn_record(turn, labelled) for turn in call.utterances]
    return record


def _turn_record(turn: Utterance, labelled: bool) -> dict[str, Any]:
    start, end, labels, scores = turn.start_ms, turn.end_ms, turn.labels, turn.scores
    # One display makes the record of nearly every turn, and a dictionary of the right size at once.
    record: dict[str, Any] = {
        "turn": turn.turn,
        "speaker": turn.speaker,
        "start_ms": start,
        "end_ms": end,
        "text": turn.text,
        "labels": labels,
    }
    if start is None:
        del record["start_ms"]
    if end is None:
        del record["end_ms"]
    if not (labelled or labels):
        del record["labels"]
    if turn.subtypes:
        record["subtypes"] = turn.subtypes
    if turn.fillers:
        record["fillers"] = turn.fillers
    if turn.ptp is not None:
        record["ptp"] = promise_record(turn.ptp)
    if scores:
        record["scores"] = scores
    if turn.evidence:
        record["evidence"] = turn.evidence
    if turn.extra:
        record.update(turn.extra)
    return record


def promise_record(promise: Promise) -> dict[str, Any]:
    """A promise's slots as JSON values; ``sources`` only where known.

    Examples
    --------
    >>> from datetime import date
    >>> promise_record(Promise(date(2026, 3, 6), Decimal("500.00")))
    {'date': '2026-03-06', 'amount': 500, 'method': None}
    """
    amount = promise.amount
    record: dict[str, Any] = {
        "date": None if promise.date is None else promise.date.isoformat(),
        "amount": amount_to_number(amount) if isinstance(amount, Decimal) else amount,
        "method": promise.method,
    }
    if promise.sources:
        record["sources"] = {slot: _source_record(source) for slot, source in promise.sources.items()}
    return record


def _source_record(source: SlotSource) -> dict[str, Any]:
    record: dict[str, Any] = {}
    if source.turn is not None:
        record["turn"] = source.turn
    if source.span is not None:
        record["span"] = list(source.span)
    if source.reason is not None:
        record["reason"] = source.reason
    return record


def _flag_record(flag: Flag) -> dict[str, Any]:
    record: dict[str, Any] = {
        "code": flag.code,
        "severity": flag.severity,
        "points": flag.points,
        "hits": [{"turn": hit.turn, "spans": hit.spans} for hit in flag.hits],
    }
    if flag.label:
        record["label"] = flag.label
    if flag.name_zh:
        record["name_zh"] = flag.name_zh
    if flag.name_en:
        record["name_en"] = flag.name_en
    if flag.advice_zh:
        record["advice_zh"] = flag.advice_zh
    if flag.advice_en:
        record["advice_en"] = flag.advice_en
    if flag.needs_review:
        record["needs_review"] = True
    if flag.detail:
        record["detail"] = flag.detail
    return record


def amount_to_number(amount: Decimal) -> int | float:
    """Yuan as a JSON number, whole where there are no cents.

    Examples
    --------
    >>> amount_to_number(Decimal("500.00")), amount_to_number(Decimal("123.45"))
    (500, 123.45)
    """
    return int(amount) if amount == amount.to_integral_value() else float(amount)
