"""Plain text: a turn a line, its speaker before a colon (坐席：/客户：, A:/B:)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from callqa.errors import InputError
from callqa.sources.lines import RawLine, iter_lines
from callqa.sources.raw import RawCall, RawTurn

NAME = "text"
_CALL_HEAD = re.compile(
    r"^\W{0,6}\s*(?:通话\s*(?:id|编号|号)|录音(?:id|编号)|call[_ ]?id)\s*[:：]\s*(?P<id>\S.{0,199}?)\s*\W{0,6}$", re.IGNORECASE
)
_CLOCK = r"(?:(?P<h>\d{1,2}):)?(?P<m>\d{1,2}):(?P<s>\d{1,2}(?:[.,]\d{1,3})?)"
# A speaker's name is short and holds no sentence; a time may stand before it.
_SPEAKER = r"[\[【]?(?P<speaker>[^\s:：\[\]【】，。？！,?!{}\"]{1,16}(?: \d{1,2})?)[\]】]?"
TURN = re.compile(rf"^\s*(?:[\[(（【]?{_CLOCK}[\])）】]?\s*)?{_SPEAKER}\s*[:：]\s*(?P<text>.*)$")


def read(path: Path) -> Iterator[tuple[int, RawCall | InputError]]:
    """Calls of a text file with the line each begins at.

    A line such as ``通话ID：c-1`` begins a call; a file without one is one call, called like the file. A line without a speaker goes on
    with the turn before it.
    """
    call_id, begin, turns = file_stem(path), 1, list[RawTurn]()
    error: InputError | None = None
    headed = False

    def ended() -> Iterator[tuple[int, RawCall | InputError]]:
        if error is not None:
            yield begin, error
        elif turns or headed:
            yield begin, RawCall(call_id, tuple(turns))

    for line in iter_lines(path):
        text = line.data.decode()
        head = _CALL_HEAD.match(text)
        if head:
            yield from ended()
            call_id, begin, turns, error, headed = head["id"], line.number, [], None, True
            continue
        try:
            _add(turns, line, text)
        except InputError as exc:
            error = error or exc
    yield from ended()


def _add(turns: list[RawTurn], line: RawLine, text: str) -> None:
    if line.fault is not None:
        raise InputError(line.fault, line=line.number)
    match = TURN.match(text)
    if match:
        turns.append(RawTurn(match["speaker"], match["text"].strip(), _clock_ms(match)))
    elif turns:
        turns[-1] = turns[-1]._replace(text=turns[-1].text + text.strip())
    else:
        raise InputError("no speaker stands before the text", line=line.number, field="speaker")


def _clock_ms(match: re.Match[str]) -> int | None:
    if match["s"] is None:
        return None
    seconds = int(match["h"] or 0) * 3600 + int(match["m"]) * 60 + float(match["s"].replace(",", "."))
    return round(seconds * 1000)


def file_stem(path: Path) -> str:
    """The name of a file without its endings, ``day.txt.gz`` → ``day``: what a call is called that has no id of its own."""
    return path.name.split(".", 1)[0] or path.name
