"""The words of the field are found wherever they stand."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from callqa.features.lexicon import load_lexicon
from callqa.features.ngrams import END, GRAMS, START, occurrences

LEXICON = load_lexicon()


@given(st.lists(st.text(alphabet="今天没钱还款十五号尽量下个月abc", max_size=10), max_size=6))
@settings(max_examples=60, deadline=None)
def test_texts_are_judged_each_by_itself_and_edges_do_not_matter(texts: list[str]) -> None:
    together = LEXICON.groups_of(occurrences(texts, GRAMS), len(texts))
    edged = LEXICON.groups_of(occurrences([START + text + END for text in texts], GRAMS), len(texts))
    assert (together == edged).all()
    for text, found in zip(texts, together, strict=True):
        assert (LEXICON.groups_of(occurrences([text], GRAMS), 1)[0] == found).all()


def test_a_word_within_a_word_counts_too() -> None:
    found = LEXICON.groups_of(occurrences(["到时候还"], GRAMS), 1)[0]
    named = {name for name, there in zip(LEXICON.names, found, strict=True) if there}
    assert {"promise_word", "hedge", "pay_word"} <= named  # 到时候还, 到时候, 还
