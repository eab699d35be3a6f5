"""The tables of a result folder: calls (a row a call) and segments (a row a tagged turn with the turns around it).

Columns have English keys and Chinese headings; with ``zh`` the labels, severities and parties in the cells are Chinese as well, for
those files are read by people in a spreadsheet. Programs read ``tagged/`` or the Parquet tables, which keep the keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from callqa.call import Call, Promise, Utterance
from callqa.export.sheet import Column, Words
from callqa.labels import LabelScheme

AROUND = 2  # turns shown before and after a tagged one
_NO_PROMISE = (None, None, None)  # cells of day, amount and method


def call_columns(scheme: LabelScheme) -> list[Column]:
    """Columns of ``calls.csv``; a count column for every label of the scheme."""
    return [
        Column("file", "文件"),
        Column("call_id", "通话ID"),
        Column("started_at", "开始时间"),
        Column("agent_id", "坐席工号"),
        Column("account_id", "账户ID"),
        Column("party", "接听人"),
        Column("hand_overs", "换人次数", int),
        Column("turns", "句数", int),
        Column("score", "得分", float),
        Column("worst_severity", "最高严重度"),
        Column("flags", "质检项"),
        Column("flag_count", "质检项数", int),
        Column("violation_count", "违规项数", int),
        Column("needs_review", "需复核", bool),
        *(Column(f"{label.name}_count", f"{label.zh}句数", int) for label in scheme),
        Column("promise_date", "承诺日期"),
        Column("promise_amount", "承诺金额"),
        Column("promise_method", "还款方式"),
        Column("model", "模型"),
    ]


def call_row(source: str, call: Call, scheme: LabelScheme, words: Words) -> list[Any]:
    """Cells of a call, in the order of `call_columns`."""
    labels = [label for turn in call.utterances for label in turn.labels]
    rank = scheme.severity_rank
    flags = sorted(call.flags, key=lambda flag: -rank[flag.severity])
    promise = call.promise
    return [
        source,
        call.call_id,
        None if call.started_at is None else call.started_at.isoformat(),
        call.agent_id,
        call.account_id,
        words.word(call.party),
        len(call.party_from),
        len(call.utterances),
        call.score,
        words.word(flags[0].severity) if flags else None,
        words.joint.join(map(words.flag, flags)),
        len(flags),
        [flag.severity for flag in flags].count(scheme.severities[-1].name),
        words.yes(any(flag.needs_review for flag in flags)),
        *map(labels.count, scheme.names),
        promise.get("date"),
        _amount(promise.get("amount"), words),
        words.word(promise.get("method")),
        call.model,
    ]


def segment_columns() -> list[Column]:
    """Columns of ``segments.csv``."""
    before = [Column(f"before_{back}", f"前{back}句") for back in range(AROUND, 0, -1)]
    after = [Column(f"after_{ahead}", f"后{ahead}句") for ahead in range(1, AROUND + 1)]
    return [
        Column("file", "文件"),
        Column("call_id", "通话ID"),
        Column("started_at", "开始时间"),
        Column("agent_id", "坐席工号"),
        Column("account_id", "账户ID"),
        Column("turn", "句序", int),
        Column("speaker", "说话人"),
        Column("party", "接听人"),
        Column("start_ms", "起始毫秒", int),
        Column("end_ms", "结束毫秒", int),
        Column("labels", "标签"),
        Column("subtypes", "子类"),
        Column("severity", "严重度"),
        Column("scores", "标签分数"),
        Column("flags", "质检项"),
        *before,
        Column("text", "文本"),
        *after,
        Column("fillers", "语气词"),
        Column("ptp_date", "承诺日期"),
        Column("ptp_amount", "承诺金额"),
        Column("ptp_method", "还款方式"),
    ]


def segment_rows(source: str, call: Call, words: Words) -> Iterator[list[Any]]:
    """Rows of the tagged turns of a call, in the order of `segment_columns`."""
    turns = call.utterances
    if not any(turn.labels for turn in turns):
        return
    flagged: dict[int, list[str]] = {}
    for flag in call.flags:
        for number in {hit.turn for hit in flag.hits}:
            flagged.setdefault(number, []).append(words.flag(flag))
    started = None if call.started_at is None else call.started_at.isoformat()
    of_call = (source, call.call_id, started, call.agent_id, call.account_id)
    said = _said(turns, words)
    for index, turn in enumerate(turns):
        labels = turn.labels
        if not labels:
            continue
        scores, promise = turn.scores, turn.ptp
        yield [
            *of_call,
            turn.turn,
            words.word(turn.speaker),
            words.word(call.party_at(turn.turn)),
            turn.start_ms,
            turn.end_ms,
            *words.marks(turn),
            words.joint.join([f"{scores[label]:.2f}" for label in labels if label in scores]),
            words.joint.join(flagged.get(turn.turn, ())),
            *said[index : index + AROUND],
            turn.text,
            *said[index + AROUND + 1 : index + 2 * AROUND + 1],
            words.joint.join([turn.text[start:end] for start, end in turn.fillers]) if turn.fillers else "",
            *(_NO_PROMISE if promise is None else _promise_cells(promise, words)),
        ]


def _promise_cells(promise: Promise, words: Words) -> tuple[str | None, str | None, str | None]:
    day = None if promise.date is None else promise.date.isoformat()
    return day, _amount(promise.amount, words), words.word(promise.method)


def _said(turns: Sequence[Utterance], words: Words) -> list[str | None]:
    """What was said by whom, turn by turn; before the first and after the last turn `AROUND` times ``None``."""
    colon = "：" if words.zh else ": "
    beyond = [None] * AROUND
    heads = {speaker: f"{words.word(speaker)}{colon}" for speaker in ("agent", "customer")}
    return [*beyond, *[heads[turn.speaker] + turn.text for turn in turns], *beyond]


def _amount(value: object, words: Words) -> str | None:
    if value is None:
        return None
    return words.word(value) if isinstance(value, str) else f"{Decimal(str(value)):.2f}"


RowMaker = Callable[[str, Call, LabelScheme, Words], Iterable[list[Any]]]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the result folder: its file name without suffix, its columns and how a call makes its rows."""

    name: str
    columns: Callable[[LabelScheme], list[Column]]
    rows: RowMaker


TABLES = (
    Table("calls", call_columns, lambda source, call, scheme, words: [call_row(source, call, scheme, words)]),
    Table("segments", lambda _scheme: segment_columns(), lambda source, call, _scheme, words: segment_rows(source, call, words)),
)
