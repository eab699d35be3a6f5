"""WhisperX: ``segments`` with a speaker each after diarisation; times in seconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from callqa.errors import InputError
from callqa.sources.raw import RawCall, RawTurn, as_list, as_text, milliseconds

NAME = "whisperx"


def fits(data: dict[str, Any]) -> bool:
    """Whether a JSON object is a result of WhisperX."""
    segments = data.get("segments")
    return isinstance(segments, list) and bool(segments) and isinstance(segments[0], dict) and {"start", "text"} <= segments[0].keys()


def read(data: dict[str, Any], name: str) -> Iterator[RawCall]:
    """The call of one result.

    A segment whose speaker diarisation left open goes to the speaker of most of its words, else to the speaker before it.
    """
    turns: list[RawTurn] = []
    for index, item in enumerate(as_list(data["segments"], "segments")):
        at = f"segments[{index}]"
        speaker = item.get("speaker") or _speaker_of_words(item) or (turns[-1].speaker if turns else None)
        if speaker is None:
            raise InputError("is missing: was the recording diarised?", field=f"{at}.speaker")
        start, end = (milliseconds(item.get(key), f"{at}.{key}", scale=1000) for key in ("start", "end"))
        turns.append(RawTurn(str(speaker), as_text(item.get("text"), f"{at}.text").strip(), start, end))
    yield RawCall(name, tuple(turns))


def _speaker_of_words(segment: dict[str, Any]) -> str | None:
    words = segment.get("words")
    speakers = [word.get("speaker") for word in words if isinstance(word, dict)] if isinstance(words, list) else []
    known = [speaker for speaker in speakers if isinstance(speaker, str)]
    return max(sorted(set(known)), key=known.count) if known else None
