"""Options by which a command reads transcripts of other tools: format, agent, columns of tables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from callqa.cli.common import tr

if TYPE_CHECKING:
    from callqa.sources import ReadOptions

_READING = tr("Reading other formats", "读取其他格式")

FormOption = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="FORMAT",
        help=tr("Format of the inputs; recognised if not given.", "输入格式；默认自动识别。"),
        rich_help_panel=_READING,
    ),
]
AgentOption = Annotated[
    str | None,
    typer.Option(
        "--agent",
        metavar="NAME",
        help=tr("Speaker or channel that is the agent; else by name, or inferred.", "坐席是哪个说话人或声道；默认按名称或推断。"),
        rich_help_panel=_READING,
    ),
]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="FIELD=HEADING",
        help=tr("Column of a table (may be repeated).", "表格列的对应关系（可重复）。"),
        rich_help_panel=_READING,
    ),
]
MappingOption = Annotated[
    Path | None,
    typer.Option(
        "--mapping",
        metavar="FILE",
        help=tr("YAML file with from, agent, columns.", "含 from、agent、columns 的 YAML 文件。"),
        rich_help_panel=_READING,
    ),
]


def read_options(form: str | None, agent: str | None, column: list[str] | None, mapping: Path | None) -> ReadOptions:
    """What the options say; those of the command line come before those of the mapping file."""
    from callqa.sources import FORMATS, ReadOptions

    if form is not None and form not in FORMATS:
        raise typer.BadParameter(tr(f"must be one of {', '.join(FORMATS)}", f"须为 {'、'.join(FORMATS)} 之一"), param_hint="--from")
    options = ReadOptions()
    if mapping is not None:
        from callqa.convert import load_mapping  # takes a while to import, and is rarely wanted

        options = load_mapping(mapping)
    columns = {**options.columns, **_columns(column or [])}
    return replace(options, form=form or options.form, agent=agent or options.agent, columns=columns)


def _columns(pairs: list[str]) -> dict[str, str]:
    found = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    if len(found) != len(pairs):
        raise typer.BadParameter(tr("must be FIELD=HEADING, each field once", "须为 字段=列名，每个字段一次"), param_hint="--column")
    return found
