"""The words of the field are found wherever they stand."""

from __future__ import annotations

from importlib import resources

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from callqa.features.lexicon import load_lexicon
from callqa.features.ngrams import END, GRAMS, START, Grams

LEXICON = load_lexicon()
GROUPS = yaml.safe_load(resources.files("callqa.features").joinpath("lexicon.yaml").read_bytes())["groups"]


@given(st.lists(st.text(alphabet="今天没钱还款十五号尽量下个月abc", max_size=10), max_size=6))
@settings(max_examples=60, deadline=None)
def test_texts_are_judged_each_by_itself_and_edges_do_not_matter(texts: list[str]) -> None:
    together = LEXICON.groups_of(Grams.of(texts, GRAMS[1]), len(texts))
    edged = LEXICON.groups_of(Grams.of([START + text + END for text in texts], GRAMS[1]), len(texts))
    assert (together == edged).all()
    for text, found in zip(texts, together, strict=True):
        assert (LEXICON.groups_of(Grams.of([text], GRAMS[1]), 1)[0] == found).all()


def test_a_word_within_a_word_counts_too() -> None:
    found = LEXICON.groups_of(Grams.of(["到时候还"], GRAMS[1]), 1)[0]
    named = {name for name, there in zip(LEXICON.names, found, strict=True) if there}
    assert {"promise_word", "hedge", "pay_word"} <= named  # 到时候还, 到时候, 还


@given(st.lists(st.text(alphabet="今天没钱还款十五号尽量下个月abc", max_size=10), max_size=6))
@settings(max_examples=60, deadline=None)
def test_a_text_touches_the_groups_of_the_words_it_contains(texts: list[str]) -> None:
    found = LEXICON.groups_of(Grams.of(texts, GRAMS[1]), len(texts))
    assert found.tolist() == [[any(word in text for word in words) for words in GROUPS.values()] for text in texts]
