"""Finding keywords and patterns in what was said, whether or not the ASR wrote punctuation.

Turns are *folded* before they are searched: punctuation and spaces go, letters become lower case. Folded turns are joined by newlines and
searched in one pass, since one search over a call costs a tenth of twenty searches over its turns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import AnyStr, Protocol

import re2

from callqa.call import Span
from callqa.policy.conditions import STAR_CHARS

# The ASCII full stop stays: in these texts it is a decimal point.
PUNCTUATION = "，。？！、…；：“”‘’《》〈〉【】「」『』（）()[]{}<>!?,;:~～·—–-_'\"　 \t\r\n/\\|"
_KEPT = re.compile(f"[^{re.escape(PUNCTUATION)}]+")
_LINE = "\n"
# The second set is what lets `re` look for the first: a search for "[…]+" tries every place.
_MARKS = re.compile("[{0}][{0}]*".format(re.escape(PUNCTUATION.replace(_LINE, ""))))
_GAP = f".{{0,{STAR_CHARS}}}?"
_COMMON_MARKS = " ，。？"
_FOLDED = re.compile("[0-9a-z\u3400-\u9fff]*")  # text that folding leaves as it is: most of what an ASR writes
_FOLDED_LINES = re.compile("[0-9a-z\u3400-\u9fff\n]*")


def fold(text: str) -> str:
    """``text`` without punctuation and spaces, in lower case.

    Examples
    --------
    >>> fold("您好，APP 上 还款！")
    '您好app上还款'
    """
    if _FOLDED.fullmatch(text):
        return text
    # Replacing mark by mark runs in C over the whole text: four times as fast as str.translate here.
    for mark in PUNCTUATION:
        if mark in text:
            text = text.replace(mark, "")
    return text.lower()


def fold_all(texts: Sequence[str]) -> list[str]:
    """Each of some texts, folded; a few steps over all of them together.

    Examples
    --------
    >>> fold_all(["嗯，好。", "a\\nB"])
    ['嗯好', 'ab']
    """
    joined = _LINE.join(texts)
    if joined.count(_LINE) != len(texts) - 1:
        return [fold(text) for text in texts]
    # Replacing a mark is several times as fast as a pattern, which only what is left of the marks needs.
    for mark in _COMMON_MARKS:
        joined = joined.replace(mark, "")
    if _FOLDED_LINES.fullmatch(joined) is None:
        joined = _MARKS.sub("", joined).lower()
    return joined.split(_LINE)


def fold_with_places(text: str) -> tuple[str, list[int]]:
    """Folded text and, for each of its characters, its place in ``text``.

    Examples
    --------
    >>> fold_with_places("好，的")
    ('好的', [0, 2])
    """
    places: list[int] = []
    for match in _KEPT.finditer(text):
        places.extend(range(*match.span()))
    folded = fold(text)
    if len(folded) != len(places):  # a letter whose lower case is two characters
        places = [place for place in places for _ in text[place].lower()]
    return folded, places


class Finder(Protocol):
    """Searches folded lines; the methods give folded character offsets or line numbers, in order."""

    def lines(self, text: str) -> Iterator[int]:
        """Numbers of the lines of ``text`` that hold a match, each once."""
        ...

    def first(self, text: str) -> int | None:
        """Number of the first line that holds a match."""
        ...

    def spans(self, line: str) -> list[Span]:
        """Spans of the matches in one line."""
        ...


class KeywordFinder:
    """Any of some keywords.

    ``*`` in a keyword is a gap of up to eight characters of the same turn; ``^`` before it and ``$`` after it mean that it begins or ends
    the turn. Built on `re`: an alternation of literals with at most two bounded gaps cannot backtrack without limit, and through Python
    `re` finds literals faster than RE2 does.

    Examples
    --------
    >>> finder = KeywordFinder(["征信", "欠*钱", "^好$"])
    >>> list(finder.lines("上征信\\n您好\\n欠我们的钱\\n好")), finder.spans("欠我们的钱")
    ([0, 2, 3], [(0, 5)])
    """

    def __init__(self, keywords: Sequence[str]) -> None:
        self._keywords = [_tokens(keyword) for keyword in keywords]
        self._search = re.compile(_any_of(self._keywords), re.MULTILINE).search

    def lines(self, text: str) -> Iterator[int]:
        return _lines(self._search, text, _LINE)

    def first(self, text: str) -> int | None:
        match = self._search(text)
        return None if match is None else text.count(_LINE, 0, match.start())

    def spans(self, line: str) -> list[Span]:
        return [match.span() for match in self._shown.finditer(line)]

    @cached_property
    def _shown(self) -> re.Pattern[str]:
        # The longer first, so that the span shown is the longer word.
        parts = sorted(set(map("".join, self._keywords)), key=lambda part: (-len(part), part))
        return re.compile("|".join(parts), re.MULTILINE)


def _tokens(keyword: str) -> tuple[str, ...]:
    """The pattern of a keyword, character by character; a gap is one token."""
    start, end = keyword.startswith("^"), keyword.endswith("$")
    parts = [[re.escape(char) for char in fold(part)] for part in keyword[start : len(keyword) - end].split("*")]
    tokens = ["^"] * start + parts[0]
    for part in parts[1:]:
        tokens += [_GAP, *part]
    return (*tokens, *["$"] * end)


def _any_of(keywords: Sequence[tuple[str, ...]]) -> str:
    """A pattern found just where one of the keywords is: what several begin with stands once, and only so far as it takes to tell.

    Examples
    --------
    >>> _any_of([("欠", "款"), ("欠", "费"), ("欠", "款", "单"), ("账",)])
    '欠(?:款|费)|账'
    """
    if len(keywords) == 1:
        return "".join(keywords[0])
    rests: dict[str, list[tuple[str, ...]]] = {}  # the keywords that begin with a token, without it
    for keyword in keywords:
        if not keyword:
            return ""  # one ends here, so the longer need not be looked for
        rests.setdefault(keyword[0], []).append(keyword[1:])
    after = {token: _any_of(rest) for token, rest in rests.items()}
    return "|".join(f"{token}(?:{rest})" if "|" in rest else token + rest for token, rest in after.items())


class RegexFinder:
    r"""Any of some regular expressions a user wrote, by RE2, whose time is linear in the text whatever the pattern.

    Raises
    ------
    ValueError
        RE2 cannot compile one of them.

    Examples
    --------
    >>> finder = RegexFinder([r"(\p{Han}+)*结清$"])
    >>> list(finder.lines("您好\n今天结清")), finder.spans("今天结清")
    ([1], [(0, 4)])
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._pattern = _compile_re2("|".join(f"(?:{pattern})" for pattern in patterns))

    def lines(self, text: str) -> Iterator[int]:
        # Given bytes, RE2 need not translate offsets to characters, and lines are counted alike in both.
        return _lines(self._pattern.search, text.encode(), b"\n")

    def first(self, text: str) -> int | None:
        return next(self.lines(text), None)

    def spans(self, line: str) -> list[Span]:
        return [(start, end) for start, end in (match.span() for match in self._pattern.finditer(line)) if end > start]


