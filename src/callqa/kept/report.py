"""From a result folder and a file of payments to the figures, and the files they are handed on in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from callqa.errors import InputError
from callqa.export.segments import read_result
from callqa.export.sheet import Column, CsvTable, csv_header
from callqa.files import atomic_write
from callqa.kept.figures import Figures, group_figures
from callqa.kept.ledger import PromiseOutcome, payment_day, promise_of, settle
from callqa.kept.payments import Payment, read_payments
from callqa.labels import LabelScheme, load_scheme
from callqa.lang import Lang
from callqa.sources import Reject
from callqa.sources.record import amount_to_number

STATUS_ZH = {"kept": "已履约", "partly": "部分履约", "broken": "未履约", "not_due": "未到期", "unmatched": "无法核对"}
REASON_ZH = {"no_account": "无账户", "no_date": "无日期", "no_amount": "无金额", "withdrawn": "已反悔"}

OUTCOME_COLUMNS = (
    Column("call_id", "通话ID"),
    Column("turn", "话轮", int),
    Column("account_id", "账户"),
    Column("agent_id", "坐席"),
    Column("team", "团队"),
    Column("made_at", "承诺时间"),
    Column("due_on", "承诺日期"),
    Column("promised", "承诺金额", float),
    Column("method", "还款方式"),
    Column("complete", "要素齐全"),
    Column("status", "结果"),
    Column("paid", "已还金额", float),
    Column("shortfall", "差额", float),
    Column("date_turn", "日期所在话轮", int),
    Column("amount_turn", "金额所在话轮", int),
    Column("payment_lines", "还款记录行号"),
    Column("reason", "无法核对原因"),
)


@dataclass(frozen=True, slots=True)
class KeptReport:
    """Figures over all calls, by agent and by team, the promises behind them, and the payment rows that could not be used."""

    as_of: date
    grace_days: int
    total: Figures
    agents: Mapping[str | None, Figures]
    teams: Mapping[str | None, Figures]
    outcomes: Sequence[PromiseOutcome]
    payments: int
    payments_used: int
    rejects: Sequence[Reject]


def kept_promises(
    out: Path, payments: Path, *, as_of: date | None = None, grace_days: int = 0, scheme: LabelScheme | None = None
) -> KeptReport:
    """Hold the standing promises of a result folder against a file of payments.

    Parameters
    ----------
    out
        Result folder of ``callqa tag``; its calls name account, agent and (as an extra field) team.
    payments
        CSV, XLSX or Parquet with account_id, paid_at and amount.
    as_of
        The day up to which payments are known; the day of the last payment where none is given.
    grace_days
        Days after the promised day on which a payment still counts.

    Raises
    ------
    InputError
        ``out`` is no result folder or damaged; ``payments`` cannot be read, or holds no usable row and no ``as_of`` is given.
    """
    if grace_days < 0:
        raise InputError("must be 0 or more", field="grace_days")
    usable: list[Payment] = []
    rejects: list[Reject] = []
    for row in read_payments(payments):
        if isinstance(row, Reject):
            rejects.append(row)
        else:
            usable.append(row)
    if as_of is None:
        if not usable:
            raise InputError("holds no usable payment; say up to which day payments are known", file=payments, field="as_of")
        as_of = max(payment_day(one, None) for one in usable)
    keys: list[tuple[str | None, str | None]] = []
    found: list[PromiseOutcome] = []
    for _, call in read_result(out, scheme or load_scheme()):
        team = call.extra.get("team")
        keys.append((call.agent_id, None if team is None else str(team)))
        _, outcome = promise_of(call)
        if outcome is not None:
            found.append(outcome)
    outcomes = settle(found, usable, as_of=as_of, grace_days=grace_days)
    total = group_figures((None for _ in keys), ((None, one) for one in outcomes)).get(None, Figures())
    return KeptReport(
        as_of=as_of,
        grace_days=grace_days,
        total=total,
        agents=group_figures((agent for agent, _ in keys), ((one.agent_id, one) for one in outcomes)),
        teams=group_figures((team for _, team in keys), ((one.team, one) for one in outcomes)),
        outcomes=outcomes,
        payments=len(usable),
        payments_used=sum(len(one.payment_lines) for one in outcomes),
        rejects=rejects,
    )


def figures_record(figures: Figures) -> dict[str, Any]:
    """Figures as JSON values; the rate is unrounded."""
    low, high = figures.interval or (None, None)
    counts = ("calls", "promises", "complete", "due", "kept", "partly", "broken", "not_due", "unmatched")
    return {name: getattr(figures, name) for name in counts} | {
        "kp_rate": figures.rate,
        "kp_low": low,
        "kp_high": high,
        "promised": amount_to_number(figures.promised),
        "recovered": amount_to_number(figures.recovered),
    }


def outcome_record(outcome: PromiseOutcome) -> dict[str, Any]:
    """One promise as JSON values."""
    return {name: _plain(value) for name, value in asdict(outcome).items()}


def report_record(report: KeptReport) -> dict[str, Any]:
    """The whole report as JSON values; ``agents`` and ``teams`` are lists, each entry with its own id (``null``: calls without one)."""
    return {
        "as_of": report.as_of.isoformat(),
        "grace_days": report.grace_days,
        "payments": report.payments,
        "payments_used": report.payments_used,
        "total": figures_record(report.total),
        "agents": [{"agent_id": key} | figures_record(figures) for key, figures in report.agents.items()],
        "teams": [{"team": key} | figures_record(figures) for key, figures in report.teams.items()],
        "promises": [outcome_record(one) for one in report.outcomes],
        "rejects": [asdict(reject) for reject in report.rejects],
    }


def write_outcomes(report: KeptReport, path: Path, lang: Lang) -> None:
    """Write the promises as ``.csv`` (Excel opens it), or the whole report as ``.json``.

    Raises
    ------
    InputError
        The file's ending is neither.
    OutputError
        It cannot be written.
    """
    if path.suffix not in (".csv", ".json"):
        raise InputError("must end in .csv or .json", file=path)
    with atomic_write(path) as file:
        if path.suffix == ".json":
            file.write(json.dumps(report_record(report), ensure_ascii=False, indent=2).encode())
            return
        file.write(csv_header(OUTCOME_COLUMNS, lang))
        table = CsvTable()
        for one in report.outcomes:
            table.add([_cells(outcome_record(one), lang)])
            file.write(table.take())


def _cells(record: Mapping[str, Any], lang: Lang) -> list[Any]:
    cells = dict(record) | {"payment_lines": " ".join(map(str, record["payment_lines"]))}
    if lang == "zh":
        cells["status"] = STATUS_ZH[record["status"]]
        cells["complete"] = "是" if record["complete"] else "否"
        cells["reason"] = REASON_ZH.get(record["reason"] or "", record["reason"])
    return [cells[column.key] for column in OUTCOME_COLUMNS]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return amount_to_number(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
