"""Alibaba Cloud recording file recognition: ``Sentences`` of two channels; times in milliseconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from callqa.errors import InputError
from callqa.sources.raw import RawCall, RawTurn, as_list, as_text, milliseconds

NAME = "alibaba"
_EXTRA = {"EmotionValue": "emotion_value", "SpeechRate": "speech_rate", "SilenceDuration": "silence_s"}


def fits(data: dict[str, Any]) -> bool:
    """Whether a JSON object is an answer of the service, whole or its ``Result`` alone."""
    result = data.get("Result", data)
    return isinstance(result, dict) and "Sentences" in result


def read(data: dict[str, Any], name: str) -> Iterator[RawCall]:
    """The call of one answer; it is called by its ``TaskId``, else ``name``. Turns stand by their begin."""
    status = data.get("StatusText")
    if status not in (None, "SUCCESS", "SUCCESS_WITH_NO_VALID_FRAGMENT"):
        raise InputError("the service did not finish this recording", field="StatusText")
    turns = []
    for index, item in enumerate(as_list(data.get("Result", data)["Sentences"], "Sentences")):
        at = f"Sentences[{index}]"
        start, end = (milliseconds(item.get(key), f"{at}.{key}") for key in ("BeginTime", "EndTime"))
        extra = {new: item[old] for old, new in _EXTRA.items() if old in item}
        speaker = str(item.get("SpeakerId", item.get("ChannelId", 0)))
        turns.append(RawTurn(speaker, as_text(item.get("Text"), f"{at}.Text"), start, end, extra))
    turns.sort(key=lambda turn: turn.start_ms or 0)
    yield RawCall(str(data.get("TaskId") or name), tuple(turns))
