"""Character n-grams against scikit-learn's own, on any text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from callqa.features.ngrams import CharNgrams, Grams, HashTable, occurrences
from callqa.features.turns import TurnTable
from callqa.sources import read_labelled
from callqa.taggers.model import load_model

TRAIN = Path(__file__).parents[2] / "data" / "train"

TEXTS = st.lists(st.text(alphabet="还款征信罚息嗯abc😀", max_size=12), min_size=1, max_size=8)


@given(TEXTS)
@settings(max_examples=60, deadline=None)
def test_tfidf_is_that_of_scikit_learn(texts: list[str]) -> None:
    ours = CharNgrams.fit(texts, (1, 3), 1)
    if not ours.vocabulary.size:
        assert not any(texts)
        return
    theirs = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, lowercase=False).fit_transform(texts).toarray()
    got = ours.transform(texts).toarray()
    # Columns stand in another order: rows must have the same products with each other.
    assert got.shape == theirs.shape
    assert np.allclose(got @ got.T, theirs @ theirs.T, atol=1e-5)


def test_an_ngram_never_crosses_from_one_text_into_the_next() -> None:
    apart, together = occurrences(["ab", "cd"], (2, 2)), occurrences(["abcd"], (2, 2))
    assert apart.hashes.size == 2
    assert set(apart.hashes.tolist()) < set(together.hashes.tolist())


def test_texts_of_other_calls_change_nothing() -> None:
    ngrams = CharNgrams.fit(["今天还", "明天还", "今天"], (1, 3), 1)
    alone, among = ngrams.transform(["今天还"]), ngrams.transform(["明天", "今天还", ""])
    assert (alone.toarray() == among.toarray()[1:2]).all()


def test_unknown_ngrams_and_no_texts_at_all() -> None:
    ngrams = CharNgrams.fit(["今天", "今天"], (1, 2), 2)
    assert ngrams.transform(["xyz", ""]).nnz == 0
    assert ngrams.transform([]).shape == (0, 3)
    assert CharNgrams.fit([], (1, 2), 1).transform(["今"]).nnz == 0


@pytest.mark.parametrize("size", [0, 1, 2, 500])
def test_a_table_finds_what_it_holds_and_nothing_else(size: int) -> None:
    rng = np.random.default_rng(size)
    # Half of the hashes share their first bits, so that buckets overflow.
    hashes = np.unique(np.concatenate([rng.integers(0, 2**64, size, dtype=np.uint64), np.arange(size // 2, dtype=np.uint64)]))[:250]
    wanted = rng.permutation(np.concatenate([hashes, hashes + np.uint64(1), np.array([2**64 - 1], dtype=np.uint64)]))
    places, found = HashTable.of(hashes).find(wanted)
    assert places.tolist() == [place for place, one in enumerate(wanted.tolist()) if one in set(hashes.tolist())]
    assert (hashes[found] == wanted[places]).all()


@given(TEXTS, TEXTS)
@settings(max_examples=60, deadline=None)
def test_what_is_found_by_its_parts_is_what_the_vocabulary_holds(fitted: list[str], texts: list[str]) -> None:
    ngrams = CharNgrams.fit(fitted * 2 + fitted[:3], (1, 4), 3)
    every = occurrences(texts, (1, 4))
    held = np.isin(every.hashes, ngrams.vocabulary)
    grams = Grams.of(texts, 4)
    places, columns = grams.known(ngrams.table, 4)
    first = np.cumsum([0, *map(len, texts)])
    expected = zip(every.rows[held], every.starts[held] + first[every.rows[held]], every.hashes[held], strict=True)
    assert list(zip(grams.row_of[places], places, ngrams.vocabulary[columns], strict=True)) == list(expected)


def test_a_vocabulary_begins_with_single_characters() -> None:
    with pytest.raises(ValueError, match="parts"):
        CharNgrams.fit(["今天"], (2, 3), 1)


def test_the_shipped_vocabularies_hold_the_parts_of_what_they_hold() -> None:
    model = load_model()
    table = TurnTable.of(read_labelled(sorted(TRAIN.glob("t0*.jsonl"))[:4], model.scheme))
    for ngrams in (model.linear.vocabulary.ngrams, *model.party.ngrams.values()):
        grams = Grams.of(table.distinct, ngrams.sizes[1])
        columns = ngrams.columns(occurrences(table.distinct, ngrams.sizes).hashes)
        assert (grams.known(ngrams.table, ngrams.sizes[1])[1] == columns[columns >= 0]).all()
