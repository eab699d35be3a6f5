"""Subtitles: SRT and WebVTT with a speaker in each cue (``<v 坐席>``, ``坐席：``, ``[SPEAKER_00]:``)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

from callqa.errors import InputError
from callqa.sources.lines import iter_lines
from callqa.sources.plain_text import TURN, file_stem
from callqa.sources.raw import RawCall, RawTurn

NAME = "subtitles"
_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{3})"
TIMING = re.compile(rf"^\s*{_TIME}\s*-->\s*{_TIME}")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+(?P<speaker>[^>]{1,60})>(?P<text>[^<]*(?:<(?!v[\s.])[^<]*)*)")
_TAG = re.compile(r"</?[a-zA-Z][^>]{0,200}>")


def read(path: Path) -> Iterator[tuple[int, RawCall | InputError]]:
    """The call of a subtitle file, called like the file.

    A cue without a speaker goes on with the turn before it.
    """
    turns: list[RawTurn] = []
    timing: tuple[int, int] | None = None
    previous = 0
    try:
        for line in iter_lines(path):
            if line.fault is not None:
                raise InputError(line.fault, line=line.number)
            text = line.data.decode()
            match = TIMING.match(text)
            if line.number > previous + 1 and not match:
                timing = None  # a blank line ended the cue: what follows is a cue's name or a comment
            previous = line.number
            if match:
                timing = _milliseconds(match.groups()[:4]), _milliseconds(match.groups()[4:])
            elif timing is not None:
                for speaker, said in _said(text):
                    _add(turns, speaker, said, timing, line.number)
    except InputError as exc:
        yield 1, exc
        return
    if turns or previous:
        yield 1, RawCall(file_stem(path), tuple(turns))


def _milliseconds(parts: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, millis = (int(part or 0) for part in parts)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + millis


def _said(line: str) -> Iterator[tuple[str | None, str]]:
    """Speakers and their words on a line of a cue."""
    voices = list(_VOICE.finditer(line))
    for voice in voices:
        yield html.unescape(voice["speaker"]).strip(), _plain(voice["text"])
    if not voices:
        plain = _plain(line)
        match = TURN.match(plain)
        yield (match["speaker"], match["text"]) if match else (None, plain)


def _plain(text: str) -> str:
    return html.unescape(_TAG.sub("", text)).strip()


def _add(turns: list[RawTurn], speaker: str | None, text: str, timing: tuple[int, int], number: int) -> None:
    if speaker is not None:
        turns.append(RawTurn(speaker, text, *timing))
    elif turns:
        last = turns[-1]
        turns[-1] = last._replace(text=last.text + text, end_ms=max(last.end_ms or 0, timing[1]))
    else:
        raise InputError("the cue names no speaker", line=number, field="speaker")
