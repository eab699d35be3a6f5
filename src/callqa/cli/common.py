"""What every command shares: help texts in two languages, option types, exits, progress. Light to import: `callqa --help` loads it.

A command module ``callqa/cli/<name>.py`` makes one ``app = new_app()``, declares its function (or several, for sub-commands) with
``@app.command(help=tr(...), epilog=examples(...))`` and imports what does the work inside that function. `callqa.cli.main` puts
``--lang`` and ``--debug`` on every command and turns `CallqaError` into exit code 1, so a command does neither.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from callqa.errors import CallqaError
from callqa.lang import Lang, detect_lang, say

if TYPE_CHECKING:
    from rich.table import Table

PIPE_WIDTH = 160  # columns of a table that is not printed to a terminal


def ui_lang() -> Lang:
    """Language of this run: ``--lang`` on the command line, else the environment's."""
    return detect_lang(os.environ, sys.argv[1:])


def tr(en: str, zh: str) -> str:
    """``en`` or ``zh``, whichever this run speaks; for help texts, summaries and errors of the command line."""
    return say(ui_lang(), en, zh)


def examples(*commands: str) -> str:
    """Example command lines as a help epilogue; the plain form (documentation) keeps their lines apart by blank ones.

    Examples
    --------
    >>> examples("callqa tag day/ -o out").splitlines()[-1]
    'callqa tag day/ -o out'
    """
    return "\n\n".join((tr("Examples:", "示例："), *commands))


def new_app() -> typer.Typer:
    """An empty Typer application with the settings every command shares.

    Pretty exceptions stay off: they print local variables, and those hold transcript text.
    """
    return typer.Typer(add_completion=False, rich_markup_mode="rich", no_args_is_help=True, pretty_exceptions_enable=False)


JsonOption = Annotated[bool, typer.Option("--json", help=tr("Print JSON for programs to read.", "输出供程序读取的 JSON。"))]
ModelOption = Annotated[
    Path | None,
    typer.Option("--model", "-m", metavar="DIR", help=tr("Model folder; the shipped one if none is named.", "模型目录；默认用自带模型。")),
]
PolicyOption = Annotated[
    Path | None,
    typer.Option(
        "--policy", "-p", metavar="FILE", help=tr("Policy file; the shipped one if none is named.", "质检标准文件；默认用自带标准。")
    ),
]
LabelsOption = Annotated[
    Path | None,
    typer.Option("--labels", metavar="FILE", help=tr("Label scheme, where it is not the shipped one.", "标签方案文件；默认用自带方案。")),
]
FastOption = Annotated[
    bool,
    typer.Option("--fast", help=tr("Leave out the sentence encoder: quicker, less accurate.", "不用句向量编码器：更快，略欠准确。")),
]


def print_json(value: Any) -> None:
    """Write ``value`` to stdout as indented JSON, Chinese readable."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_tables(tables: Iterable[Table]) -> None:
    """Write tables to stdout, a blank line between; into a pipe at a fixed width, so that no column is squeezed."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)
    for number, table in enumerate(tables):
        if number:
            console.print()
        console.print(table)


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr, silent where stderr is no terminal. Yields ``advance(n)``.

    Parameters
    ----------
    label
        What is being done.
    total
        Number of steps, ``None`` where it is not known.
    """
    if not sys.stderr.isatty():
        yield lambda _n: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda n: bar.advance(task, n)


@contextmanager
def fail_clean(*, debug: bool) -> Iterator[None]:
    """Turn an error into one clear line on stderr and exit code 1; with ``debug`` let it through with its traceback.

    The message of an error that callqa did not raise itself is not shown: it may quote a transcript.
    """
    try:
        yield
    except Exception as exc:
        if debug:
            raise
        typer.echo(f"callqa: {_one_line(exc)}", err=True)
        raise SystemExit(1) from None


def _one_line(exc: Exception) -> str:
    if isinstance(exc, CallqaError):
        return str(exc)
    if isinstance(exc, OSError) and exc.strerror:
        return ": ".join(str(part) for part in (exc.filename, exc.strerror) if part)
    name = type(exc).__name__
    return tr(f"internal error ({name}); run again with --debug to see where", f"内部错误（{name}）；加 --debug 重新运行可查看位置")
