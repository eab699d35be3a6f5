"""Which column of a table holds what, and rows → calls. The files themselves are read by `tables`, `xlsx` and `parquet`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from itertools import pairwise
from typing import Any

from callqa.errors import InputError
from callqa.sources.fields import FORBIDDEN, LOCAL_TIME
from callqa.sources.raw import RawCall, RawTurn

# Headings of each field, compared without blanks, case and underscores. Those of a turn, then those of the call.
TURN_FIELDS: Mapping[str, tuple[str, ...]] = {
    "turn": ("turn", "轮次", "序号", "句序", "句子序号", "index"),
    "speaker": ("speaker", "角色", "说话人", "发言人", "坐席/客户", "channel", "声道", "通道", "participant", "role", "spk"),
    "text": ("text", "文本", "内容", "识别文本", "转写文本", "对话内容", "话术", "content", "transcript", "utterance", "句子", "sentence"),
    "start": ("start", "startms", "开始时间", "开始", "起始时间", "begintime", "starttime", "begin"),
    "end": ("end", "endms", "结束时间", "结束", "终止时间", "endtime"),
}
CALL_FIELDS: Mapping[str, tuple[str, ...]] = {
    "call_id": ("callid", "通话id", "通话编号", "通话流水号", "录音id", "录音编号", "会话id", "会话编号", "contactid", "id", "call"),
    "started_at": ("startedat", "通话时间", "通话开始时间", "拨打时间", "呼叫时间", "通话日期", "calltime", "calldate"),
    "agent_id": ("agentid", "坐席id", "坐席工号", "工号", "坐席编号", "员工号", "agent"),
    "account_id": ("accountid", "账户id", "账户", "账号", "客户号", "客户编号", "account"),
    "due": ("due", "逾期金额", "应还金额", "欠款金额", "欠款"),
    "minimum_due": ("minimumdue", "最低还款", "最低还款额", "最低应还"),
}
_NEEDED = ("call_id", "speaker", "text")
_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?")
_UNIT_IN_HEADING = (("ms", 1), ("毫秒", 1), ("秒", 1000), ("(s)", 1000), ("sec", 1000))
_DAY_MS = 86_400_000


def map_columns(headings: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    """Position of each field's column, by the user's word (``columns``: field → heading) or guessed by its heading.

    Raises
    ------
    InputError
        The user names a field or heading that does not exist, or a needed field has no column.

    Examples
    --------
    >>> map_columns(["通话ID", "角色", "文本", "班组"], {})
    {'speaker': 1, 'text': 2, 'call_id': 0}
    """
    known = {**TURN_FIELDS, **CALL_FIELDS}
    plain = [_plain(heading) for heading in headings]
    found: dict[str, int] = {}
    for field, heading in columns.items():
        if field not in known:
            raise InputError(f"is no field; fields are {', '.join(known)}", field=f"columns.{field}")
        if _plain(heading) not in plain:
            raise InputError("the table has no such heading", field=f"columns.{field}")
        found[field] = plain.index(_plain(heading))
    keys = [_without_unit(heading) for heading in plain]
    for field, names in known.items():
        if field not in found:
            position = next((keys.index(name) for name in names if name in keys and keys.index(name) not in found.values()), None)
            if position is not None:
                found[field] = position
    missing = [field for field in _NEEDED if field not in found]
    if missing:
        raise InputError(f"the table has no column for {', '.join(missing)}; name it with --column", line=1, field="columns")
    return found


def looks_like_table(headings: Sequence[str]) -> bool:
    """Whether a row names the columns of a transcript."""
    plain = {_without_unit(_plain(heading)) for heading in headings}
    known = {name for names in (*TURN_FIELDS.values(), *CALL_FIELDS.values()) for name in names}
    return not plain.isdisjoint(TURN_FIELDS["text"]) and len(plain & known) > 1


def _plain(heading: str) -> str:
    return re.sub(r"[\s_]", "", heading.lower()).replace("（", "(").replace("）", ")").lstrip("\ufeff")


def _without_unit(heading: str) -> str:
    return re.sub(r"\((?:ms|毫秒|秒|s|元)\)$|毫秒$", "", heading)


def rows_to_calls(
    headings: Sequence[str], rows: Iterable[tuple[int, Sequence[Any]]], columns: Mapping[str, str]
) -> Iterator[tuple[int | None, RawCall | InputError]]:
    """Calls of a table in order of their first row, each with its row number.

    The rows of one call may stand anywhere in the table: systems export by time, and calls overlap. Columns that callqa does not know
    stay with the call where all its rows agree, else with the turn.

    Parameters
    ----------
    rows
        Row number (as a spreadsheet shows it) and cells.
    """
    where = map_columns(headings, columns)
    calls: dict[str, list[tuple[int, Sequence[Any]]]] = {}
    for number, row in rows:
        cells = [*row, *[None] * (len(headings) - len(row))]
        if all(_empty(cell) for cell in cells):
            continue
        call_id = cells[where["call_id"]]
        if _empty(call_id):
            yield number, InputError("is missing", line=number, field="call_id")
            continue
        calls.setdefault(_shown(call_id), []).append((number, cells))
    for call_id, members in calls.items():
        try:
            wide = next((number for number, row in members if len(row) > len(headings)), None)
            if wide is not None:
                raise InputError("has more cells than the heading", line=wide)
            yield members[0][0], _call(call_id, members, headings, where)
        except InputError as exc:
            yield members[0][0], exc


def _call(call_id: str, rows: list[tuple[int, Sequence[Any]]], headings: Sequence[str], where: Mapping[str, int]) -> RawCall:
    if "turn" in where:
        rows = sorted(rows, key=lambda row: _order(row[1][where["turn"]], row[0]))
    starts, ends = (_times(rows, headings, where, key) for key in ("start", "end"))
    first = _first_moment(rows, where)
    others = [index for index in range(len(headings)) if index not in where.values()]
    shared = [index for index in others if len({_shown(cells[index]) for _, cells in rows}) == 1]
    turns = []
    for position, (number, cells) in enumerate(rows):
        speaker, text = cells[where["speaker"]], cells[where["text"]]
        if _empty(speaker):
            raise InputError("is missing", line=number, field="speaker")
        extra = {headings[i]: _json(cells[i]) for i in others if i not in shared and not _empty(cells[i])}
        turns.append(RawTurn(_shown(speaker), "" if text is None else str(text), starts[position], ends[position], extra))
    fields: dict[str, Any] = {headings[i]: _json(rows[0][1][i]) for i in shared if not _empty(rows[0][1][i])}
    for field in CALL_FIELDS.keys() - {"call_id"}:
        if field in where:
            value = next((cells[where[field]] for _, cells in rows if not _empty(cells[where[field]])), None)
            if value is not None:
                fields[field] = _field(field, value, rows[0][0])
    if first is not None and "started_at" not in fields:
        fields["started_at"] = first.isoformat()
    return RawCall(call_id, tuple(turns), fields)


def _field(field: str, value: Any, line: int) -> Any:
    if field == "started_at":
        moment = _moment(value)
        if moment is None:
            raise InputError("must be a time such as 2026-03-05 10:12:00", line=line, field=field)
        return moment.isoformat()
    if field in ("due", "minimum_due"):
        try:
            return float(value if isinstance(value, int | float | Decimal) else re.sub(r"[,，\s元¥￥]", "", str(value)))
        except ValueError:
            raise InputError("must be a number of yuan", line=line, field=field) from None
    return _shown(value)


def _times(rows: list[tuple[int, Sequence[Any]]], headings: Sequence[str], where: Mapping[str, int], key: str) -> list[int | None]:
    """Milliseconds from the call's begin, of each row. The unit stands in the heading or shows in the values."""
    if key not in where:
        return [None] * len(rows)
    column = where[key]
    values = [_offset(cells[column], number, key) for number, cells in rows]
    if any(isinstance(value, datetime) for value in values):
        begin = _first_moment(rows, where)
        return [round((value - begin).total_seconds() * 1000) if isinstance(value, datetime) and begin else None for value in values]
    heading = _plain(headings[column])
    scale = next((scale for unit, scale in _UNIT_IN_HEADING if unit in heading), None)
    numbers = [value for value in values if isinstance(value, float)]
    if scale is None:
        scale = 1 if all(number.is_integer() for number in numbers) and _in_milliseconds(numbers) else 1000
    found: list[int | None] = []
    for (line, _), value in zip(rows, values, strict=True):
        moment = None if value is None or isinstance(value, datetime) else value if isinstance(value, int) else round(value * scale)
        if moment is not None and not 0 <= moment <= _DAY_MS:
            raise InputError("must be a time from 0 to a day", line=line, field=key)
        found.append(moment)
    return found