@lru_cache(maxsize=256)
def _compile_re2(pattern: str) -> re2._Regexp:
    options = re2.Options()
    options.log_errors = False  # RE2 would print the pattern to stderr; the error says it better
    options.never_capture = True
    options.never_nl = True  # a match never runs from one turn into the next
    options.case_sensitive = False
    try:
        return re2.compile("(?m)" + pattern, options)
    except re2.error as exc:
        reason = exc.args[0]
        raise ValueError(reason.decode() if isinstance(reason, bytes) else str(reason)) from exc


def _lines(search: Callable[[AnyStr, int], re.Match[AnyStr] | None], text: AnyStr, newline: AnyStr) -> Iterator[int]:
    """Line numbers with a match: after each the search goes on in the next line."""
    line, counted, start = 0, 0, 0
    while (match := search(text, start)) is not None:
        at = match.start()
        line += text.count(newline, counted, at)
        counted = at
        yield line
        end = text.find(newline, at)
        if end < 0:
            return
        start = end + 1


def spans_in(finder: Finder, text: str) -> tuple[Span, ...]:
    """Where ``finder`` matches in a turn, as spans of the text as it came.

    Examples
    --------
    >>> spans_in(KeywordFinder(["征信"]), "上，征 信！")
    ((2, 5),)
    """
    if _FOLDED.fullmatch(text):
        return tuple(finder.spans(text))
    folded, places = fold_with_places(text)
    return tuple((places[start], places[end - 1] + 1) for start, end in finder.spans(folded))
