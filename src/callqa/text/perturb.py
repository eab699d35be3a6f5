"""The same call as another ASR would have written it: without punctuation, with homophone errors, with figures for numerals.

Used to measure how well a model stands such changes. Spans are carried through to the new text; labels, sub-types and promise slots
stay: they say what was meant, and that does not change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib import resources
from zlib import crc32

import jieba
import numpy as np

from callqa.call import Call
from callqa.text.numerals import DIGIT, DIGITS, MYRIADS, NUMERAL, Number, find_numbers
from callqa.text.offsets import Edit, apply_edits
from callqa.text.spans import with_texts

HOMOPHONE_RATE = 0.05  # share of words that get an error: one in twenty

# A mark between two figures (3.5, 3,000) is part of the number.
_PUNCTUATION = re.compile(r"(?<!\d)[^\w\s]+|[^\w\s]+(?!\d)")
# A numeral of one character becomes a figure before these (五号, 三天) or behind 块 (六十八块四).
_COUNTED = re.compile(r"号|日|月|天|年|期|块|元|点|分钟|个月|%")
_COUNTED_ONE = re.compile(r"号|月|%")  # 一 before others is as often part of a word: 一天天, 一块儿, 一点
_INDEFINITE = ("几", "好几", "来")  # 二十几个人


def without_punctuation(call: Call) -> Call:
    """The call with every punctuation mark taken out.

    Examples
    --------
    >>> from callqa.call import Utterance
    >>> without_punctuation(Call("c", (Utterance(1, "agent", "呃，您好。3.5元", fillers=((0, 1),)),))).utterances[0].text
    '呃您好3.5元'
    """
    return _rewrite(call, lambda text: [Edit(found.start(), found.end(), "") for found in _PUNCTUATION.finditer(text)])


def with_digits(call: Call) -> Call:
    """The call with figures for the numerals that ASR post-processing writes so; loose ones (两三千) and words (万一, 一下) stay.

    Examples
    --------
    >>> from callqa.call import Utterance
    >>> with_digits(Call("c", (Utterance(1, "customer", "十号先还三千二，尾号四一零七"),))).utterances[0].text
    '10号先还3200，尾号4107'
    """
    return _rewrite(call, lambda text: [edit for number in find_numbers(text) if (edit := _figures(text, number)) is not None])


def with_homophones(call: Call, *, seed: int, rate: float = HOMOPHONE_RATE) -> Call:
    """The call with one character of every twentieth word replaced by another of the same sound (征信 → 正信).

    Parameters
    ----------
    seed
        Together with the call's id it settles which words err and how.
    rate
        Share of words, among those that have a character with a homophone, that get an error.
    """
    rng = np.random.default_rng([seed, crc32(call.call_id.encode())])

    def edits(text: str) -> Iterable[Edit]:
        for _word, start, end in _segmenter().tokenize(text):
            places = [place for place in range(start, end) if text[place] in homophones()]
            if places and rng.random() < rate:
                place = int(rng.choice(places))
                yield Edit(place, place + 1, str(rng.choice(homophones()[text[place]])))

    return _rewrite(call, edits)


PERTURBATIONS: dict[str, Callable[[Call, int], Call]] = {
    "punctuation": lambda call, _seed: without_punctuation(call),
    "homophones": lambda call, seed: with_homophones(call, seed=seed),
    "digits": lambda call, _seed: with_digits(call),
}


def _rewrite(call: Call, edits_of: Callable[[str], Iterable[Edit]]) -> Call:
    changed = {turn.turn: apply_edits(turn.text, edits_of(turn.text)) for turn in call.utterances}
    # A turn of marks only has nothing else to say: it stays.
    return with_texts(call, {turn: (text, offsets) for turn, (text, offsets) in changed.items() if text.strip()})


def _figures(text: str, number: Number) -> Edit | None:
    """What a numeral becomes in figures, ``None`` where it stays."""
    said = text[number.start : number.end]
    before, after = text[max(0, number.start - 1) : number.start], text[number.end : number.end + 1]
    if number.loose or said.isascii() or text.startswith(_INDEFINITE, number.end):
        return None
    if len(said) == 1:
        cents = before == "块" and said not in "一零"
        counted = said not in "两零" and (_COUNTED_ONE if said == "一" else _COUNTED).match(text, number.end)
        if not (cents or counted) or any(char in NUMERAL for char in before + after):
            return None
    if all(char in DIGIT for char in said):  # read out digit by digit: leading zeros count
        return Edit(number.start, number.end, "".join(str(DIGITS[char]) for char in said))
    if said[-1] in MYRIADS:  # 五万 is written 5万
        return Edit(number.start, number.end - 1, f"{(number.value / MYRIADS[said[-1]]).normalize():f}")
    return Edit(number.start, number.end, f"{number.value.normalize():f}")


@cache
def homophones() -> dict[str, tuple[str, ...]]:
    """Character → the frequent characters of the same sound, itself left out; an error writes one of those."""
    alike: dict[str, list[str]] = {}
    for line in resources.files("callqa.text").joinpath("homophones.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        _syllable, frequent, others = line.split("\t")
        for char in frequent + others:
            alike.setdefault(char, []).extend(other for other in frequent if other != char)
    return {char: tuple(dict.fromkeys(others)) for char, others in alike.items() if others}


@cache
def _segmenter() -> jieba.Tokenizer:
    """A segmenter of our own, so that words a caller adds to jieba's do not change what a seed gives."""
    jieba.setLogLevel("WARNING")
    return jieba.Tokenizer()
