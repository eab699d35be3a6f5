"""Where characters of a changed text stood before, and the other way round."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from callqa.call import Span


class Edit(NamedTuple):
    """Characters ``[start, end)`` of the old text were replaced by ``text``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class OffsetMap:
    """Spans of an old text ↔ spans of the text that edits made of it.

    ``pieces`` are the replaced places, ``(old start, old end, new start, new end)``, from left to right; between them characters only move.
    A span that touches a replaced place takes in all of it.
    """

    pieces: tuple[tuple[int, int, int, int], ...] = ()

    def to_new(self, span: Span) -> Span:
        """The span in the new text; empty where all of it was taken out.

        Examples
        --------
        >>> text, offsets = apply_edits("电话13800001234找他", [Edit(2, 13, "[X]")])
        >>> text, offsets.to_new((13, 15)), offsets.to_new((0, 5))
        ('电话[X]找他', (5, 7), (0, 5))
        """
        return _move(span, self.pieces)

    def to_old(self, span: Span) -> Span:
        """The span in the old text.

        Examples
        --------
        >>> text, offsets = apply_edits("嗯\\u200b那个", [Edit(1, 2, "")])
        >>> text, offsets.to_old((1, 3))
        ('嗯那个', (2, 4))
        """
        return _move(span, self.reversed().pieces)

    def reversed(self) -> OffsetMap:
        """The map the other way round."""
        return OffsetMap(tuple((new_start, new_end, old_start, old_end) for old_start, old_end, new_start, new_end in self.pieces))


def _move(span: Span, pieces: tuple[tuple[int, int, int, int], ...]) -> Span:
    if not pieces:
        return span
    start, end = span
    return _edge(start, pieces, last=False), _edge(end - 1, pieces, last=True) if end > start else _edge(start, pieces, last=False)


def _edge(at: int, pieces: tuple[tuple[int, int, int, int], ...], *, last: bool) -> int:
    """Where the character ``at`` begins (or, for the last of a span, ends) on the other side."""
    # A character behind a piece that is empty on this side begins behind what that piece is on the other.
    index = bisect_right(pieces, at, key=lambda piece: piece[0]) - 1
    if index < 0:
        return at + last
    from_start, from_end, to_start, to_end = pieces[index]
    if from_start <= at < from_end:
        return to_end if last else to_start
    return to_end + (at - from_end) + last


def apply_edits(text: str, edits: Iterable[Edit]) -> tuple[str, OffsetMap]:
    """The text with its edits made (they may not overlap, and come from left to right), and the map between both."""
    parts: list[str] = []
    pieces: list[tuple[int, int, int, int]] = []
    at = size = 0
    for start, end, new in edits:
        parts += (text[at:start], new)
        size += start - at
        pieces.append((start, end, size, size + len(new)))
        size += len(new)
        at = end
    parts.append(text[at:])
    return "".join(parts), OffsetMap(tuple(pieces))
