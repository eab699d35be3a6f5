"""`callqa export`: the segments of a result folder as a spreadsheet, or as rows for programs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from callqa.cli.common import JsonOption, LabelsOption, examples, new_app, print_json, progress, tr, ui_lang

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from callqa.call import Call

app = new_app()

_FILTERS = tr("Filters (each may be given again; any of its values will do)", "筛选（可重复给出，任一符合即可）")
DAY = ["%Y-%m-%d"]


@app.command(
    help=tr(
        "Write tagged and flagged turns, with the turns around them, to a spreadsheet or for programs; or the calls they stand in.",
        "导出带标签或质检项的话轮及其上下文（表格或供程序读取），或其所在的整通通话。",
    ),
    epilog=examples(
        "callqa export out -o review.xlsx --severity caution --lang zh",
        "callqa export out -o violations.html --severity violation",
        "callqa export out -o tasks.json --to label-studio --label misconduct",
        "callqa export out -o leaks.csv --label third_party_leak --agent a17 --since 2026-03-01 --context 4",
    ),
)
def export(
    result: Annotated[Path, typer.Argument(metavar="OUT", help=tr("Result folder of callqa tag.", "callqa tag 的结果目录。"))],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", metavar="FILE", help=tr("File to write; its ending tells the format.", "输出文件；格式由扩展名决定。")),
    ],
    target: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="FORMAT",
            help=tr(
                "Segments: csv, xlsx, jsonl, parquet; the whole calls: html, label-studio, doccano.",
                "片段：csv、xlsx、jsonl、parquet；整通通话：html、label-studio、doccano。",
            ),
        ),
    ] = None,
    label: Annotated[list[str] | None, typer.Option(metavar="NAME", help=tr("Label.", "标签。"), rich_help_panel=_FILTERS)] = None,
    subtype: Annotated[list[str] | None, typer.Option(metavar="NAME", help=tr("Sub-type.", "子类。"), rich_help_panel=_FILTERS)] = None,
    flag: Annotated[list[str] | None, typer.Option(metavar="CODE", help=tr("Flag.", "质检项。"), rich_help_panel=_FILTERS)] = None,
    severity: Annotated[
        str | None, typer.Option(metavar="NAME", help=tr("Of this severity or graver.", "达到或高于此严重度。"), rich_help_panel=_FILTERS)
    ] = None,
    agent: Annotated[list[str] | None, typer.Option(metavar="ID", help=tr("Agent.", "坐席工号。"), rich_help_panel=_FILTERS)] = None,
    party: Annotated[
        list[str] | None,
        typer.Option(help=tr("Who holds the line.", "接听人。"), rich_help_panel=_FILTERS, metavar="debtor|third_party|unknown"),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=DAY, metavar="DATE", help=tr("First day, 2026-03-05.", "起始日期，如 2026-03-05。"), rich_help_panel=_FILTERS),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=DAY, metavar="DATE", help=tr("Last day.", "截止日期（含）。"), rich_help_panel=_FILTERS)
    ] = None,
    context: Annotated[int, typer.Option(min=0, max=50, metavar="N", help=tr("Turns shown before and after.", "前后各显示几句。"))] = 2,
    mask: Annotated[bool, typer.Option("--mask/--no-mask", help=tr("Hide personal data.", "隐藏个人信息。"))] = True,
    labels_file: LabelsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Declare the options; `callqa.export.write.write_segments` does the work."""
    from callqa.export.segments import SegmentFilter, find_calls, find_segments, read_result
    from callqa.export.write import CALL_WRITERS, SEGMENT_WRITERS, format_of, write_segments
    from callqa.labels import load_scheme

    known = (*SEGMENT_WRITERS, *CALL_WRITERS)
    if target is not None and target not in known:
        raise typer.BadParameter(tr(f"must be one of {', '.join(known)}", f"须为 {'、'.join(known)} 之一"), param_hint="--to")
    form = target or format_of(out)
    scheme = load_scheme(labels_file)
    wanted = SegmentFilter(
        labels=frozenset(label or ()),
        subtypes=frozenset(subtype or ()),
        flags=frozenset(flag or ()),
        severity=severity,
        agents=frozenset(agent or ()),
        parties=frozenset(party or ()),
        since=since and since.date(),
        until=until and until.date(),
    )
    with progress(tr("calls read", "已读通话")) as advance:
        calls = _watched(read_result(result, scheme), advance)
        if form in CALL_WRITERS:
            count = CALL_WRITERS[form](find_calls(calls, scheme, wanted, mask=mask), out, scheme, ui_lang())
        else:
            count = write_segments(find_segments(calls, scheme, wanted, context=context, mask=mask), out, scheme, ui_lang(), form)
    whole = form in CALL_WRITERS
    if as_json:
        print_json({"file": str(out), "calls" if whole else "segments": count})
    elif whole:
        typer.echo(tr(f"{count:,} calls in {out}", f"{count:,} 通通话已写入 {out}"))
    else:
        typer.echo(tr(f"{count:,} segments in {out}", f"{count:,} 个片段已写入 {out}"))


def _watched(calls: Iterator[tuple[str, Call]], advance: Callable[[int], None]) -> Iterator[tuple[str, Call]]:
    for entry in calls:
        advance(1)
        yield entry
