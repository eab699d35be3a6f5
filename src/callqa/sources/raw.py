"""What every foreign format is read into before it becomes a `Call`: turns of named speakers, and fields of the call as they came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from callqa.call import EMPTY, Call
from callqa.errors import InputError
from callqa.labels import LabelScheme
from callqa.sources.record import call_from_record
from callqa.sources.roles import assign_roles

CONFIDENCE_FIELD = "role_confidence"  # unknown to the schema, so it stays with the call: how sure the inferred roles are


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How transcripts of other formats are to be read.

    ``form`` is the format (``None``: recognised by content), ``agent`` the speaker or channel that is the agent (``None``: by name or
    inferred), ``columns`` the heading of each field in a table (``{"text": "识别文本"}``).
    """

    form: str | None = None
    agent: str | None = None
    columns: Mapping[str, str] = field(default_factory=lambda: EMPTY)


AS_FOUND = ReadOptions()  # format and roles recognised


class RawTurn(NamedTuple):
    """A turn as a format has it."""

    speaker: str
    text: str
    start_ms: int | None = None
    end_ms: int | None = None
    extra: Mapping[str, Any] = EMPTY


@dataclass(frozen=True, slots=True)
class RawCall:
    """A call as a format has it; ``fields`` are keys of the record (``started_at``, ``agent_id``, unknown ones)."""

    call_id: str
    turns: tuple[RawTurn, ...]
    fields: Mapping[str, Any] = field(default_factory=lambda: EMPTY)


def build_call(raw: RawCall, options: ReadOptions, scheme: LabelScheme) -> Call:
    """The call, its turns numbered from 1, its speakers given roles; turns without a word are left out.

    Raises
    ------
    InputError
        Names what is wrong, as `call_from_record` does.
    """
    turns = [turn for turn in raw.turns if turn.text.strip()]
    if not turns:
        raise InputError("the call has no turn with text", field="utterances")
    roles = assign_roles([(turn.speaker, turn.text) for turn in turns], options.agent)
    utterances = [
        {
            **turn.extra,
            "turn": number,
            "speaker": roles.by_speaker[turn.speaker],
            "text": turn.text,
            "start_ms": turn.start_ms,
            "end_ms": turn.end_ms if turn.end_ms is None or turn.start_ms is None else max(turn.start_ms, turn.end_ms),
        }
        for number, turn in enumerate(turns, 1)
    ]
    inferred = {CONFIDENCE_FIELD: round(roles.confidence, 3)} if roles.confidence < 1 else {}
    return call_from_record({**raw.fields, **inferred, "call_id": raw.call_id, "utterances": utterances}, scheme)


def as_text(value: Any, at: str) -> str:
    """``value`` as a text.

    Raises
    ------
    InputError
        It is none.
    """
    if not isinstance(value, str):
        raise InputError("is missing" if value is None else "must be a text", field=at)
    return value


def as_list(value: Any, at: str) -> list[dict[str, Any]]:
    """``value`` as a list of JSON objects.

    Raises
    ------
    InputError
        It is none.
    """
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise InputError("is missing" if value is None else "must be a list of objects", field=at)
    return value


def milliseconds(value: Any, at: str, *, scale: int = 1) -> int | None:
    """A time as whole milliseconds, ``None`` where there is none; ``scale`` is 1000 where the format counts seconds.

    Raises
    ------
    InputError
        It is no number from 0 to a day.

    Examples
    --------
    >>> milliseconds(1.234, "start", scale=1000)
    1234
    """
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value * scale <= 86_400_000:
        raise InputError("must be a time from 0 to a day", field=at)
    return round(value * scale)
