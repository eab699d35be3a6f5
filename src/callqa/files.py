"""Writing result files so that a reader never meets half of one and nobody but their owner can read them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from callqa.errors import OutputError

PRIVATE_MODE = 0o600  # transcripts hold personal data; a stricter umask still applies
TEMP_SUFFIX = ".callqa-tmp"


@contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Open a file for writing that appears under ``path`` only when the block ends well.

    The bytes go to a temporary file in the same folder, are flushed to disk, and the file is then renamed over ``path``. Where the
    block raises, the temporary file is removed and what stood at ``path`` stays as it was. The file is created with mode 0600.

    Raises
    ------
    OutputError
        The file cannot be created or written (no such folder, no permission, disk full).

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     with atomic_write(Path(folder) / "run.json") as file:
    ...         _ = file.write(b"{}")
    ...     [p.name for p in Path(folder).iterdir()]
    ['run.json']
    """
    path = Path(path)
    temp = path.with_name(f".{path.name[:100]}.{os.getpid()}.{secrets.token_hex(4)}{TEMP_SUFFIX}")
    try:
        descriptor = os.open(temp, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_MODE)
    except OSError as exc:
        raise OutputError(f"cannot be written ({exc.strerror})", file=path) from exc
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temp.replace(path)
    except OSError as exc:
        # An error that names another file was raised by the caller's own work, not by writing here.
        if exc.filename not in (None, str(temp)):
            raise
        raise OutputError(f"cannot be written ({exc.strerror})", file=path) from exc
    finally:
        with suppress(OSError):
            temp.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` last through a power cut, where the system lets a folder be synced."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove_stale_temps(folder: Path) -> int:
    """Remove temporary files that a killed run left in ``folder``; how many there were.

    Call it only while no other run writes there.
    """
    removed = 0
    for temp in folder.glob(f".*{TEMP_SUFFIX}"):
        temp.unlink(missing_ok=True)
        removed += 1
    return removed


def safe_stem(name: str) -> str:
    """A file name made of ``name`` that stays in its folder on every system.

    Examples
    --------
    >>> safe_stem("2026/03/05 c-1"), safe_stem("..")
    ('2026_03_05_c-1', '_')
    """
    kept = "".join(char if char.isalnum() or char in "-_." else "_" for char in name).strip(".")
    return kept[:80] or "_"
