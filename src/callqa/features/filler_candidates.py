"""Where a filler word may stand: every place of a text that looks like one, tic or not.

Ninety-eight of a hundred labelled filler spans are one of a closed list of words or a repeated start (guide, sections 2 and 5.17), so the
tagger does not have to look at every character: it judges these places alone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

HESITATIONS = "呃额嗯啊哎诶"
_WORDS = {"那个", "这个", "就是", "就是说", "然后", "的话", "那啥", "那什么", "即系", "格么", "咯个", "完了", "对吧"}
_GAP = r"[… ，]{0,2}"  # what the ASR may put between the parts of a repeated start
_HAN = r"[\u4e00-\u9fff]"
# Three patterns, each searched by itself: joined into one it takes four times as long. That the words are looked for only where one of
# their first characters stands is as good again.
_WORD = re.compile(
    r"(?=[咱那这就然的呃额嗯啊哎诶即格咯完对])(?:咱?那个啥|那什么|那啥|(?:那个)+|(?:这个)+|咱?就是[说讲]|(?:就是)+|(?:然后)+|的话|"
    r"呃+|额+|嗯+|啊+|哎+(?![呀哟])|诶+|即系|格么|咯个|完了|对吧)"
)
_REPEAT = re.compile(rf"({_HAN})(?:{_GAP}\1)+(?!个)")  # 那那个 is a stumble and a 那个 of its own
# two characters are a start that is taken up again only after such a first one (您这您这, 但是但是)
_REPEAT_OF_TWO = re.compile(rf"([我你您咱他她这那但可]{_HAN})(?:{_GAP}\1)+")
_MARK = b"\1"


class Candidate(NamedTuple):
    """One place that may be a filler: ``[start, end)`` of the text, what stands there, and its kind."""

    start: int
    end: int
    surface: str
    kind: str


def find_candidates(text: str) -> list[Candidate]:
    """All candidates of a text, in order, none overlapping another.

    Examples
    --------
    >>> [(c.surface, c.kind) for c in find_candidates("呃那个，您您您那个账户")]
    [('呃', '呃'), ('那个', '那个'), ('您您您', 'repeat1'), ('那个', '那个')]
    """
    return candidates_of([text]).get(0, [])


def candidates_of(texts: Sequence[str]) -> dict[int, list[Candidate]]:
    """Index of each text that has candidates → its candidates, as `find_candidates` gives them.

    All texts are searched in one go: no candidate spans a line end, and a search costs more to start than to run over a turn.
    """
    joined = "\n".join(texts)
    starts = list(accumulate((len(text) + 1 for text in texts), initial=0))
    spans = [match.span() for match in _WORD.finditer(joined)]
    taken = bytearray(len(joined))  # marks the characters of candidates
    for start, end in spans:
        taken[start:end] = _MARK * (end - start)
    for pattern in (_REPEAT, _REPEAT_OF_TWO):
        for match in pattern.finditer(joined):
            start, end = match.span()
            if _MARK not in taken[start:end]:
                taken[start:end] = _MARK * (end - start)
                spans.append((start, end))
    found: dict[int, list[Candidate]] = {}
    for start, end in sorted(spans):
        index = bisect_right(starts, start) - 1
        surface = joined[start:end]
        found.setdefault(index, []).append(Candidate(start - starts[index], end - starts[index], surface, kind_of(surface)))
    return found


@lru_cache(maxsize=512)
def kind_of(surface: str) -> str:
    """The kind of a candidate: the word itself, a run of a word (``那个+``), or a repeated start by the length of its unit."""
    if surface in _WORDS:
        return surface
    if surface[0] in HESITATIONS:
        return surface[0] if len(surface) == 1 else surface[0] + "+"
    for word in ("那个", "这个", "然后", "就是"):
        if word in surface:
            return "就是说" if surface[-1] in "说讲" else word + "+"
    return "repeat1" if surface[0] == surface[-1] else "repeat2"
