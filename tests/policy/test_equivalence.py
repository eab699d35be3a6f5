"""What is skipped or done together gives what a plain reading of the language gives."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.call import Call
from callqa.policy import apply_policy, apply_to_all, load_policy
from callqa.policy.conditions import TurnCondition
from callqa.policy.describe import parts_of
from callqa.policy.facts import Facts, bits, mask_of
from callqa.policy.names import Names, TurnTest
from callqa.policy.turns import compile_turn
from callqa.policy.words import PUNCTUATION, KeywordFinder, fold, fold_all, fold_with_places, spans_in
from callqa.sources import read_labelled
from tests.policy.talk import SCHEME, policy_of, talk

POLICY = load_policy()
CALLS = read_labelled([Path(__file__).resolve().parents[2] / "data" / "train" / "t03.jsonl"], SCHEME)[:40]
TEXTS = [turn.text for call in CALLS for turn in call.utterances]
ANY_TEXT = st.text(st.one_of(st.sampled_from("好的款欠aAＡéİΣ1。， \n·😀\ud800"), st.characters()), max_size=20)


def compiled_turns() -> list[TurnTest]:
    names = Names(SCHEME, POLICY.lists)
    for name, condition in POLICY.events.items():
        names.events[name] = compile_turn(condition, names)
    conditions = [*POLICY.events.values(), *(part for entry in POLICY.rules for part in parts_of(entry.rule.when))]
    return [compile_turn(part, names) for part in conditions if isinstance(part, TurnCondition)]


def plainly_folded(text: str) -> str:
    return "".join(char for char in text if char not in PUNCTUATION).lower()


@given(st.lists(ANY_TEXT, max_size=4))
def test_texts_folded_together(texts: list[str]) -> None:
    assert fold_all(texts) == [fold(text) for text in texts] == [plainly_folded(text) for text in texts]


def test_folding_leaves_the_common_characters_alone() -> None:
    common = [*range(0x3400, 0xA000), *map(ord, "0123456789abcdefghijklmnopqrstuvwxyz")]
    assert all(plainly_folded(chr(code)) == chr(code) for code in common)
    assert fold_all(TEXTS) == [plainly_folded(text) for text in TEXTS]


def plain_pattern(keywords: list[str]) -> re.Pattern[str]:
    """Any of some keywords, one after the other."""
    parts = []
    for keyword in keywords:
        start, end = keyword.startswith("^"), keyword.endswith("$")
        inner = [re.escape(fold(part)) for part in keyword[start : len(keyword) - end].split("*")]
        parts.append("^" * start + ".{0,8}?".join(inner) + "$" * end)
    return re.compile("|".join(parts))


KEYWORD = st.builds(
    lambda start, parts, end: start + "*".join(parts) + end,
    st.sampled_from(["", "^"]),
    st.lists(st.text("款欠a.", min_size=1, max_size=3), min_size=1, max_size=3),
    st.sampled_from(["", "$"]),
)


@given(st.lists(KEYWORD, min_size=1, max_size=6), st.lists(st.text("款欠a.一", max_size=12), min_size=1, max_size=4))
def test_lines_with_keywords(keywords: list[str], lines: list[str]) -> None:
    finder, pattern = KeywordFinder(keywords), plain_pattern(keywords)
    expected = [number for number, line in enumerate(lines) if pattern.search(line)]
    assert list(finder.lines("\n".join(lines))) == expected
    assert finder.first("\n".join(lines)) == (expected[0] if expected else None)


@pytest.mark.parametrize("name", POLICY.lists)
def test_lines_with_the_words_of_the_shipped_lists(name: str) -> None:
    words = list(POLICY.lists[name])
    finder, pattern, lines = KeywordFinder(words), plain_pattern(words), fold_all(TEXTS)
    assert list(finder.lines("\n".join(lines))) == [number for number, line in enumerate(lines) if pattern.search(line)]


def test_spans_are_those_of_the_folded_text() -> None:
    finder = KeywordFinder(POLICY.lists["debt_word"])
    for text in TEXTS:
        folded, places = fold_with_places(text)
        assert spans_in(finder, text) == tuple((places[start], places[end - 1] + 1) for start, end in finder.spans(folded))


def test_asked_of_some_turns_a_condition_says_what_it_says_of_all() -> None:
    tests = compiled_turns()
    for call in CALLS:
        every = Facts(call, SCHEME).every
        for test in tests:
            whole = test.mask(Facts(call, SCHEME), every)
            for among in (every, every & 0x5B6D3, every & ~0xFF, 1, every & -every, 0):
                met = whole & among
                assert test.mask(Facts(call, SCHEME), among) == met
                assert test.lowest(Facts(call, SCHEME), among) == met & -met


SPOKEN = st.lists(st.sampled_from(["A: 甲", "A: 乙", "C: 甲", "C: 乙", "A: 甲乙", "C: 丙"]), min_size=1, max_size=10)
CUE, ANSWER = "{text: {any: 甲}}", "{text: {any: 乙}}"


def has(call: Call, word: str) -> list[int]:
    return [index for index, turn in enumerate(call.utterances) if word in turn.text]


@given(SPOKEN)
def test_since(spoken: list[str]) -> None:
    call, expected, open_ = talk(*spoken), [], False
    for index, turn in enumerate(call.utterances):
        if "乙" in turn.text:
            open_ = False
        elif open_:
            expected.append(index)
        if "甲" in turn.text and "乙" not in turn.text:
            open_ = True
    since = {"turn": {"text": {"any": "甲"}}, "without": {"text": {"any": "乙"}}}
    test = compile_turn(TurnCondition.model_validate({"since": since}), Names(SCHEME, {}))
    facts = Facts(call, SCHEME)
    assert list(bits(test.mask(facts, facts.every))) == expected
    assert test.mask(facts, facts.every & 0b1010) == mask_of(expected) & 0b1010


@pytest.mark.parametrize("side", ["earlier", "later"])
@pytest.mark.parametrize("within", [None, 1, 3])
def test_lacks(tmp_path: Path, side: str, within: int | None) -> None:
    reach = "" if within is None else f", within: {within}"
    policy = policy_of(tmp_path, f"{{lacks: {{turn: {CUE}, {side}: {ANSWER}{reach}}}}}")

    @given(SPOKEN)
    def holds(spoken: list[str]) -> None:
        call = talk(*spoken)
        apart = [(index, [(index - other) * (1 if side == "earlier" else -1) for other in has(call, "乙")]) for index in has(call, "甲")]
        lacking = tuple(index + 1 for index, turns in apart if not any(0 < turn <= (within or 99) for turn in turns))
        flags = apply_policy(call, policy, SCHEME).flags
        assert (flags[0].turns if flags else ()) == lacking

    holds()


def test_calls_together_get_what_each_gets_alone() -> None:
    flagged = apply_to_all(CALLS, POLICY, SCHEME)
    assert flagged == [apply_policy(call, POLICY, SCHEME) for call in CALLS]
    assert flagged == [replace(call, flags=done.flags, score=done.score) for call, done in zip(CALLS, flagged, strict=True)]
    assert apply_to_all([], POLICY, SCHEME) == []
