"""One JSON record ↔ one `Call`: the schema of the labelling guide, section 6, with the fields that tagging adds.

Labelled data and tagged output share it. Reading is here, writing in `callqa.sources.writing`. Validation is written by hand: a nightly
run reads millions of turns, and a plain turn must cost a few look-ups only. Fields that callqa does not know go through as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from callqa.call import EMPTY, PARTIES, Amount, Call, Flag, FlagHit, Party, PartyChange, Promise, SlotSource, Utterance, make_utterance
from callqa.errors import InputError
from callqa.labels import LabelScheme
from callqa.sources.fields import (
    FORBIDDEN,
    as_date,
    as_mapping,
    as_number,
    as_object,
    as_plain_text,
    as_share,
    as_spans,
    as_time,
    check_id,
    optional_amount,
    optional_id,
    shown,
    to_cents,
    unknown_fields,
)
from callqa.sources.writing import amount_to_number, call_to_record, promise_record

__all__ = ["PAYMENT_METHODS", "SLOTS", "amount_to_number", "call_from_record", "call_to_record", "promise_record"]

PAYMENT_METHODS = ("app", "wechat", "alipay", "bank_transfer", "auto_debit", "counter", "cash", "other")  # guide, section 4
SLOTS = ("date", "amount", "method")

_PLAIN_TURN = frozenset({"turn", "speaker", "text", "start_ms", "end_ms"})
_UNMARKED_TURN = _PLAIN_TURN | {"labels"}
_TURN = _PLAIN_TURN | {"labels", "subtypes", "fillers", "ptp", "scores", "evidence"}
_CALL = frozenset(
    {"call_id", "started_at", "agent_id", "account_id", "due", "minimum_due", "utterances"}
    | {"party", "party_from", "flags", "score", "promise", "model"}
)


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
        started_at=as_time(data.get("started_at"), "started_at"),
        agent_id=optional_id(data, "agent_id"),
        account_id=optional_id(data, "account_id"),
        due=optional_amount(data, "due"),
        minimum_due=optional_amount(data, "minimum_due"),
        party=party,
        party_from=_party_changes(data.get("party_from"), utterances),
        flags=_flags(data.get("flags"), scheme),
        score=None if score is None else as_number(score, "score"),
        promise=as_mapping(data.get("promise"), "promise"),
        model=optional_id(data, "model"),
        labelled=annotated or party is not None,
        extra=unknown_fields(data, _CALL, ""),
    )


def _utterances(items: list[Any], scheme: LabelScheme) -> tuple[tuple[Utterance, ...], bool]:
    turns: list[Utterance] = []
    annotated = False
    last = 0
    for index, item in enumerate(items):
        if type(item) is not dict:
            raise InputError("must be an object", field=f"utterances[{index}]")
        turn, speaker, text, start, end = (
            item.get("turn"), item.get("speaker"), item.get("text"), item.get("start_ms"), item.get("end_ms")
        )  # fmt: skip
        # The quick look says of nearly every turn that all is well: these five fields or the first three, as they should be, and no other.
        size = len(item)
        if (
            (size == 3 or (size == 5 and type(start) is int and type(end) is int and 0 <= start <= end))
            and (type(turn) is int and turn > last)
            and (speaker == "agent" or speaker == "customer")
            and (type(text) is str and text.isprintable())
        ):
            found = make_utterance(turn, speaker, text, start, end)
        else:
            found = _utterance(item, last, scheme, f"utterances[{index}]")
            annotated = annotated or "labels" in item
        turns.append(found)
        last = found.turn
    return tuple(turns), annotated


def _utterance(item: dict[str, Any], last: int, scheme: LabelScheme, at: str) -> Utterance:
    """Any turn, behind turn number ``last``; what is wrong with it is raised."""
    turn, speaker, text, start, end = item.get("turn"), item.get("speaker"), item.get("text"), item.get("start_ms"), item.get("end_ms")
    if type(turn) is not int or turn <= last:
        raise _turn_error(turn, last, f"{at}.turn")
    if speaker != "agent" and speaker != "customer":
        raise InputError("must be agent or customer", field=f"{at}.speaker")
    if type(text) is not str:
        raise InputError("is missing" if text is None else "must be a text", field=f"{at}.text")
    if FORBIDDEN.search(text):
        raise InputError("holds NUL, half a surrogate or a mark that turns the reading direction", field=f"{at}.text")
    if start is not None or end is not None:
        _check_times(start, end, at)
    bare = Utterance(turn, speaker, text, start, end)
    if item.keys() <= _PLAIN_TURN or (item.get("labels") == [] and item.keys() <= _UNMARKED_TURN):  # most turns of labelled data
        return bare
    return _annotated(item, bare, scheme, at)


def _turn_error(turn: Any, last: int, field: str) -> InputError:
    if type(turn) is not int:
        return InputError("is missing" if turn is None else "must be a whole number", field=field)
    if turn < 1:
        return InputError("must be 1 or more", field=field)
    return InputError("is given twice" if turn == last else "turns are not in order", field=field)


def _check_times(start: Any, end: Any, at: str) -> None:
    for name, value in (("start_ms", start), ("end_ms", end)):
        if value is not None and (type(value) is not int or value < 0):
            raise InputError("must be a whole number of milliseconds, 0 or more", field=f"{at}.{name}")
    if start is not None and end is not None and end < start:
        raise InputError("lies before start_ms", field=f"{at}.end_ms")


def _annotated(item: dict[str, Any], bare: Utterance, scheme: LabelScheme, at: str) -> Utterance:
    size = len(bare.text)
    labels = item.get("labels")
    fillers = item.get("fillers")
    ptp = item.get("ptp")
    scores = as_object(item.get("scores"), f"{at}.scores")
    evidence = as_object(item.get("evidence"), f"{at}.evidence")
    return Utterance(
        bare.turn,
        bare.speaker,
        bare.text,
        bare.start_ms,
        bare.end_ms,
        labels=_labels(labels, scheme, f"{at}.labels") if labels else (),
        subtypes=_subtypes(item.get("subtypes"), scheme, f"{at}.subtypes"),
        fillers=as_spans(fillers, size, f"{at}.fillers") if fillers else (),
        ptp=None if ptp is None else _ptp(ptp, f"{at}.ptp"),
        scores={_label(k, scheme, f"{at}.scores"): as_share(v, f"{at}.scores.{k}") for k, v in scores.items()} or EMPTY,
        evidence={_label(k, scheme, f"{at}.evidence"): as_spans(v, size, f"{at}.evidence.{k}") for k, v in evidence.items()} or EMPTY,
        extra=unknown_fields(item, _TURN, f"{at}."),
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
        raise InputError(f"the label scheme has no {shown(name)}", field=at)
    return name


def _subtypes(value: Any, scheme: LabelScheme, at: str) -> Mapping[str, tuple[str, ...]]:
    if not value:
        return EMPTY
    found: dict[str, tuple[str, ...]] = {}
    for label, names in as_object(value, at).items():
        known = {sub.name for sub in scheme[_label(label, scheme, at)].subtypes}
        place = f"{at}.{label}"
        if type(names) is not list:
            raise InputError("must be a list", field=place)
        for name in names:
            if type(name) is not str or name not in known:
                raise InputError(f"the label has no sub-type {shown(name)}", field=place)
        if len(set(names)) != len(names):
            raise InputError("names a sub-type twice", field=place)
        found[label] = tuple(names)
    return found


def _ptp(value: Any, at: str) -> Promise:
    slots = as_object(value, at)
    day, amount, method = slots.get("date"), slots.get("amount"), slots.get("method")
    if method is not None and method not in PAYMENT_METHODS:
        raise InputError(f"must be null or one of {', '.join(PAYMENT_METHODS)}", field=f"{at}.method")
    sources = as_object(slots.get("sources"), f"{at}.sources")
    return Promise(
        date=None if day is None else as_date(day, f"{at}.date"),
        amount=None if amount is None else _amount_slot(amount, f"{at}.amount"),
        method=method,
        sources={slot: _slot_source(source, f"{at}.sources.{slot}") for slot, source in sources.items() if slot in SLOTS} or EMPTY,
    )


def _slot_source(value: Any, at: str) -> SlotSource:
    data = as_object(value, at)
    turn, span, reason = data.get("turn"), data.get("span"), data.get("reason")
    if turn is not None and type(turn) is not int:
        raise InputError("must be a whole number", field=f"{at}.turn")
    if reason is not None and type(reason) is not str:
        raise InputError("must be a text", field=f"{at}.reason")
    # The span may lie in another turn, so its end is not checked against this turn's text.
    return SlotSource(turn, None if span is None else as_spans([span], 10**9, f"{at}.span")[0], reason)


def _party_changes(value: Any, utterances: tuple[Utterance, ...]) -> tuple[PartyChange, ...]:
    if not value:
        return ()
    if type(value) is not list:
        raise InputError("must be a list", field="party_from")
    turns = {u.turn for u in utterances}
    changes: list[PartyChange] = []
    for index, item in enumerate(value):
        at = f"party_from[{index}]"
        data = as_object(item, at)
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
    data = as_object(value, at)
    severity, label = data.get("severity"), data.get("label")
    if type(severity) is not str or severity not in scheme.severity_rank:
        raise InputError(f"must be one of {', '.join(scheme.severity_rank)}", field=f"{at}.severity")
    hits = data.get("hits") or []
    if type(hits) is not list:
        raise InputError("must be a list", field=f"{at}.hits")
    return Flag(
        code=check_id(data.get("code"), f"{at}.code"),
        severity=severity,
        points=as_number(data.get("points", 0.0), f"{at}.points"),
        hits=tuple(_flag_hit(hit, f"{at}.hits[{index}]") for index, hit in enumerate(hits)),
        label=None if label is None else _label(label, scheme, f"{at}.label"),
        **{key: as_plain_text(data.get(key, ""), f"{at}.{key}") for key in ("name_zh", "name_en", "advice_zh", "advice_en")},
        needs_review=data.get("needs_review") is True,
        detail=as_mapping(data.get("detail"), f"{at}.detail"),
    )


def _flag_hit(value: Any, at: str) -> FlagHit:
    data = as_object(value, at)
    turn = data.get("turn")
    if type(turn) is not int:
        raise InputError("must be a whole number", field=f"{at}.turn")
    return FlagHit(turn, as_spans(data.get("spans") or [], 10**9, f"{at}.spans"))


def _amount_slot(value: Any, at: str) -> Amount:
    if value == "minimum" or value == "full":
        return cast(Amount, value)
    if type(value) is str:
        raise InputError("must be a number, minimum, full or null", field=at)
    return to_cents(value, at)
