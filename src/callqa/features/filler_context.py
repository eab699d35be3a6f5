"""What stands around a filler candidate, as the feature strings of a CRF.

A feature that begins with the candidate's kind is learned for that kind alone, one that begins with ``*`` for all kinds together.
The letter after it names the template (comments below); templates are short because every string is made for every candidate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from callqa.features.filler_candidates import Candidate
from callqa.features.word_classes import OTHER, words_after, words_before

BREAKS = frozenset("，。？！、…,.?!；：;:~～“”\"' \t\u3000-—")  # what parts clauses, or would if the ASR wrote it
_QUESTION_ENDS = frozenset("？?吗呢么")
_NEGATIONS = frozenset("不没别未甭")
_PRONOUNS = frozenset("我你您他她它咱俺这那")
_STEPS = frozenset("点填输选拍传")  # what 然后 orders when the agent explains an app
_AROUND = 8  # characters of the clause on either side that count as context


def candidate_features(text: str, candidates: Sequence[Candidate], previous: str, classes: Mapping[str, str]) -> list[list[str]]:
    """Feature strings of each candidate of ``text``.

    ``previous`` is the text of the turn before, empty at the start of the call; ``classes`` are those of
    `callqa.features.word_classes.word_classes`.
    """
    found = []
    for index, (_, _, surface, kind) in enumerate(candidates):
        shared, own = context_names(text, candidates, index, previous, classes)
        strings = [f"={surface}", f"={kind}", *["*" + name for name in shared], *[kind + name for name in shared]]
        found.append([*strings, *[kind + name for name in own]])
    return found


def context_names(
    text: str, candidates: Sequence[Candidate], index: int, previous: str, classes: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """What stands around one candidate: names of features that are learned for all kinds and for its own, and for its own alone."""
    start, end, _, _ = candidates[index]
    first, last = _clause(text, start, end)
    begins, ends = start == first, end == last
    at_edges = ("^" if start == 0 else "b" if begins else "c") + ("$" if end == len(text) else "b" if ends else "c")
    shared, own = _neighbours(text, start, end, first, last, at_edges, classes)
    own += [
        at_edges,
        f"A{min(start - first, 8)}",  # characters to either edge of the clause
        f"B{min(last - end, 8)}",
        f"C{min(start - first, 3)}{min((last - end) // 2, 4)}",
        f"D{min(start // 3, 5)}",  # and of the turn
        f"E{min((len(text) - end) // 3, 5)}",
        f"F{min(len(text) // 6, 6)}",
        f"G{text[last - 1] in _QUESTION_ENDS or text[last : last + 1] in _QUESTION_ENDS}",
        f"H{min(len(candidates), 4)}",
    ]
    own += ["I" + char for char in dict.fromkeys(text[end : min(last, end + _AROUND)])]  # characters of the clause after and before
    own += ["J" + char for char in dict.fromkeys(text[max(first, start - _AROUND) : start])]
    for other, candidate in enumerate(candidates):  # the turn's other candidates, and those that touch this one
        if other != index:
            own.append(("K" if other < index else "L") + candidate.kind)
            if candidate.end == start or candidate.start == end:
                own.append(("M" if other < index else "N") + candidate.kind)
    if start < 3:
        own += _answers(previous, at_edges)
    elif begins:
        own += _clause_before(text, first)
    own += _of_kind(text, candidates[index], last, classes)
    return shared, own


def _clause(text: str, start: int, end: int) -> tuple[int, int]:
    """Edges of the clause that ``text[start:end]`` stands in."""
    while start > 0 and text[start - 1] not in BREAKS:
        start -= 1
    while end < len(text) and text[end] not in BREAKS:
        end += 1
    return start, end


def _neighbours(
    text: str, start: int, end: int, first: int, last: int, at_edges: str, classes: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """Characters, words and word classes next to the candidate: templates for all kinds, and for its own."""
    padded = f"^^^{text}$$$$"
    at, to = start + 3, end + 3
    left, right, left2, right2 = padded[at - 1], padded[to], padded[at - 2 : at], padded[to : to + 2]
    (word, class1), (word2, class2), (_, class3) = words_after(text, end, last, 3, classes)
    (before, class0), (before2, class00) = words_before(text, first, start, 2, classes)
    class1 = at_edges[1] if end == last else class1
    class0 = at_edges[0] if start == first else class0
    shared = [
        "a" + left,
        "b" + left2,
        "c" + padded[at - 3 : at],
        "d" + padded[at - 2],
        "e" + right,
        "f" + right2,
        "g" + padded[to : to + 3],
        "h" + padded[to : to + 4],
        "i" + padded[to + 1],
        "j" + padded[to + 1 : to + 3],
        "k" + left + right,
        "l" + left2 + right,
        "m" + left + right2,
        "n" + class1,
        "o" + class1 + class2,
        "p" + class0,
        "q" + class0 + class1,
        "r" + word,
    ]
    own = [
        "s" + before,
        "t" + before2,
        "u" + word2,
        "v" + class00 + class0,
        "w" + class0 + class1 + class2,
        "x" + class1 + class2 + class3,
    ]
    return shared, own


def _answers(previous: str, at_edges: str) -> list[str]:
    """Templates of a candidate that opens the turn: what it may answer."""
    end = previous[-1:]
    pairs = [previous[place : place + 2] for place in range(max(0, len(previous) - _AROUND), len(previous) - 1)]
    return [
        "O" + end,
        "P" + previous[-2:],
        f"Q{min(len(previous) // 4, 4)}",
        f"R{at_edges}{end in _QUESTION_ENDS}",
        *["S" + pair for pair in pairs],
    ]


def _clause_before(text: str, first: int) -> list[str]:
    """Templates of a candidate that opens a later clause: after a denial (不是催您，就是登记一下) 就是 means "only"."""
    stop = first
    while stop > 0 and text[stop - 1] in BREAKS:
        stop -= 1
    clause = text[_clause(text, stop, stop)[0] : stop]
    denies = clause[:1] in _NEGATIONS or "不是" in clause
    return [f"T{denies}", f"U{min(len(clause), 6)}", "V" + clause[-1:], *["W" + char for char in dict.fromkeys(clause[-_AROUND:])]]


def _of_kind(text: str, candidate: Candidate, last: int, classes: Mapping[str, str]) -> list[str]:
    """Templates that only one kind has."""
    start, end, surface, kind = candidate
    if kind == "然后":  # orders two steps?
        return [f"X{'先' in text[:start]}{'再' in text[end:]}{min(text.count(kind), 3)}", f"Y{not _STEPS.isdisjoint(text)}"]
    if kind == "的话":  # a condition?
        return [f"X{not frozenset('不没要能如若').isdisjoint(text[:start])}", f"Y{'就' in text[end : end + _AROUND]}"]
    if kind.startswith("repeat"):  # a stumble, or a word that doubles (谢谢, 看看)?
        sort = "pronoun" if surface[0] in _PRONOUNS else classes.get(surface[0], OTHER)
        [(word, letter)] = words_after(text, end - 1, last, 1, classes)
        return [f"X{sort}", f"Y{surface in classes}", f"Z{sort}{surface in classes}", f"0{len(surface)}", f"1{len(word) > 1}{letter}"]
    return []
