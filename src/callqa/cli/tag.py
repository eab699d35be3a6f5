"""`callqa tag`: a day's transcripts → a result folder."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from callqa.cli.common import FastOption, JsonOption, ModelOption, PolicyOption, examples, new_app, print_json, tr, ui_lang
from callqa.cli.reading import AgentOption, ColumnOption, FormOption, MappingOption, read_options
from callqa.errors import InputError, RunStoppedError

if TYPE_CHECKING:
    from callqa.batch import Progress, RunSummary

REPORT_SECONDS = 30.0  # between progress lines where stderr is no terminal
STOPPED = 128  # plus the signal's number: the exit code of a run that was told to stop, as shells have it

app = new_app()

_NIGHT = tr("Nightly runs", "夜间批量")
_CLUSTER = tr("More than one machine", "多机")


@app.command(
    help=tr(
        "Tag transcripts: labels, sub-types, who is on the line, fillers, promises, QA flags and a score, into a result folder.",
        "标注通话转写：标签、子类、接听人、语气词、承诺、质检项与得分，写入结果目录。",
    ),
    epilog=examples(
        "callqa tag data/sample -o out",
        "callqa tag 'day/2026-03-05/*.jsonl.gz' -o out/2026-03-05 --resume --workers 8 --metrics /var/lib/node_exporter/callqa.prom",
        "zcat day.jsonl.gz | callqa tag - -o out --fast",
        "callqa tag 录音.xlsx -o out --column text=识别文本 --column speaker=角色",
    ),
)
def tag(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="IN...",
            help=tr(
                "Files, folders, patterns, @FILE (a list, a line each), URLs (s3://…), or - for standard input.",
                "文件、目录、通配符、@清单文件（每行一个）、URL（s3://…），或 - 表示标准输入。",
            ),
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="OUT", help=tr("Result folder.", "结果目录。"))],
    model: ModelOption = None,
    policy: PolicyOption = None,
    form: FormOption = None,
    agent: AgentOption = None,
    column: ColumnOption = None,
    mapping: MappingOption = None,
    fast: FastOption = False,
    parquet: Annotated[bool, typer.Option("--parquet", help=tr("Write the tables as Parquet too.", "表格同时写成 Parquet。"))] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            "-w",
            min=1,
            help=tr("Worker processes; all cores by default.", "工作进程数；默认全部核心。"),
            rich_help_panel=_NIGHT,
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help=tr("Go on with an unfinished run in OUT; start one where there is none.", "继续 OUT 中未完成的运行；没有则新开。"),
            rich_help_panel=_NIGHT,
        ),
    ] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help=tr("Exit 1 if anything was rejected; all else is done first.", "有拒收即以 1 退出（先做完其余）。"),
            rich_help_panel=_NIGHT,
        ),
    ] = False,
    max_rejects: Annotated[
        int | None,
        typer.Option(
            "--max-rejects",
            min=0,
            metavar="N",
            help=tr("Stop, resumable, at more than N rejects.", "拒收多于 N 条即停止（可续跑）。"),
            rich_help_panel=_NIGHT,
        ),
    ] = None,
    metrics: Annotated[
        Path | None,
        typer.Option(
            "--metrics",
            metavar="FILE",
            help=tr("Write the run's figures as a Prometheus textfile.", "把运行数据写成 Prometheus 文本文件。"),
            rich_help_panel=_NIGHT,
        ),
    ] = None,
    backend: Annotated[
        Literal["loky", "dask"],
        typer.Option(
            "--backend", help=tr("Workers of this machine, or of a Dask cluster.", "本机进程，或 Dask 集群。"), rich_help_panel=_CLUSTER
        ),
    ] = "loky",
    scheduler: Annotated[
        str | None,
        typer.Option(
            "--scheduler",
            metavar="ADDRESS",
            help=tr("Dask scheduler, tcp://host:port.", "Dask 调度器地址 tcp://host:port。"),
            rich_help_panel=_CLUSTER,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Declare the options; `callqa.batch.tag_files` does the work."""
    from callqa.batch import Options, tag_files

    if scheduler is not None and backend != "dask":
        raise typer.BadParameter(tr("needs --backend dask", "须与 --backend dask 同用"), param_hint="--scheduler")
    with _stop_signals() as stopped, _reporter() as report:
        options = Options(
            model=model,
            policy=policy,
            fast=fast,
            lang=ui_lang(),
            read=read_options(form, agent, column, mapping),
            workers=workers,
            resume=resume,
            max_rejects=max_rejects,
            parquet=parquet,
            backend=backend,
            scheduler=scheduler,
            stop=lambda: bool(stopped),
            report=report,
        )
        try:
            summary = tag_files(inputs, out, options)
        except RunStoppedError as exc:
            typer.echo(f"callqa: {exc}", err=True)
            raise typer.Exit(STOPPED + stopped[0]) from None
    if metrics is not None:
        from callqa.batch.metrics import write_metrics

        write_metrics(metrics, summary)
    if as_json:
        print_json(summary.to_json())
    else:
        typer.echo("\n".join(summary_lines(summary)))
    if strict and summary.counts.rejected:
        raise InputError(
            tr(f"--strict: {summary.counts.rejected} inputs were rejected", f"--strict：拒收 {summary.counts.rejected} 条"),
            file=summary.out / "rejects.jsonl",
        )


