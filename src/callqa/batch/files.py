"""Result files that grow over hours and survive a power cut: appended to aside, cut back to the last checkpoint, renamed when whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from callqa.errors import OutputError
from callqa.files import PRIVATE_MODE, sync_folder


@contextmanager
def clean_write_errors(path: Path) -> Iterator[None]:
    """Turn a failing write (disk full, no permission) into an `OutputError` that names ``path``."""
    try:
        yield
    except OSError as exc:
        raise OutputError(f"cannot be written ({exc.strerror or type(exc).__name__})", file=exc.filename or path) from exc


def make_folder(path: Path) -> None:
    """Create a folder and its parents; readable by the owner only."""
    with clean_write_errors(path):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)


def move_durably(source: Path, target: Path) -> None:
    """Rename an already synced file into place, replacing what stands there."""
    with clean_write_errors(target):
        source.replace(target)
        sync_folder(target.parent)


class GrowingFile:
    """A file that only grows and can be cut back to the length of the last checkpoint.

    Parameters
    ----------
    path
        Created where it does not exist.
    size
        Bytes to keep of what is there; what lies beyond was written after the checkpoint.
    """

    def __init__(self, path: Path, size: int = 0) -> None:
        self.path = path
        self.size = size
        with clean_write_errors(path):
            self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, PRIVATE_MODE)
            found = os.fstat(self._handle).st_size
            if found < size:
                self.close()
                raise OutputError(f"is shorter ({found} bytes) than its checkpoint says ({size} bytes); it cannot be resumed", file=path)
            os.ftruncate(self._handle, size)
            os.lseek(self._handle, size, os.SEEK_SET)

    def append(self, data: bytes) -> None:
        """Write ``data`` at the end: all of it, or an `OutputError`."""
        view = memoryview(data)
        with clean_write_errors(self.path):
            while view:
                view = view[os.write(self._handle, view) :]
        self.size += len(data)

    def sync(self) -> None:
        """Wait until everything written lies on the disk."""
        with clean_write_errors(self.path):
            os.fsync(self._handle)

    def close(self) -> None:
        """Close the file; safe to call twice."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
