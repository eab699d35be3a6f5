"""A lock that keeps two runs from writing one result folder. The kernel lets go of it however the run ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from callqa.errors import OutputError


@contextmanager
def run_lock(path: Path) -> Iterator[None]:
    """Hold the lock file at ``path``; its folder must exist. The file goes when the block ends.

    Raises
    ------
    OutputError
        Another run holds it.
    """
    handle = _acquire(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _acquire(path: Path) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
            os.close(handle)
            raise OutputError(f"another run (process {holder or 'unknown'}) is writing this folder", file=path.parent.parent) from None
        # The run before may have removed the file between our open and our lock; then we hold a file nobody else will look at.
        try:
            same = path.stat().st_ino == os.fstat(handle).st_ino
        except FileNotFoundError:
            same = False
        if same:
            os.ftruncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode(), 0)
            return handle
        os.close(handle)
