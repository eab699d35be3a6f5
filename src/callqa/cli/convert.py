"""`callqa convert`: transcripts and labelled data from one format into another."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from callqa.cli.common import JsonOption, LabelsOption, examples, new_app, print_json, progress, tr, ui_lang

if TYPE_CHECKING:
    from collections.abc import Callable

    from callqa.call import Call
    from callqa.privacy.pseudonyms import Pseudonyms

app = new_app()

_READING = tr("How the files are read", "读取方式")
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
    form: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FORMAT",
            help=tr("Format of the inputs; recognised if not given.", "输入格式；默认自动识别。"),
            rich_help_panel=_READING,
        ),
    ] = None,
    agent: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help=tr("Speaker or channel that is the agent; else by name, or inferred.", "坐席是哪个说话人或声道；默认按名称或推断。"),
            rich_help_panel=_READING,
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=HEADING",
            help=tr("Column of a table (may be repeated).", "表格列的对应关系（可重复）。"),
            rich_help_panel=_READING,
        ),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=tr("YAML file with from, agent, columns.", "含 from、agent、columns 的 YAML 文件。"),
            rich_help_panel=_READING,
        ),
    ] = None,
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
    from callqa.convert import REJECTS, SUFFIX, TARGETS, convert_files, load_mapping
    from callqa.labels import load_scheme
    from callqa.sources import FORMATS, ReadOptions

    to = target or SUFFIX.get(out.suffix.lower(), "jsonl")
    for name, value, known in (("--to", to, TARGETS), ("--from", form, FORMATS)):
        if value is not None and value not in known:
            raise typer.BadParameter(tr(f"must be one of {', '.join(known)}", f"须为 {'、'.join(known)} 之一"), param_hint=name)
    if sum((mask is True, pseudonymise is not None, reveal is not None)) > 1:
        raise typer.BadParameter(tr("only one of these at a time", "三者只能选一"), param_hint="--mask, --pseudonymise, --reveal")
    options = load_mapping(mapping) if mapping else ReadOptions()
    options = replace(
        options, form=form or options.form, agent=agent or options.agent, columns={**options.columns, **_columns(column or [])}
    )
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


def _columns(pairs: list[str]) -> dict[str, str]:
    found = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    if len(found) != len(pairs):
        raise typer.BadParameter(tr("must be FIELD=HEADING, each field once", "须为 字段=列名，每个字段一次"), param_hint="--column")
    return found


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
