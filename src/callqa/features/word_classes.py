"""Words and their classes (noun, verb, pronoun …), for telling 那个 from 那个账户 without cutting the whole text into words."""

from __future__ import annotations

from collections.abc import Mapping

LONGEST = 4
NUMERALS = frozenset("0123456789.一二三四五六七八九十百千万零两几")
NUMBER, EDGE, OTHER = "M", "$", "?"
_NAMES = {"nr": "N", "ns": "N", "nt": "N", "nz": "N", "vn": "g"}  # names are told from nouns, 还款 and its like from verbs


def word_classes(least_frequency: int) -> dict[str, str]:
    """Class letter of every word of at most four characters that jieba's dictionary counts ``least_frequency`` times or more."""
    import jieba  # only training needs it, and it takes a tenth of a second to load

    classes = {}
    with jieba.get_dict_file() as lines:
        for line in lines:
            word, frequency, tag = line.decode("utf-8").split()
            if len(word) <= LONGEST and int(frequency) >= least_frequency:
                classes[word] = _NAMES.get(tag, tag[0])
    return classes


def words_after(text: str, start: int, end: int, count: int, classes: Mapping[str, str]) -> list[tuple[str, str]]:
    """The next ``count`` words of ``text[start:end]`` with their classes, longest match first; what is missing is an edge.

    Examples
    --------
    >>> words_after("那个账户三千", 2, 6, 3, {"账户": "n"})
    [('账户', 'n'), ('M', 'M'), ('$', '$')]
    """
    out: list[tuple[str, str]] = []
    while len(out) < count:
        if start >= end:
            out.append((EDGE, EDGE))
            continue
        if text[start] in NUMERALS:
            while start < end and text[start] in NUMERALS:
                start += 1
            out.append((NUMBER, NUMBER))
            continue
        for size in (4, 3, 2):
            word = text[start : start + size]
            if start + size <= end and word in classes:
                break
        else:
            word = text[start]
        out.append((word, classes.get(word, OTHER)))
        start += len(word)
    return out


def words_before(text: str, start: int, end: int, count: int, classes: Mapping[str, str]) -> list[tuple[str, str]]:
    """The last ``count`` words of ``text[start:end]`` with their classes, the nearest first; what is missing is an edge.

    Examples
    --------
    >>> words_before("您的账户", 0, 4, 2, {"账户": "n", "的": "u"})
    [('账户', 'n'), ('的', 'u')]
    """
    out: list[tuple[str, str]] = []
    while len(out) < count:
        if end <= start:
            out.append((EDGE, EDGE))
            continue
        if text[end - 1] in NUMERALS:
            while end > start and text[end - 1] in NUMERALS:
                end -= 1
            out.append((NUMBER, NUMBER))
            continue
        for size in (4, 3, 2):
            word = text[end - size : end]
            if end - size >= start and word in classes:
                break
        else:
            word = text[end - 1]
        out.append((word, classes.get(word, OTHER)))
        end -= len(word)
    return out
