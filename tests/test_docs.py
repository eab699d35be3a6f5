"""Every command explains itself, and what is written about them is so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

from callqa.cli.main import COMMANDS, app
from tools import generate

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.zh.md")


def commands() -> dict[str, Any]:
    """Every command and sub-command by its full name, groups left out."""
    found: dict[str, Any] = {}

    def collect(command: Any, path: str) -> None:
        subs = getattr(command, "commands", None)
        if subs is None:
            found[path] = command
        else:
            for name, sub in subs.items():
                collect(sub, f"{path} {name}")

    collect(typer.main.get_command(app), "callqa")
    return found


@pytest.mark.parametrize("path", commands())
def test_every_command_has_help_an_example_and_the_shared_options(path: str) -> None:
    command = commands()[path]
    assert command.help
    assert re.search(rf"^(?:.*\| )?{path}\b", command.epilog or "", re.M), "no example of its own"
    assert {"--lang", "--debug"} <= {name for param in command.params for name in param.opts}
    for param in command.params:
        assert getattr(param, "help", None), f"{param.name} has no help"


@pytest.mark.parametrize("path", commands())
def test_every_command_stands_in_the_reference(path: str) -> None:
    assert f"## {path}\n" in (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


def test_every_command_module_is_registered() -> None:
    modules = {path.stem for path in (ROOT / "src" / "callqa" / "cli").glob("*.py")}
    shared = {"__init__", "main", "common", "reading"} | {name for name in modules if name.startswith("_")}
    assert modules - shared == set(COMMANDS)


def test_generated_files_are_up_to_date() -> None:
    assert not generate.stale(), "run: python -m tools.generate"


def code_blocks(readme: str) -> list[str]:
    text = (ROOT / readme).read_text(encoding="utf-8")
    return [line.strip() for block in re.findall(r"```(?:bash|sh|console)\n(.*?)```", text, re.S) for line in block.splitlines()]


@pytest.mark.parametrize("readme", READMES)
def test_commands_in_the_readme_exist(readme: str) -> None:
    lines = [line.removeprefix("$ ") for line in code_blocks(readme)]
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    named = [line.split()[1] for line in lines if line.startswith("callqa ")]
    made = [line.split()[1] for line in lines if line.startswith("make ")]
    assert {"demo", "test"} <= set(made) <= targets
    assert named and set(named) <= set(COMMANDS)


@pytest.mark.parametrize("readme", READMES)
def test_options_in_the_readme_exist(readme: str) -> None:
    by_path = commands()
    for line in code_blocks(readme):
        words = line.removeprefix("$ ").partition(" #")[0].split()
        if not words or words[0] != "callqa":
            continue
        path = next(path for path in sorted(by_path, key=len, reverse=True) if words[: len(path.split())] == path.split())
        known = {name for param in by_path[path].params for name in (*param.opts, *param.secondary_opts)}
        assert {word.partition("=")[0] for word in words if word.startswith("-")} - {"-"} <= known, line


@pytest.mark.parametrize("page", [*READMES, "CONTRIBUTING.md", "data/README.md", "docs/decisions.md"])
def test_links_lead_somewhere(page: str) -> None:
    source = ROOT / page
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", source.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (source.parent / target).exists(), target


def test_every_core_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    decisions = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8").lower()
    names = [re.split(r"[<>=\[ ]", requirement)[0] for requirement in project["dependencies"]]
    assert not [name for name in names if name not in decisions]
