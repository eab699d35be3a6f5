"""Inputs cut into chunks of calls: what one worker tags at a time, and what a resumed run counts in.

The cuts depend on the inputs alone, never on workers or time, so a resumed run tags the same chunks as an uninterrupted one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from callqa.sources import RawLine, iter_lines

# Few enough calls to lose little when stopped, half a second of work or some; enough turns for arrays, which a fast run lives on.
CHUNK_CALLS, FAST_CHUNK_CALLS = 64, 256
CHUNK_BYTES = 2**20  # of transcripts; very long calls make smaller chunks


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the inputs: all files before ``file`` are done, and ``line`` lines of it."""

    file: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True)
class InputLines:
    """One input as it is cut: the name shown in rejects and the file that is read (its own, or its copy in the work folder)."""

    source: str
    path: Path
    converted: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines of one input within a chunk.

    ``begins`` and ``ends`` say whether it holds the input's start and end; ``repeated`` maps lines whose call id was met before to
    the place of the first.
    """

    file: int
    source: str
    lines: tuple[RawLine, ...]
    begins: bool
    ends: bool
    converted: bool
    repeated: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Pieces of one or more inputs in their order, and the position after them."""

    pieces: tuple[Piece, ...]
    end: Position


def cut(
    inputs: Sequence[InputLines],
    repeated: Mapping[int, Mapping[int, str]],
    *,
    start: Position = Position(),
    lengths: Sequence[int] | None = None,
    chunk_calls: int = CHUNK_CALLS,
    chunk_bytes: int = CHUNK_BYTES,
) -> Iterator[Chunk]:
    """Chunks of at most ``chunk_calls`` lines or about ``chunk_bytes`` bytes, from ``start`` on, streaming.

    Small files share a chunk. ``start`` must be the end of a chunk. Where the ``lengths`` of the inputs are known, in lines, the last
    chunks are smaller, so that no worker is long alone with the last one.
    """
    after = None if lengths is None else [*accumulate(reversed(lengths), initial=0)][::-1]  # lines from each input on

    def most(index: int, line: int) -> int:
        """Lines of the chunk that begins there: no more than half of what is left, down to a quarter of ``chunk_calls``."""
        return chunk_calls if after is None else min(chunk_calls, max((after[index] - line) // 2, chunk_calls // 4, 1))

    pieces: list[Piece] = []
    calls = size = 0
    wanted = most(start.file, start.line)
    for index in range(start.file, len(inputs)):
        skip = start.line if index == start.file else 0
        begins, lines = skip == 0, list[RawLine]()
        for line in iter_lines(inputs[index].path, skip=skip, quiet=True):
            lines.append(line)
            calls += 1
            size += len(line.data)
            if calls >= wanted or size >= chunk_bytes:
                pieces.append(_piece(index, inputs[index], lines, repeated, begins=begins, ends=False))
                yield Chunk(tuple(pieces), Position(index, line.number))
                pieces, calls, size, wanted = [], 0, 0, most(index, line.number)
                begins, lines = False, []
        pieces.append(_piece(index, inputs[index], lines, repeated, begins=begins, ends=True))
        if len(pieces) >= chunk_calls:  # many files of few calls, or of none
            yield Chunk(tuple(pieces), Position(index + 1))
            pieces, calls, size, wanted = [], 0, 0, most(index + 1, 0)
    if pieces:
        yield Chunk(tuple(pieces), Position(len(inputs)))


def _piece(
    index: int, entry: InputLines, lines: list[RawLine], repeated: Mapping[int, Mapping[int, str]], *, begins: bool, ends: bool
) -> Piece:
    first = repeated.get(index, {})
    here = {line.number: first[line.number] for line in lines if line.number in first}
    return Piece(index, entry.source, tuple(lines), begins, ends, entry.converted, here)
