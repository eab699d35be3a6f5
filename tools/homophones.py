"""src/callqa/text/homophones.txt: common characters that sound alike, for `callqa evaluate --perturb homophones`.

Run by hand (`python -m tools.homophones`, needs `pip install pypinyin`); its result is committed, so callqa itself needs no pinyin.
Which readings a character has, and how common it is, is counted over the words of jieba's dictionary, weighted by their frequency.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import jieba
from pypinyin import lazy_pinyin

from tools.paths import ROOT

TARGET = ROOT / "src" / "callqa" / "text" / "homophones.txt"
COMMON = 4500  # characters that may be misheard, the most frequent
FREQUENT = 2000  # of these, characters that ASR may write for them
SHARE = 0.01  # of a character's occurrences that a reading must make up
PER_SYLLABLE = 16  # characters of one sound that ASR may write
HEADER = """\
# Common characters that sound alike, tones aside: a syllable; the frequent characters, which ASR writes for any of the line; the others.
# Made by tools/homophones.py from the readings and frequencies of jieba's dictionary (MIT licence) with pypinyin (MIT licence).
"""


def readings() -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """How often each character stands, and how often with each reading."""
    total: dict[str, float] = defaultdict(float)
    by_reading: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    with Path(jieba.__file__).with_name("dict.txt").open(encoding="utf-8") as lines:
        for line in lines:
            word, frequency, _ = line.split(" ")
            syllables = lazy_pinyin(word, errors="ignore")
            if len(syllables) != len(word):
                continue
            for char, syllable in zip(word, syllables, strict=True):
                total[char] += float(frequency)
                by_reading[char][syllable] += float(frequency)
    return total, by_reading


def main() -> None:
    """Write the file."""
    total, by_reading = readings()
    groups: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for rank, char in enumerate(sorted(total, key=lambda char: (-total[char], char))[:COMMON]):
        for syllable, frequency in by_reading[char].items():
            if frequency >= SHARE * total[char]:
                frequent, others = groups[syllable]
                (frequent if rank < FREQUENT and len(frequent) < PER_SYLLABLE else others).append(char)
    lines = [f"{name}\t{''.join(frequent)}\t{''.join(others)}\n" for name, (frequent, others) in sorted(groups.items()) if frequent]
    TARGET.write_text(HEADER + "".join(lines), encoding="utf-8")
    sys.stdout.write(f"{len(lines)} syllables\n")


if __name__ == "__main__":
    main()
