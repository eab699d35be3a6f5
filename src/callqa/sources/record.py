"""One JSON record ↔ one `Call`: the schema of the labelling guide, section 6, with the fields that tagging adds.

Labelled data and tagged output share it. Validation is written by hand: a nightly run reads millions of turns, and a plain turn must
cost a few look-ups only. Fields that callqa does not know go through unchanged (`extra`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, cast

from callqa.call import EMPTY, PARTIES, Amount, Call, Flag, FlagHit, Party, PartyChange, Promise, SlotSource, Span, Utterance
from callqa.errors import InputError
from callqa.labels import LabelScheme

PAYMENT_METHODS = ("app", "wechat", "alipay", "bank_transfer", "auto_debit", "counter", "cash", "other")  # guide, section 4
SLOTS = ("date", "amount", "method")
LOCAL_TIME = timezone(timedelta(hours=8))  # China has one time zone: a time without offset is meant in it
MAX_ID = 200  # characters
MAX_AMOUNT = 1e9  # yuan; above it a float no longer tells cents apart safely
MAX_DEPTH = 16  # levels of nesting in fields that go through unchanged

# NUL, half surrogates and marks that turn the reading direction: none is ever spoken, each has been used to deceive a reader or a program.
FORBIDDEN = re.compile("[\x00\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_PLAIN_TURN = frozenset({"turn", "speaker", "text", "start_ms", "end_ms"})
_UNMARKED_TURN = _PLAIN_TURN | {"labels"}
_TURN = _PLAIN_TURN | {"labels", "subtypes", "fillers", "ptp", "scores", "evidence"}
_CALL = frozenset(
    {"call_id", "started_at", "agent_id", "account_id", "due", "minimum_due", "utterances"}
    | {"party", "party_from", "flags", "score", "promise", "model"}
)
_NAME = re.compile(r"[A-Za-z0-9_]{1,40}")


def call_from_record(data: Any, scheme: LabelScheme) -> Call:
    """Build a call from a parsed JSON object.

    Raises
    ------
    InputError
        Names the field that is wrong; file and line are the caller's to add. The message holds no text of the transcript.

    Examples
    --------
    >>> from callqa.labels import load_scheme
    >>> turn = {"turn": 1, "speaker": "agent", "text": "您好"}
    >>> call = call_from_record({"call_id": "c1", "due": 10.5, "utterances": [turn]}, load_scheme())
    >>> call.due, call.utterances[0].speaker
    (Decimal('10.50'), 'agent')
    """
    if type(data) is not dict:
        raise InputError("a call must be a JSON object")
    call_id = check_id(data.get("call_id"), "call_id")
    items = data.get("utterances")
    if type(items) is not list:
        raise InputError("is missing" if items is None else "must be a list", field="utterances")
    if not items:
        raise InputError("is empty: a call needs a turn", field="utterances")
    party = data.get("party")
    if party is not None:
        party = _party(party, "party")
    utterances, annotated = _utterances(items, scheme)
    score = data.get("score")
    return Call(
        call_id,
        utterances,
        started_at=_time(data.get("started_at"), "started_at"),
        agent_id=_optional_id(data, "agent_id"),
        account_id=_optional_id(data, "account_id"),
        due=_optional_amount(data, "due"),
        minimum_due=_optional_amount(data, "minimum_due"),
        party=party,
        party_from=_party_changes(data.get("party_from"), utterances),
        flags=_flags(data.get("flags"), scheme),
        score=None if score is None else _number(score, "score"),
        promise=_mapping(data.get("promise"), "promise"),
        model=_optional_id(data, "model"),
        labelled=annotated or party is not None,
        extra=_extra(data, _CALL, ""),
    )


def _utterances(items: list[Any], scheme: LabelScheme) -> tuple[tuple[Utterance, ...], bool]:
    forbidden = FORBIDDEN.search
    turns: list[Utterance] = []
    annotated = False
    last = 0
    for index, item in enumerate(items):
        if type(item) is not dict:
            raise InputError("must be an object", field=f"utterances[{index}]")
        turn, speaker, text, start, end = (
            item.get("turn"), item.get("speaker"), item.get("text"), item.get("start_ms"), item.get("end_ms")
        )  # fmt: skip
        if type(turn) is not int or turn <= last:
            raise _turn_error(turn, last, index)
        last = turn
        if speaker != "agent" and speaker != "customer":
            raise InputError("must be agent or customer", field=f"utterances[{index}].speaker")
        if type(text) is not str:
            raise InputError("is missing" if text is None else "must be a text", field=f"utterances[{index}].text")
        if forbidden(text):
            raise InputError("holds NUL, half a surrogate or a mark that turns the reading direction", field=f"utterances[{index}].text")
        if start is not None or end is not None:
            _check_times(start, end, index)
        if item.keys() <= _PLAIN_TURN:
            turns.append(Utterance(turn, speaker, text, start, end))
        elif item.get("labels") == [] and item.keys() <= _UNMARKED_TURN:  # most turns of labelled data
            annotated = True
            turns.append(Utterance(turn, speaker, text, start, end))
        else:
            annotated = annotated or "labels" in item
            turns.append(_annotated(item, Utterance(turn, speaker, text, start, end), scheme, f"utterances[{index}]"))
    return tuple(turns), annotated


def _turn_error(turn: Any, last: int, index: int) -> InputError:
    field = f"utterances[{index}].turn"
    if type(turn) is not int:
        return InputError("is missing" if turn is None else "must be a whole number", field=field)
    if turn < 1:
        return InputError("must be 1 or more", field=field)
    return InputError("is given twice" if turn == last else "turns are not in order", field=field)


def _check_times(start: Any, end: Any, index: int) -> None:
    for name, value in (("start_ms", start), ("end_ms", end)):
        if value is not None and (type(value) is not int or value < 0):
            raise InputError("must be a whole number of milliseconds, 0 or more", field=f"utterances[{index}].{name}")
    if start is not None and end is not None and end < start:
        raise InputError("lies before start_ms", field=f"utterances[{index}].end_ms")


def _annotated(item: dict[str, Any], bare: Utterance, scheme: LabelScheme, at: str) -> Utterance:
    size = len(bare.text)
    labels = item.get("labels")
    fillers = item.get("fillers")
    ptp = item.get("ptp")
    scores = _object(item.get("scores"), f"{at}.scores")
    evidence = _object(item.get("evidence"), f"{at}.evidence")
    return Utterance(
        bare.turn,
        bare.speaker,
        bare.text,
        bare.start_ms,
        bare.end_ms,
        labels=_labels(labels, scheme, f"{at}.labels") if labels else (),
        subtypes=_subtypes(item.get("subtypes"), scheme, f"{at}.subtypes"),
        fillers=_spans(fillers, size, f"{at}.fillers") if fillers else (),
        ptp=None if ptp is None else _ptp(ptp, f"{at}.ptp"),
        scores={_label(k, scheme, f"{at}.scores"): _share(v, f"{at}.scores.{k}") for k, v in scores.items()} or EMPTY,
        evidence={_label(k, scheme, f"{at}.evidence"): _spans(v, size, f"{at}.evidence.{k}") for k, v in evidence.items()} or EMPTY,
        extra=_extra(item, _TURN, f"{at}."),
    )


def _labels(value: Any, scheme: LabelScheme, at: str) -> tuple[str, ...]:
    if type(value) is not list:
        raise InputError("must be a list", field=at)
    names = [_label(name, scheme, at) for name in value]
    if len(names) == 1:
        return (names[0],)
    if len(set(names)) != len(names):
        raise InputError("names a label twice", field=at)
    return tuple(sorted(names, key=scheme.names.index))


def _label(name: Any, scheme: LabelScheme, at: str) -> str:
    if type(name) is not str or name not in scheme:
        raise InputError(f"the label scheme has no {_shown(name)}", field=at)
    return name


def _subtypes(value: Any, scheme: LabelScheme, at: str) -> Mapping[str, tuple[str, ...]]:
    if not value:
        return EMPTY
    found: dict[str, tuple[str, ...]] = {}
    for label, names in _object(value, at).items():
        known = {sub.name for sub in scheme[_label(label, scheme, at)].subtypes}
        place = f"{at}.{label}"
        if type(names) is not list:
            raise InputError("must be a list", field=place)
        for name in names:
            if type(name) is not str or name not in known:
                raise InputError(f"the label has no sub-type {_shown(name)}", field=place)
        if len(set(names)) != len(names):
            raise InputError("names a sub-type twice", field=place)
        found[label] = tuple(names)
    return found


def _spans(value: Any, size: int, at: str) -> tuple[Span, ...]:
    if type(value) is not list:
        raise InputError("must be a list of [start, end)", field=at)
    for index, span in enumerate(value):
        if type(span) is not list or len(span) != 2 or type(span[0]) is not int or type(span[1]) is not int:
            raise InputError("must be [start, end) in characters", field=f"{at}[{index}]")
        if not 0 <= span[0] < span[1] <= size:
            raise InputError(f"lies outside the text, which has {size} characters", field=f"{at}[{index}]")
    return tuple((start, end) for start, end in value)


def _ptp(value: Any, at: str) -> Promise:
    slots = _object(value, at)
    day, amount, method = slots.get("date"), slots.get("amount"), slots.get("method")
    if method is not None and method not in PAYMENT_METHODS:
        raise InputError(f"must be null or one of {', '.join(PAYMENT_METHODS)}", field=f"{at}.method")
    sources = _object(slots.get("sources"), f"{at}.sources")
    return Promise(
        date=None if day is None else _date(day, f"{at}.date"),
        amount=None if amount is None else _amount_slot(amount, f"{at}.amount"),
        method=method,
        sources={slot: _slot_source(source, f"{at}.sources.{slot}") for slot, source in sources.items() if slot in SLOTS} or EMPTY,
    )


def _slot_source(value: Any, at: str) -> SlotSource:
    data = _object(value, at)
    turn, span, reason = data.get("turn"), data.get("span"), data.get("reason")
    if turn is not None and type(turn) is not int:
        raise InputError("must be a whole number", field=f"{at}.turn")
    if reason is not None and type(reason) is not str:
        raise InputError("must be a text", field=f"{at}.reason")
    # The span may lie in another turn, so its end is not checked against this turn's text.
    return SlotSource(turn, None if span is None else _spans([span], 10**9, f"{at}.span")[0], reason)


def _party_changes(value: Any, utterances: tuple[Utterance, ...]) -> tuple[PartyChange, ...]:
    if not value:
        return ()
    if type(value) is not list:
        raise InputError("must be a list", field="party_from")
    turns = {u.turn for u in utterances}
    changes: list[PartyChange] = []
    for index, item in enumerate(value):
        at = f"party_from[{index}]"
        data = _object(item, at)
        turn = data.get("turn")
        if type(turn) is not int or turn not in turns:
            raise InputError("must be a turn of the call", field=f"{at}.turn")
        if changes and turn <= changes[-1].turn:
            raise InputError("turns are not in order", field=f"{at}.turn")
        changes.append(PartyChange(turn, _party(data.get("party"), f"{at}.party")))
    return tuple(changes)


def _party(value: Any, at: str) -> Party:
    if value not in PARTIES:
        raise InputError(f"must be one of {', '.join(PARTIES)}", field=at)
    return cast(Party, value)


def _flags(value: Any, scheme: LabelScheme) -> tuple[Flag, ...]:
    if not value:
        return ()
    if type(value) is not list:
        raise InputError("must be a list", field="flags")
    return tuple(_flag(item, scheme, f"flags[{index}]") for index, item in enumerate(value))


def _flag(value: Any, scheme: LabelScheme, at: str) -> Flag:
    data = _object(value, at)
    severity, label = data.get("severity"), data.get("label")
    if type(severity) is not str or severity not in scheme.severity_rank:
        raise InputError(f"must be one of {', '.join(scheme.severity_rank)}", field=f"{at}.severity")
    hits = data.get("hits") or []
    if type(hits) is not list:
        raise InputError("must be a list", field=f"{at}.hits")
    return Flag(
        code=check_id(data.get("code"), f"{at}.code"),
        severity=severity,
        points=_number(data.get("points", 0.0), f"{at}.points"),
        hits=tuple(_flag_hit(hit, f"{at}.hits[{index}]") for index, hit in enumerate(hits)),
        label=None if label is None else _label(label, scheme, f"{at}.label"),
        **{key: _text(data.get(key, ""), f"{at}.{key}") for key in ("name_zh", "name_en", "advice_zh", "advice_en")},
        needs_review=data.get("needs_review") is True,
        detail=_mapping(data.get("detail"), f"{at}.detail"),
    )


def _flag_hit(value: Any, at: str) -> FlagHit:
    data = _object(value, at)
    turn = data.get("turn")
    if type(turn) is not int:
        raise InputError("must be a whole number", field=f"{at}.turn")
    return FlagHit(turn, _spans(data.get("spans") or [], 10**9, f"{at}.spans"))


def check_id(value: Any, at: str) -> str:
    """``value`` as an id: a text of 1 to 200 printable characters that cannot lead out of a folder.

    Raises
    ------
    InputError
        With ``at`` as its field.
    """
    if type(value) is not str or not value:
        raise InputError("is missing" if value is None else "must be a text" if type(value) is not str else "is empty", field=at)
    if len(value) > MAX_ID:
        raise InputError(f"is longer than {MAX_ID} characters", field=at)
    if not value.isprintable() or FORBIDDEN.search(value):
        raise InputError("holds a character that cannot be printed", field=at)
    if ".." in value and ".." in re.split(r"[/\\]", value):
        raise InputError("must not hold the path part ..", field=at)
    return value


def _optional_id(data: dict[str, Any], key: str) -> str | None:
    value = data.get(key)
    return None if value is None else check_id(value, key)


def _time(value: Any, at: str) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise InputError("must be a time such as 2026-03-05T10:12:00+08:00", field=at) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=LOCAL_TIME)


def _date(value: Any, at: str) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise InputError("must be a date such as 2026-03-06", field=at) from None


def to_cents(value: float | int, at: str) -> Decimal:
    """``value`` yuan as a `Decimal` with two decimals.

    Raises
    ------
    InputError
        It is no number, negative, too large, or has parts of a cent.

    Examples
    --------
    >>> to_cents(123.4, "due")
    Decimal('123.40')
    """
    if type(value) not in (int, float) or not 0 <= value < MAX_AMOUNT:
        raise InputError("must be a number of yuan, 0 or more", field=at)
    cents = round(value * 100)
    if abs(value * 100 - cents) > 1e-3:
        raise InputError("has more than two decimals", field=at)
    return Decimal(cents).scaleb(-2)


def _optional_amount(data: dict[str, Any], key: str) -> Decimal | None:
    value = data.get(key)
    return None if value is None else to_cents(value, key)


def _amount_slot(value: Any, at: str) -> Amount:
    if value == "minimum" or value == "full":
        return cast(Amount, value)
    if type(value) is str:
        raise InputError("must be a number, minimum, full or null", field=at)
    return to_cents(value, at)


def _number(value: Any, at: str) -> float:
    if type(value) not in (int, float):
        raise InputError("must be a number", field=at)
    return float(value)


def _share(value: Any, at: str) -> float:
    number = _number(value, at)
    if not 0 <= number <= 1:
        raise InputError("must lie between 0 and 1", field=at)
    return number


def _text(value: Any, at: str) -> str:
    if type(value) is not str or FORBIDDEN.search(value):
        raise InputError("must be a text", field=at)
    return value


def _object(value: Any, at: str) -> dict[str, Any]:
    if value is None:
        return {}
    if type(value) is not dict:
        raise InputError("must be an object", field=at)
    return value


def _mapping(value: Any, at: str) -> Mapping[str, Any]:
    if not value:
        return EMPTY
    _check_depth(value, at, 0)
    return _object(value, at)


def _extra(data: dict[str, Any], known: frozenset[str], at: str) -> Mapping[str, Any]:
    if data.keys() <= known:
        return EMPTY
    extra = {key: value for key, value in data.items() if key not in known}
    for key, value in extra.items():
        _check_depth(value, f"{at}{_shown(key)}", 0)
    return extra


def _check_depth(value: Any, at: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise InputError(f"is nested more than {MAX_DEPTH} levels deep", field=at)
    if type(value) is dict:
        for item in value.values():
            _check_depth(item, at, depth + 1)
    elif type(value) is list:
        for item in value:
            _check_depth(item, at, depth + 1)


def _shown(name: Any) -> str:
    """A name for a message; only what looks like a name is repeated, for anything else could be a piece of the transcript."""
    return name if type(name) is str and _NAME.fullmatch(name) else "such name"


def call_to_record(call: Call) -> dict[str, Any]:
    """The JSON-ready record of a call, keys in the order of the guide.

    A call that is not ``labelled`` has no annotation keys; a labelled one has ``labels`` on every turn, the other keys where they say
    something. Amounts are numbers to the cent.

    Examples
    --------
    >>> call_to_record(Call("c1", (Utterance(1, "agent", "您好", 0, 900),), due=Decimal("10.50")))["due"]
    10.5
    """
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
        record["promise"] = dict(call.promise)
    record.update(call.extra)
    record["utterances"] = [_turn_record(turn, call.labelled) for turn in call.utterances]
    return record


def _turn_record(turn: Utterance, labelled: bool) -> dict[str, Any]:
    record: dict[str, Any] = {"turn": turn.turn, "speaker": turn.speaker}
    if turn.start_ms is not None:
        record["start_ms"] = turn.start_ms
    if turn.end_ms is not None:
        record["end_ms"] = turn.end_ms
    record["text"] = turn.text
    if labelled or turn.labels:
        record["labels"] = list(turn.labels)
    if turn.subtypes:
        record["subtypes"] = {label: list(names) for label, names in turn.subtypes.items()}
    if turn.fillers:
        record["fillers"] = [list(span) for span in turn.fillers]
    if turn.ptp is not None:
        record["ptp"] = promise_record(turn.ptp)
    if turn.scores:
        record["scores"] = dict(turn.scores)
    if turn.evidence:
        record["evidence"] = {label: [list(span) for span in spans] for label, spans in turn.evidence.items()}
    if turn.extra:
        record.update(turn.extra)
    return record


def promise_record(promise: Promise) -> dict[str, Any]:
    """A promise's slots as JSON values; ``sources`` only where known.

    Examples
    --------
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
        "hits": [{"turn": hit.turn, "spans": [list(span) for span in hit.spans]} for hit in flag.hits],
    }
    for key in ("label", "name_zh", "name_en", "advice_zh", "advice_en"):
        if getattr(flag, key):
            record[key] = getattr(flag, key)
    if flag.needs_review:
        record["needs_review"] = True
    if flag.detail:
        record["detail"] = dict(flag.detail)
    return record


def amount_to_number(amount: Decimal) -> int | float:
    """Yuan as a JSON number, whole where there are no cents.

    Examples
    --------
    >>> amount_to_number(Decimal("500.00")), amount_to_number(Decimal("123.45"))
    (500, 123.45)
    """
    return int(amount) if amount == amount.to_integral_value() else float(amount)
