"""Precision and recall of the masking rules over hand-written turns (`cases.txt`)."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from callqa.privacy import find_personal, mask_text

Case = tuple[str, list[tuple[str, int, int]]]
MARK = re.compile(r"\{([a-z_]+):([^{}]*)\}")


def read_cases(name: str) -> list[Case]:
    """Plain text and the personal data marked in it, ``(kind, start, end)``."""
    cases: list[Case] = []
    for line in (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        text, at = "", 0
        marks: list[tuple[str, int, int]] = []
        for match in MARK.finditer(line):
            text += line[at : match.start()]
            marks.append((match[1], len(text), len(text) + len(match[2])))
            text += match[2]
            at = match.end()
        cases.append((text + line[at:], marks))
    return cases


CASES = read_cases("cases.txt")
UNSEEN = read_cases("cases_unseen.txt")


def count(cases: list[Case]) -> Counter[tuple[str, str]]:
    """(kind, "hit" | "missed" | "wrong") → how often; a hit has the right kind and exact characters."""
    counts: Counter[tuple[str, str]] = Counter()
    for text, marks in cases:
        found = {(item.kind, item.start, item.end) for item in find_personal(text)}
        for kind, start, end in marks:
            counts[kind, "hit" if (kind, start, end) in found else "missed"] += 1
        for kind, _, _ in found - set(marks):
            counts[kind, "wrong"] += 1
    return counts


def test_there_are_enough_cases_of_every_kind() -> None:
    kinds = Counter(kind for _, marks in CASES for kind, _, _ in marks)
    assert len(CASES) >= 300 and len({text for text, _ in CASES}) == len(CASES)
    assert min(kinds.values()) >= 10 and len(kinds) == 8
    assert sum(not marks for _, marks in CASES) >= 120


def figures(cases: list[Case]) -> tuple[float, float]:
    counts = count(cases)
    hit, missed, wrong = (sum(n for (_, what), n in counts.items() if what == name) for name in ("hit", "missed", "wrong"))
    return hit / (hit + wrong), hit / (hit + missed)


def test_precision_and_recall_on_the_turns_the_rules_were_made_with() -> None:
    precision, recall = figures(CASES)
    print(f"masking, {len(CASES)} turns: precision {precision:.3f}, recall {recall:.3f}")
    assert precision >= 0.98
    assert recall >= 0.98


def test_precision_and_recall_on_turns_never_tuned_on() -> None:
    precision, recall = figures(UNSEEN)
    print(f"masking, {len(UNSEEN)} unseen turns: precision {precision:.3f}, recall {recall:.3f}")
    assert precision >= 0.9
    assert recall >= 0.85


@pytest.mark.parametrize("kind", sorted({kind for _, marks in CASES for kind, _, _ in marks}))
def test_precision_and_recall_of_each_kind(kind: str) -> None:
    counts = count(CASES)
    hit, missed, wrong = (counts[kind, what] for what in ("hit", "missed", "wrong"))
    assert hit / (hit + missed) >= 0.9
    assert hit / (hit + wrong) >= 0.9


def test_masking_keeps_the_length_and_can_be_repeated() -> None:
    for text, _ in CASES + UNSEEN:
        masked = mask_text(text)
        assert len(masked) == len(text)
        assert mask_text(masked) == masked
