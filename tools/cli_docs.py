"""docs/cli.md: the help of every command, as ``--help`` prints it without a terminal's frames.

`python -m tools.cli_docs` prints the document; it must start with rich switched off, so `files` runs it in a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tools.paths import ROOT

HEADER = """\
# Command reference

Written by `python -m tools.generate` from `--help`; do not edit. In Chinese: `callqa COMMAND --help --lang zh`.

Every command exits with 0 when done, 2 when called wrongly, 1 when it failed, with one line on stderr that says why.
Results go to stdout, progress to stderr, and only where that is a terminal.
"""


def document() -> str:
    """The whole document."""
    import typer

    from callqa.cli.main import app

    sections = [HEADER]

    def describe(command: Any, path: str, parent: typer.Context | None) -> None:
        context = typer.Context(command, info_name=path.split()[-1], parent=parent, terminal_width=100)
        lines = (line.rstrip() for line in command.get_help(context).strip().splitlines())
        sections.append(f"## {path}\n\n```text\n{chr(10).join(lines)}\n```\n")
        if isinstance(command, typer.core.TyperGroup):
            for name, sub in command.commands.items():
                describe(sub, f"{path} {name}", context)

    describe(typer.main.get_command(app), "callqa", None)
    return "\n".join(sections)


def files() -> dict[Path, str]:
    """Path → content of docs/cli.md."""
    environ = os.environ | {"TYPER_USE_RICH": "0", "CALLQA_LANG": "en", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-m", "tools.cli_docs"], cwd=ROOT, env=environ, capture_output=True, check=True)
    return {ROOT / "docs" / "cli.md": done.stdout.decode("utf-8")}


if __name__ == "__main__":
    sys.stdout.write(document())
