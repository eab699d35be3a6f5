"""`callqa validate`: labelled data checked against the guide."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from callqa.cli.common import JsonOption, LabelsOption, examples, new_app, print_json, print_tables, progress, tr, ui_lang

if TYPE_CHECKING:
    from rich.table import Table

    from callqa.labels import LabelScheme
    from callqa.validate import Report

app = new_app()

SHOWN = 200  # problems printed for people; --json has them all


@app.command(
    help=tr(
        "Check labelled data against the labelling guide: roles, sub-types, spans, slots, duplicates; exit 1 where there are errors.",
        "按标注指南检查标注数据：角色、子类、位置、槽位、重复；有错误时退出码为 1。",
    ),
    epilog=examples("callqa validate data/train", "callqa validate new.jsonl --against data/test --fix"),
)
def validate(
    inputs: Annotated[
        list[Path], typer.Argument(metavar="DATA...", help=tr("Labelled files, folders, patterns.", "标注文件、目录、通配符。"))
    ],
    against: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="TEST",
            help=tr("Test data: calls of it, or nearly, among DATA are errors.", "测试数据；DATA 中与其相同或近似的通话算错误。"),
        ),
    ] = None,
    fix: Annotated[
        bool, typer.Option("--fix", help=tr("Put right in the files what needs no judgement.", "直接在文件中修正无需判断的问题。"))
    ] = False,
    labels_file: LabelsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Declare the options; `callqa.validate.validate_files` does the work."""
    from callqa.labels import load_scheme
    from callqa.validate import validate_files

    scheme = load_scheme(labels_file)
    with progress(tr("checking", "检查")) as advance:
        report = validate_files(inputs, scheme, against=against or [], fix=fix, advance=advance)
    if as_json:
        print_json(_as_json(report))
    else:
        _print(report, scheme)
    if report.errors:
        raise typer.Exit(1)


def _as_json(report: Report) -> dict[str, object]:
    problems = [
        {
            "file": problem.file,
            "line": problem.line,
            "call_id": problem.call_id,
            "turn": problem.turn,
            "field": problem.field,
            "level": problem.level,
            "code": problem.code,
            "fixable": problem.fixable,
            "message": problem.text(ui_lang()),
        }
        for problem in report.problems
    ]
    counts = {"labels": dict(report.labels), "subtypes": dict(report.subtypes), "parties": dict(report.parties)}
    return {"files": report.files, "calls": report.calls, "turns": report.turns, "fixed": report.fixed, **counts, "problems": problems}


def _print(report: Report, scheme: LabelScheme) -> None:
    lang = ui_lang()
    for problem in report.problems[:SHOWN]:
        level = tr("error", "错误") if problem.level == "error" else tr("warning", "警告")
        typer.echo(f"{problem.place()}: {level}: {problem.text(lang)}")
    if len(report.problems) > SHOWN:
        more = len(report.problems) - SHOWN
        typer.echo(tr(f"… and {more:,} more; --json has them all", f"……另有 {more:,} 条；--json 输出全部"))
    print_tables([_label_table(report, scheme)])
    warnings = len(report.problems) - report.errors
    fixed = tr(f", {len(report.fixed):,} calls fixed", f"，已修正 {len(report.fixed):,} 通") if report.fixed else ""
    typer.echo(
        tr(
            f"{report.calls:,} calls, {report.turns:,} turns: {report.errors:,} errors, {warnings:,} warnings{fixed}",
            f"{report.calls:,} 通通话、{report.turns:,} 句：{report.errors:,} 个错误，{warnings:,} 个警告{fixed}",
        )
    )


def _label_table(report: Report, scheme: LabelScheme) -> Table:
    from rich.table import Table

    table = Table(tr("label", "标签"), tr("sub-type", "子类"))
    table.add_column(tr("turns", "句数"), justify="right")
    for label in scheme:
        table.add_row(label.name, "", f"{report.labels[label.name]:,}")
        for sub in label.subtypes:
            table.add_row("", sub.name, f"{report.subtypes[f'{label.name}/{sub.name}']:,}")
    return table
