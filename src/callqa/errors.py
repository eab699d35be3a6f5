"""The error family. Library code raises these; only the CLI turns them into exit codes."""

from __future__ import annotations

from pathlib import Path


class CallqaError(Exception):
    """Base of every error that callqa raises on purpose.

    Parameters
    ----------
    message
        One clear sentence for the person who runs the command; never transcript text.
    file, line, field
        Where in the input the fault lies, as far as it is known. They lead the printed message.

    Examples
    --------
    >>> print(InputError("is not a number", file="a.jsonl", line=3, field="due"))
    a.jsonl:3: due: is not a number
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | Path | None = None,
        line: int | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = None if file is None else str(file)
        self.line = line
        self.field = field

    def __str__(self) -> str:
        place = self.file or ""
        if self.line is not None:
            place = f"{place}:{self.line}" if place else f"line {self.line}"
        return ": ".join(part for part in (place, self.field or "", self.message) if part)


class InputError(CallqaError):
    """An input (transcripts, payments, gold data) cannot be used."""


class SchemeError(CallqaError):
    """The label scheme is not valid, or data and scheme do not fit each other."""


class ModelError(CallqaError):
    """A model folder is missing, damaged, tampered with or of an unknown format."""


class PolicyError(CallqaError):
    """A policy file is not valid."""


class OutputError(CallqaError):
    """A result cannot be written: disk full, no permission, or another run holds the folder."""


class ResumeError(OutputError):
    """A run cannot be resumed: inputs, model or policy are not those it began with."""


class WorkerError(CallqaError):
    """A worker process was lost in mid-run; the run can be resumed."""


class RunStoppedError(CallqaError):
    """A run ended early because it was asked to; it can be resumed."""
