"""Running a command in this process, as the shell would."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from callqa.cli import main

Run = Callable[..., int]


@pytest.fixture
def callqa(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `callqa` with arguments, in English; its exit code."""
    monkeypatch.setenv("CALLQA_LANG", "en")

    def run(*args: str | Path) -> int:
        monkeypatch.setattr(sys, "argv", ["callqa", *map(str, args)])
        try:
            main.main()
        except SystemExit as exit_:
            return exit_.code if isinstance(exit_.code, int) else 0
        return 0

    return run