def summary_lines(summary: RunSummary) -> Iterator[str]:
    """What a person is told after a run."""
    counts = summary.counts
    rate = counts.turns / summary.seconds if summary.seconds else 0
    if not summary.fresh:
        yield tr("This run had been finished before; nothing was left to do.", "该运行此前已完成，无需再做。")
    yield tr(
        f"{counts.calls:,} calls, {counts.turns:,} turns from {summary.inputs:,} inputs in {summary.seconds:.1f} s ({rate:,.0f} turns/s)",
        f"{counts.calls:,} 通电话，{counts.turns:,} 句，来自 {summary.inputs:,} 个输入，用时 {summary.seconds:.1f} 秒（{rate:,.0f} 句/秒）",
    )
    yield tr(f"Rejected: {counts.rejected:,}", f"拒收：{counts.rejected:,}")
    for kind, count in counts.rejects.most_common():
        yield f"  {count:>8,}  {kind}"
    yield tr("Flags (calls):", "质检项（通话数）：") if counts.flags else tr("No flags.", "没有质检项。")
    for code, count in counts.flags.most_common():
        zh, en = summary.flag_names.get(code, (code, code))
        yield f"  {count:>8,}  {tr(en, zh)} ({code})"
    yield tr(f"Results: {summary.out}", f"结果：{summary.out}")


@contextmanager
def _stop_signals() -> Iterator[list[int]]:
    """Note the first SIGTERM or SIGINT instead of dying of it; the second ends the process at once."""
    noted: list[int] = []

    def note(number: int, _frame: object) -> None:
        if noted:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        noted.append(number)
        sys.stderr.write(tr("callqa: stopping after this chunk…\n", "callqa：处理完当前一批后停止…\n"))

    before = {number: signal.signal(number, note) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _reporter() -> Iterator[Callable[[Progress], None]]:
    """Progress on stderr: a bar with rate and time left on a terminal, else a JSON line every half minute."""
    if not sys.stderr.isatty():
        yield _JsonLines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(tr("reading", "读取"), total=None, rate="")

        def show(now: Progress) -> None:
            rate = tr(f"{now.fresh / now.seconds:,.0f} turns/s", f"{now.fresh / now.seconds:,.0f} 句/秒") if now.fresh else ""
            what = tr("reading", "读取") if now.phase == "scan" else tr("tagging", "标注")
            bar.update(task, description=what, completed=now.calls, total=now.total, rate=rate)

        yield show


class _JsonLines:
    """Writes a JSON line to stderr every `REPORT_SECONDS`, for the logs of schedulers."""

    def __init__(self) -> None:
        self._last = monotonic()

    def __call__(self, now: Progress) -> None:
        if monotonic() - self._last < REPORT_SECONDS:
            return
        self._last = monotonic()
        rate = now.fresh / now.seconds if now.seconds else 0.0
        line = {
            "phase": now.phase,
            "calls": now.calls,
            "total": now.total,
            "turns": now.turns,
            "rejected": now.rejected,
            "seconds": round(now.seconds, 1),
            "turns_per_second": round(rate, 1),
        }
        print(json.dumps(line), file=sys.stderr, flush=True)
