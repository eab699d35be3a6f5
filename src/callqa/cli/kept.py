"""`callqa kept`: which promises were kept, by the payments."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from callqa.cli.common import JsonOption, examples, new_app, print_json, print_tables, tr, ui_lang

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.table import Table

    from callqa.kept import Figures, KeptReport

app = new_app()
_SHOWN_REJECTS = 10


@app.command(
    help=tr(
        "Hold the promises of a result folder against payments: kept, partly kept, broken, not due; figures by agent and team.",
        "用还款记录核对承诺：已履约、部分履约、未履约、未到期；按坐席和团队统计。",
    ),
    epilog=examples(
        "callqa kept out payments.csv",
        "callqa kept out payments.xlsx --grace-days 1 --as-of 2026-03-31 -o promises.csv --lang zh",
    ),
)
def kept(
    out: Annotated[Path, typer.Argument(metavar="OUT", help=tr("Result folder of callqa tag.", "callqa tag 的结果目录。"))],
    payments: Annotated[
        Path,
        typer.Argument(
            metavar="PAYMENTS",
            help=tr("CSV, XLSX or Parquet with account_id, paid_at, amount.", "还款记录：CSV、XLSX 或 Parquet，含账户、还款时间、金额。"),
        ),
    ],
    grace_days: Annotated[
        int, typer.Option(min=0, max=366, metavar="N", help=tr("Days after the promised day that still count.", "承诺日后宽限几天。"))
    ] = 0,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="DATE",
            help=tr("Day up to which payments are known; the last payment's by default.", "还款数据截止日；默认取最后一笔还款的日期。"),
        ),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help=tr("Also write every promise to .csv, or all to .json.", "另存逐条承诺 .csv 或全部 .json。")
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Declare the options; `callqa.kept.kept_promises` does the work."""
    from callqa.kept import kept_promises, report_record, write_outcomes

    if to is not None and to.suffix not in (".csv", ".json"):
        raise typer.BadParameter(tr("must end in .csv or .json", "须以 .csv 或 .json 结尾"), param_hint="--out")
    report = kept_promises(out, payments, as_of=as_of.date() if as_of else None, grace_days=grace_days)
    if to is not None:
        write_outcomes(report, to, ui_lang())
    _warn(report)
    if as_json:
        print_json(report_record(report))
    else:
        print_tables(_tables(report))


def _warn(report: KeptReport) -> None:
    """Tell on stderr which payment rows were left out."""
    for reject in report.rejects[:_SHOWN_REJECTS]:
        typer.echo(str(reject.error()), err=True)
    if report.rejects:
        rows = len(report.rejects)
        typer.echo(tr(f"{rows:,} payment rows could not be used", f"{rows:,} 行还款记录无法使用"), err=True)


def _tables(report: KeptReport) -> list[Table]:
    day = report.as_of.isoformat()
    tables = [_table(tr(f"Promises kept, payments up to {day}", f"履约情况（还款截至 {day}）"), tr("All", "全部"), {"": report.total})]
    if set(report.teams) != {None}:
        tables.append(_table(None, tr("Team", "团队"), report.teams))
    if set(report.agents) != {None}:
        tables.append(_table(None, tr("Agent", "坐席"), report.agents))
    return tables


def _table(title: str | None, key: str, groups: Mapping[str | None, Figures] | Mapping[str, Figures]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left")
    table.add_column(key, no_wrap=True)
    for heading in (
        tr("Calls", "通话"), tr("Promises", "承诺"), tr("Complete", "要素齐全"), tr("Kept", "已履约"), tr("Partly", "部分"),
        tr("Broken", "未履约"), tr("Not due", "未到期"), tr("Unmatched", "无法核对"), tr("KP rate (95 %)", "履约率 (95%)"),
        tr("Promised", "承诺金额"), tr("Recovered", "回收金额"),
    ):  # fmt: skip
        table.add_column(heading, justify="right")
    for name, one in groups.items():
        counts = (one.calls, one.promises, one.complete, one.kept, one.partly, one.broken, one.not_due, one.unmatched)
        shown = Text("—" if name is None else name)  # Text: an id is no markup
        table.add_row(shown, *(f"{count:,}" for count in counts), _rate(one), f"{one.promised:,.2f}", f"{one.recovered:,.2f}")
    return table


def _rate(figures: Figures) -> str:
    if figures.rate is None or figures.interval is None:
        return "—"
    low, high = figures.interval
    return f"{figures.rate:.1%} ({low:.1%}–{high:.1%})"
