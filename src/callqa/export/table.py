"""A segment as a row: cells for people's spreadsheets, a record for programs."""

from __future__ import annotations

from typing import Any

from callqa.call import Utterance
from callqa.export.segments import Segment
from callqa.export.sheet import Column, Words
from callqa.labels import LabelScheme
from callqa.sources.record import promise_record

COLUMNS = (
    Column("call_id", "通话ID"),
    Column("started_at", "开始时间"),
    Column("agent_id", "坐席工号"),
    Column("account_id", "账户ID"),
    Column("turn", "句序", int),
    Column("speaker", "说话人"),
    Column("party", "接听人"),
    Column("severity", "严重度"),
    Column("labels", "标签"),
    Column("subtypes", "子类"),
    Column("flags", "质检项"),
    Column("before", "前文"),
    Column("text", "文本"),
    Column("after", "后文"),
    Column("advice", "处理建议"),
    Column("fillers", "语气词"),
    Column("promise", "承诺"),
    Column("scores", "标签分数"),
    Column("file", "文件"),
)


def cells(segment: Segment, words: Words) -> list[Any]:
    """Cells of a segment in the order of `COLUMNS`; several values of one cell on lines of their own."""
    call, turn = segment.call, segment.utterance
    by_key = {
        "call_id": call.call_id,
        "started_at": None if call.started_at is None else call.started_at.replace(tzinfo=None),  # local time
        "agent_id": call.agent_id,
        "account_id": call.account_id,
        "turn": turn.turn,
        "speaker": words.word(turn.speaker),
        "party": words.word(segment.party),
        "severity": words.word(segment.severity),
        "labels": words.join(turn.labels),
        "subtypes": words.subtypes(turn),
        "flags": "\n".join(flag.name_zh or flag.code if words.zh else flag.name_en or flag.code for flag in segment.flags),
        "before": "\n".join(_said(other, words) for other in segment.before),
        "text": turn.text,
        "after": "\n".join(_said(other, words) for other in segment.after),
        "advice": "\n".join(dict.fromkeys(flag.advice_zh if words.zh else flag.advice_en for flag in segment.flags)).strip(),
        "fillers": words.joint.join(turn.text[start:end] for start, end in turn.fillers),
        "promise": _promise(turn, words),
        "scores": words.joint.join(f"{words.word(label)} {turn.scores[label]:.2f}" for label in turn.labels if label in turn.scores),
        "file": segment.file,
    }
    return [by_key[column.key] for column in COLUMNS]


def _said(turn: Utterance, words: Words) -> str:
    return f"{words.word(turn.speaker)}{'：' if words.zh else ': '}{turn.text}"


def _promise(turn: Utterance, words: Words) -> str | None:
    if turn.ptp is None:
        return None
    amount = turn.ptp.amount
    said = words.word(amount) if isinstance(amount, str) else amount and f"{amount:.2f}"
    return words.joint.join(str(slot) for slot in (turn.ptp.date, said, words.word(turn.ptp.method)) if slot is not None)


# Keys of a record, in order.
RECORD_KEYS = (
    *("call_id", "started_at", "agent_id", "account_id", "turn", "speaker", "party", "severity", "labels", "subtypes", "flags"),
    *("before", "text", "after", "fillers", "evidence", "promise", "scores", "file"),
)


def record(segment: Segment, scheme: LabelScheme) -> dict[str, Any]:
    """A segment as JSON values under English keys, every key always there."""
    call, turn = segment.call, segment.utterance
    promise = None if turn.ptp is None else {slot: promise_record(turn.ptp).get(slot) for slot in ("date", "amount", "method")}
    return {
        "call_id": call.call_id,
        "started_at": None if call.started_at is None else call.started_at.isoformat(),
        "agent_id": call.agent_id,
        "account_id": call.account_id,
        "turn": turn.turn,
        "speaker": turn.speaker,
        "party": segment.party,
        "severity": segment.severity,
        "labels": list(turn.labels),
        "subtypes": [{"label": label, "subtype": name} for label, names in turn.subtypes.items() for name in names],
        "flags": [flag.code for flag in segment.flags],
        "before": [{"turn": other.turn, "speaker": other.speaker, "text": other.text} for other in segment.before],
        "text": turn.text,
        "after": [{"turn": other.turn, "speaker": other.speaker, "text": other.text} for other in segment.after],
        "fillers": [list(span) for span in turn.fillers],
        "evidence": [list(span) for span in segment.evidence()],
        "promise": promise,
        "scores": {name: turn.scores.get(name) for name in scheme.names},
        "file": segment.file,
    }
