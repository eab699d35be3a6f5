"""The `callqa` command: finds the module of a command by name and loads it only when it is asked for."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from enum import Enum
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from callqa.cli.common import examples, fail_clean, new_app, tr
from callqa.lang import Lang


class Panel(Enum):
    """The groups under which ``callqa --help`` lists the commands."""

    DAILY = tr("Every night: tag, flag, hand over", "日常：标注、质检、交付")
    MODELS = tr("Models: train, measure, understand", "模型：训练、评测、理解")
    DATA = tr("Data: bring in, check", "数据：导入、检查")


# A line a command: its name, which is also its module in callqa.cli, and its panel. Order is that of the help.
COMMANDS: dict[str, Panel] = {
    "tag": Panel.DAILY,
    "flag": Panel.DAILY,
    "policy": Panel.DAILY,
    "export": Panel.DAILY,
    "kept": Panel.DAILY,
    "train": Panel.MODELS,
    "evaluate": Panel.MODELS,
    "explain": Panel.MODELS,
    "convert": Panel.DATA,
    "validate": Panel.DATA,
}


class _Commands(Mapping[str, Any]):
    """The commands by name, each loaded when it is looked up."""

    def __getitem__(self, name: str) -> Any:
        panel = COMMANDS[name]
        command: Any = typer.main.get_command(import_module(f"callqa.cli.{name}").app)
        command.name = name
        command.rich_help_panel = panel.value
        _add_shared_options(command)
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _LazyGroup(TyperGroup):
    def __init__(self, **attrs: Any) -> None:
        super().__init__(**{**attrs, "commands": _Commands()})


_SHARED_PANEL = tr("Every command", "通用选项")


def _shared(
    lang: Annotated[
        Lang | None,
        typer.Option(
            help=tr("Language of what people read; from the environment by default.", "显示语言；默认取自环境变量。"),
            expose_value=False,
            rich_help_panel=_SHARED_PANEL,
        ),
    ] = None,
    debug: Annotated[
        bool,
        typer.Option(
            "--debug",
            help=tr("Show the traceback of an error.", "出错时显示调用栈。"),
            expose_value=False,
            rich_help_panel=_SHARED_PANEL,
        ),
    ] = False,
) -> None:
    """Options that every command takes; `main` reads both from the command line before any command is loaded."""


def _add_shared_options(command: Any) -> None:
    """Put ``--lang`` and ``--debug`` on a command, or on each of its sub-commands."""
    if isinstance(command, TyperGroup):
        for sub in command.commands.values():
            _add_shared_options(sub)
        return
    declared = new_app()
    declared.command()(_shared)
    command.params.extend(typer.main.get_command(declared).params)


def _print_version(wanted: bool) -> None:
    if wanted:
        from callqa import __version__

        typer.echo(f"callqa {__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=_LazyGroup,
    add_completion=False,
    rich_markup_mode="rich",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback(
    help=tr(
        "QA of Chinese debt-collection calls: tags what was said, works out who is on the line, flags calls with evidence.",
        "催收电话质检：标注每句话，判断接听人身份，标记问题通话并给出依据。",
    ),
    epilog=examples("callqa tag data/sample -o out", "callqa tag --help"),
)
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", help=tr("Show the version and leave.", "显示版本号后退出。"), callback=_print_version, is_eager=True),
    ] = False,
) -> None:
    """Options of ``callqa`` itself."""


def main() -> None:
    """Run the command line: exit 0 done, 2 wrong usage, 1 failed with one clear line."""
    with fail_clean(debug="--debug" in sys.argv[1:]):
        app(prog_name="callqa")


if __name__ == "__main__":
    main()
