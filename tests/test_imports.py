"""Imports go one way: a module imports only from its own level or from below, and no two units import each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "callqa"

# The map of the house (CONTRIBUTING.md); a unit is a module or package directly under callqa.
LEVELS: dict[str, int] = {
    "errors": 0,
    "yaml_text": 0,
    "labels": 0,
    "lang": 0,
    "shipped": 0,
    "files": 0,
    "call": 1,
    "text": 2,
    "privacy": 2,
    "sources": 2,
    "features": 3,
    "taggers": 4,
    "promise": 5,
    "kept": 8,
    "policy": 6,
    "pipeline": 7,
    "batch": 8,
    "train": 8,
    "training_run": 8,
    "card": 8,
    "evaluate": 8,
    "explain": 8,
    "finetune": 8,
    "reflag": 8,
    "report": 8,
    "export": 8,
    "convert": 8,
    "validate": 8,
    "workbench": 8,
    "cli": 9,
}


def units() -> list[str]:
    return sorted(path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.joinpath("__init__.py").exists())


def modules(unit: str) -> list[Path]:
    folder = PACKAGE / unit
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


def imported(path: Path) -> Iterator[str]:
    """Dotted names under callqa that a module imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "callqa":
            names = [f"callqa.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} has a relative import"
            names = [node.module or ""]
        else:
            continue
        yield from (name for name in names if name.startswith("callqa."))


@cache
def units_imported(unit: str) -> frozenset[str]:
    found = {name.split(".")[1] for path in modules(unit) for name in imported(path)}
    return frozenset(found & set(units())) - {unit}


def test_every_unit_has_a_level() -> None:
    assert set(units()) - {"__init__"} <= set(LEVELS)


@pytest.mark.parametrize("unit", [unit for unit in units() if unit != "__init__"])
def test_nothing_is_imported_from_above(unit: str) -> None:
    above = {other for other in units_imported(unit) if LEVELS[other] > LEVELS[unit]}
    assert not above, f"{unit} (level {LEVELS[unit]}) imports {above}"


@pytest.mark.parametrize("unit", [unit for unit in units() if unit != "__init__"])
def test_no_two_units_import_each_other(unit: str) -> None:
    seen: set[str] = set()
    waiting = list(units_imported(unit))
    while waiting:
        other = waiting.pop()
        assert other != unit, f"{unit} imports itself by way of others"
        if other not in seen:
            seen.add(other)
            waiting.extend(units_imported(other))


def test_library_code_neither_prints_nor_exits() -> None:
    """Only the command line does, and what is run by ``python -m``; all else must be usable from a program."""
    for unit in units():
        if unit == "cli":
            continue
        for path in modules(unit):
            source = path.read_text(encoding="utf-8")
            if '__name__ == "__main__"' in source:
                continue
            calls = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
            names = {ast.unparse(call) for call in calls}
            assert not names & {"print", "sys.exit", "exit", "quit", "typer.echo"}, path
