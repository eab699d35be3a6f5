"""A piece of input that cannot be used: where it stands and why, never what it says."""

from __future__ import annotations

from dataclasses import dataclass

from callqa.errors import InputError


@dataclass(frozen=True, slots=True)
class Reject:
    """One input line, row group or file that did not become a `Call`.

    ``reason`` never holds transcript text. ``line`` is the 1-based line (or row) in the file as it came, ``field`` the path of the
    faulty field, ``call_id`` the call's name where it could be read.
    """

    file: str
    line: int | None
    field: str | None
    reason: str
    call_id: str | None = None

    @classmethod
    def of(cls, error: InputError, *, file: str, line: int | None = None, call_id: str | None = None) -> Reject:
        """The reject that an `InputError` amounts to; the error's own place wins where it has one."""
        return cls(error.file or file, error.line if error.line is not None else line, error.field, error.message, call_id)

    def error(self) -> InputError:
        """The same as an exception, for those who cannot go on without it."""
        return InputError(self.reason, file=self.file, line=self.line, field=self.field)
