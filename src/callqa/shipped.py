"""Where the files that ship with callqa lie: inside the wheel, or beside ``src`` in a source tree."""

from __future__ import annotations

from pathlib import Path

from callqa.errors import CallqaError

DEFAULT_MODEL = "models/default"


def shipped_path(name: str) -> Path:
    """Path of a shipped file or folder, such as ``models/default``.

    Raises
    ------
    CallqaError
        The installation lacks it.
    """
    package = Path(__file__).resolve().parent
    for root in (package / "_shipped", package.parents[1]):
        candidate = root / name
        if candidate.exists():
            return candidate
    raise CallqaError(f"this installation of callqa lacks {name}; install it again")