def _in_milliseconds(numbers: Sequence[float]) -> bool:
    """Whether whole numbers are milliseconds: turns begin seconds, so hundreds of milliseconds, apart."""
    gaps = sorted(abs(after - before) for before, after in pairwise(numbers))
    return bool(gaps and gaps[len(gaps) // 2] >= 200) or bool(numbers and max(numbers) > 36_000)


def _offset(value: Any, line: int, key: str) -> int | float | datetime | None:
    """A cell as milliseconds (int: a clock said so), as a bare number (float) or as a moment of the day."""
    if _empty(value):
        return None
    if isinstance(value, datetime):
        return _local(value)
    if isinstance(value, time):
        return (value.hour * 3600 + value.minute * 60 + value.second) * 1000 + value.microsecond // 1000
    if isinstance(value, int | float | Decimal):
        return _bounded(float(value), line, key)
    text = str(value).strip()
    clock = _CLOCK.fullmatch(text)
    if clock:
        hours, minutes, seconds, millis = clock.groups()
        return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int((millis or "0").ljust(3, "0"))
    try:
        return _bounded(float(text), line, key)
    except ValueError:
        moment = _moment(text)
        if moment is None:
            raise InputError("must be a time", line=line, field=key) from None
        return moment


def _bounded(number: float, line: int, key: str) -> float:
    if not abs(number) <= _DAY_MS:  # so that no infinity and no NaN goes through either
        raise InputError("must be a time from 0 to a day", line=line, field=key)
    return number


def _first_moment(rows: list[tuple[int, Sequence[Any]]], where: Mapping[str, int]) -> datetime | None:
    if "start" not in where:
        return None
    moments = [_offset(cells[where["start"]], number, "start") for number, cells in rows]
    return min((moment for moment in moments if isinstance(moment, datetime)), default=None)


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return _local(value)
    if isinstance(value, date):
        return datetime.combine(value, time(), LOCAL_TIME)
    text = re.sub(r"[/年月.](?=\d{1,2}\D)|[年月]", "-", str(value).strip()).replace("日", " ").strip()
    text = re.sub(r"-(\d)(?!\d)", r"-0\1", text)
    try:
        return _local(datetime.fromisoformat(re.sub(r"\s+", " ", text)))
    except ValueError:
        return None


def _local(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=LOCAL_TIME)


def _order(value: Any, row: int) -> tuple[float, int]:
    try:
        return float(value), row
    except (TypeError, ValueError):
        return float(row), row


def _empty(value: Any) -> bool:
    return value is None or value == "" or value != value or (isinstance(value, str) and not value.strip())


def _shown(value: Any) -> str:
    """A cell as text; a spreadsheet's 17.0 is 17."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip() if value is not None else ""


def _json(value: Any) -> Any:
    """A cell of an unknown column as a JSON value."""
    if isinstance(value, bool | int | float) or value is None:
        return value
    return FORBIDDEN.sub("", value.isoformat() if isinstance(value, date | time) else str(value))
