"""Single values of a record, checked: ids, times, amounts, spans. Each check raises `InputError` with the field; none repeats the value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from callqa.call import EMPTY, Span
from callqa.errors import InputError

LOCAL_TIME = timezone(timedelta(hours=8))  # China has one time zone: a time without offset is meant in it
MAX_ID = 200  # characters
MAX_AMOUNT = 1e9  # yuan; above it a float no longer tells cents apart safely
MAX_DEPTH = 16  # levels of nesting in fields that go through unchanged
# NUL, half surrogates and marks that turn the reading direction: none is ever spoken, each has been used to deceive a reader or a program.
FORBIDDEN = re.compile("[\x00\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_NAME = re.compile(r"[A-Za-z0-9_]{1,40}")


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


def optional_id(data: dict[str, Any], key: str) -> str | None:
    """The id under ``key``, ``None`` where there is none."""
    value = data.get(key)
    return None if value is None else check_id(value, key)


def as_time(value: Any, at: str) -> datetime | None:
    """A point in time; one without an offset is meant in China's."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise InputError("must be a time such as 2026-03-05T10:12:00+08:00", field=at) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=LOCAL_TIME)


def as_date(value: Any, at: str) -> date:
    """A day."""
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


def optional_amount(data: dict[str, Any], key: str) -> Decimal | None:
    """The amount under ``key`` in yuan, ``None`` where there is none."""
    value = data.get(key)
    return None if value is None else to_cents(value, key)


def as_number(value: Any, at: str) -> float:
    """A number."""
    if type(value) not in (int, float):
        raise InputError("must be a number", field=at)
    return float(value)


def as_share(value: Any, at: str) -> float:
    """A number from 0 to 1."""
    number = as_number(value, at)
    if not 0 <= number <= 1:
        raise InputError("must lie between 0 and 1", field=at)
    return number


def as_plain_text(value: Any, at: str) -> str:
    """A text without hostile characters."""
    if type(value) is not str or FORBIDDEN.search(value):
        raise InputError("must be a text", field=at)
    return value


def as_object(value: Any, at: str) -> dict[str, Any]:
    """A JSON object; nothing counts as an empty one."""
    if value is None:
        return {}
    if type(value) is not dict:
        raise InputError("must be an object", field=at)
    return value


def as_mapping(value: Any, at: str) -> Mapping[str, Any]:
    """A JSON object that goes through as it is, if it is not nested too deep."""
    if not value:
        return EMPTY
    _check_depth(value, at, 0)
    return as_object(value, at)


def unknown_fields(data: dict[str, Any], known: frozenset[str], at: str) -> Mapping[str, Any]:
    """The fields that callqa does not know, which go through as they are."""
    if data.keys() <= known:
        return EMPTY
    extra = {key: value for key, value in data.items() if key not in known}
    for key, value in extra.items():
        _check_depth(value, f"{at}{shown(key)}", 0)
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


def shown(name: Any) -> str:
    """A name for a message; only what looks like a name is repeated, for anything else could be a piece of the transcript."""
    return name if type(name) is str and _NAME.fullmatch(name) else "such name"


def as_spans(value: Any, size: int, at: str) -> tuple[Span, ...]:
    """Spans of a text of ``size`` characters."""
    if type(value) is not list:
        raise InputError("must be a list of [start, end)", field=at)
    for index, span in enumerate(value):
        if type(span) is not list or len(span) != 2 or type(span[0]) is not int or type(span[1]) is not int:
            raise InputError("must be [start, end) in characters", field=f"{at}[{index}]")
        if not 0 <= span[0] < span[1] <= size:
            raise InputError(f"lies outside the text, which has {size} characters", field=f"{at}[{index}]")
    return tuple((start, end) for start, end in value)
