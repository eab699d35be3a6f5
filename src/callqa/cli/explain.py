"""`callqa explain`: what spoke for and against each label on a turn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from callqa.cli.common import FastOption, JsonOption, ModelOption, examples, new_app, print_json, tr, ui_lang

if TYPE_CHECKING:
    from rich.table import Table

    from callqa.explain import Explanation, LabelExplanation
    from callqa.labels import LabelScheme

app = new_app()


@app.command(
    help=tr(
        "Show what spoke for and against each label on a turn: its words, the turns around it, the party, its like in training.",
        "解释某一话轮每个标签的判定依据：用词、前后话轮、接听人、训练集中相近话轮。",
    ),
    epilog=examples("callqa explain data/sample/day-a.jsonl --call s-0001 --turn 5", "callqa explain call.jsonl --turn 5 --json"),
)
def explain(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=tr("A file of calls.", "通话文件。"))],
    turn: Annotated[int, typer.Option("--turn", "-t", metavar="N", help=tr("Number of the turn.", "话轮编号。"))],
    call: Annotated[
        str | None,
        typer.Option("--call", "-c", metavar="ID", help=tr("Which call; the first of the file by default.", "通话 ID；默认取第一通。")),
    ] = None,
    model: ModelOption = None,
    hf: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help=tr("Folder of the Hugging Face encoder the model was trained with.", "训练时所用的本地 Hugging Face 编码器。"),
        ),
    ] = None,
    fast: FastOption = False,
    neighbours: Annotated[int, typer.Option(min=0, metavar="N", help=tr("Training turns to show.", "显示的相近训练话轮数。"))] = 5,
    as_json: JsonOption = False,
) -> None:
    """Declare the options; `callqa.explain.explain_turn` does the work."""
    from dataclasses import asdict

    from callqa.explain import explain_turn
    from callqa.sources import find_call
    from callqa.taggers.model import load_model

    loaded = load_model(model, hf=hf)
    found = explain_turn(find_call(file, call, loaded.scheme), turn, loaded, fast=fast, neighbours=neighbours)
    if as_json:
        print_json(asdict(found))
    else:
        _show(found, loaded.scheme)


def _show(found: Explanation, scheme: LabelScheme) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    party = found.party or "unknown"
    reading = tr("read by the encoder", "编码器已读") if found.read_by_encoder else tr("clear without the encoder", "无需编码器")
    console.print(Text(f"{found.call_id} {found.turn} {found.speaker} · {tr('on the line', '接听人')} {party} · {reading}", style="dim"))
    line = Text(found.text)
    for label in found.labels:
        if label.stands:
            for start, end in label.evidence:
                line.stylize(f"bold black on #{scheme[label.label].colour}", start, end)
    console.print(line)
    for label in sorted(found.labels, key=lambda one: -one.score):
        console.print()
        console.print(_label(label, scheme))
    if found.nearest:
        console.print()
        console.print(tr("Training turns most like it:", "训练集中最相近的话轮："), style="bold")
        for one in found.nearest:
            console.print(Text(f"  {one.similarity:.2f} {one.call_id}:{one.turn} {', '.join(one.labels) or '-'}  {one.text}"))


def _label(found: LabelExplanation, scheme: LabelScheme) -> Table:
    from rich.table import Table

    entry = scheme[found.label]
    name = entry.zh if ui_lang() == "zh" else entry.en
    verdict = tr("stands", "成立") if found.stands else tr("does not stand", "不成立")
    title = f"{name}: {found.score:.3f} ({tr('threshold', '阈值')} {found.threshold:.3f}, {verdict})"
    if found.subtypes:
        title += " · " + ", ".join(entry.subtype(sub).zh if ui_lang() == "zh" else entry.subtype(sub).en for sub in found.subtypes)
    table = Table(
        title=title, title_justify="left", title_style="bold" if found.stands else "", box=None, show_header=False, pad_edge=False
    )
    rows = (
        (tr("words", "用词"), [(piece.text.replace("\x02", "^").replace("\x03", "$"), piece.weight) for piece in found.pieces]),
        (tr("turns around", "前后话轮"), [(part.name, part.weight) for part in found.around]),
        (tr("context", "上下文"), [(part.name, part.weight) for part in found.context]),
        (tr("drawn from", "综合"), [(part.name, part.weight) for part in found.drawn_from]),
    )
    for heading, parts in rows:
        if parts:
            table.add_row(heading, "  ".join(f"{text} {weight:+.2f}" for text, weight in parts))
    return table
