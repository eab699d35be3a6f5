"""`callqa convert`: transcripts and labelled data from one format into another."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from callqa.cli.common import JsonOption, LabelsOption, examples, new_app, print_json, progress, tr, ui_lang
from callqa.cli.reading import AgentOption, ColumnOption, FormOption, MappingOption, read_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from callqa.call import Call
    from callqa.privacy.pseudonyms import Pseudonyms

app = new_app()

_PRIVACY = tr("Personal data", "个人信息")


@app.command(
    help=tr(
        "Read transcripts of any supported format and write callqa JSONL; or labelled calls for Label Studio, doccano or a browser.",
        "读取各种格式的转写并写成 callqa JSONL；也可把标注写给 Label Studio、doccano 或浏览器。",
    ),
    epilog=examples(
        "callqa convert funasr/*.json -o day.jsonl --agent 0",
        "callqa convert 录音.xlsx -o day.jsonl --column text=识别文本 --column speaker=角色",
        "callqa convert out/tagged -o tasks.json --to label-studio",
        "callqa convert corrected.json -o train.jsonl --from label-studio",
    ),
)
def convert(
    inputs: Annotated[list[Path], typer.Argument(metavar="IN...", help=tr("Files, folders, patterns.", "文件、目录、通配符。"))],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help=tr("File to write.", "输出文件。"))],
    target: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="FORMAT",
            help=tr(
                "jsonl, label-studio, doccano or html; by the file's ending.", "jsonl、label-studio、doccano 或 html；默认由扩展名决定。"
            ),
        ),
    ] = None,
    form: FormOption = None,
    agent: AgentOption = None,
    column: ColumnOption = None,
    mapping: MappingOption = None,
    mask: Annotated[
        bool | None,
        typer.Option(
            "--mask/--no-mask",
            help=tr("Hide personal data; on unless callqa JSONL is written.", "隐藏个人信息；除写 JSONL 外默认开启。"),
            rich_help_panel=_PRIVACY,
        ),
    ] = None,
    pseudonymise: Annotated[
        Path | None,
        typer.Option(
            metavar="KEY",
            help=tr("Put tokens for personal data; the key file is made where missing.", "用代号替换个人信息；密钥文件不存在则新建。"),
            rich_help_panel=_PRIVACY,
        ),
    ] = None,
    reveal: Annotated[
        Path | None, typer.Option(metavar="KEY", help=tr("Turn such tokens back.", "用密钥文件还原代号。"), rich_help_panel=_PRIVACY)
    ] = None,
    labels_file: LabelsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Declare the options; `callqa.convert.convert_files` does the work."""
    from callqa.convert import REJECTS, SUFFIX, TARGETS, convert_files
    from callqa.labels import load_scheme

    to = target or SUFFIX.get(out.suffix.lower(), "jsonl")
    if to not in TARGETS:
        raise typer.BadParameter(tr(f"must be one of {', '.join(TARGETS)}", f"须为 {'、'.join(TARGETS)} 之一"), param_hint="--to")
    options = read_options(form, agent, column, mapping)
    if sum((mask is True, pseudonymise is not None, reveal is not None)) > 1:
        raise typer.BadParameter(tr("only one of these at a time", "三者只能选一"), param_hint="--mask, --pseudonymise, --reveal")
    hide = mask if mask is not None else to != "jsonl" and pseudonymise is None and reveal is None
    names, change = _change(hide, pseudonymise, reveal)
    with progress(tr("converting", "转换")) as advance:
        summary = convert_files(
            inputs, out, load_scheme(labels_file), target=to, options=options, change=change, lang=ui_lang(), advance=advance
        )  # fmt: skip
    if names is not None and pseudonymise is not None:
        names.save(pseudonymise)
    if as_json:
        print_json({"file": str(out), **asdict(summary)})
        return
    typer.echo(
        tr(f"{summary.calls:,} calls, {summary.turns:,} turns in {out}", f"{summary.calls:,} 通通话、{summary.turns:,} 句已写入 {out}")
    )
    if summary.unsure:
        typer.echo(tr(f"{summary.unsure:,} calls: not sure which speaker is the agent", f"{summary.unsure:,} 通通话的坐席推断把握不足"))
    if summary.rejects:
        typer.echo(tr(f"{summary.rejects:,} rejects in {out}{REJECTS}", f"{summary.rejects:,} 条无法读取，见 {out}{REJECTS}"))


def _change(mask: bool, pseudonymise: Path | None, reveal: Path | None) -> tuple[Pseudonyms | None, Callable[[Call], Call]]:
    """What is done to every call, and the key whose notes are to be saved."""
    from callqa.privacy import mask_call
    from callqa.privacy.pseudonyms import Pseudonyms, pseudonymise_call, reveal_call

    if pseudonymise is not None:
        names = Pseudonyms.load(pseudonymise) if pseudonymise.exists() else Pseudonyms.new()
        return names, lambda call: pseudonymise_call(call, names)
    if reveal is not None:
        known = Pseudonyms.load(reveal)
        return None, lambda call: reveal_call(call, known)
    return None, mask_call if mask else lambda call: call
