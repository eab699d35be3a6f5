"""Turns as a table: bare texts, neighbours within a call, spans led back."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from callqa.call import Call, Utterance
from callqa.features.ngrams import END, START
from callqa.features.turns import BARE, TurnTable, bare_offsets, bare_texts


def call(call_id: str, *texts: str) -> Call:
    return Call(call_id, tuple(Utterance(i + 1, "customer" if i % 2 else "agent", text) for i, text in enumerate(texts)))


@given(st.lists(st.text(max_size=20), max_size=4))
def test_offsets_lead_back_to_the_character(texts: list[str]) -> None:
    joined, offsets = "".join(texts), bare_offsets(texts).tolist()
    assert [joined[offset].translate(BARE) for offset in offsets] == list(joined.translate(BARE))


@given(
    st.lists(
        st.text(
            st.one_of(st.characters(exclude_categories=()), st.sampled_from("好 ，ＡaA７\x02\x03\x00\ud83d\U0001f600ﷺ㈠ß")), max_size=12
        )
    )
)
def test_texts_folded_together_are_those_folded_one_by_one(texts: list[str]) -> None:
    assert bare_texts(texts) == [START + text.translate(BARE) + END for text in texts]


def test_neighbours_stay_in_their_call() -> None:
    table = TurnTable.of([call("a", "一", "二"), call("b", "三")])
    values = np.array([[1.0], [2.0], [3.0]], dtype=np.float32)
    assert table.shifted(values, -1).ravel().tolist() == [0, 1, 0]
    assert table.shifted(values, 1).ravel().tolist() == [2, 0, 0]
    assert table.bounds == [(0, 2), (2, 3)]


def test_equal_bare_texts_are_counted_once() -> None:
    table = TurnTable.of([call("a", "好的。", "好的", "好 的！")])
    assert len(table.distinct) == 1
    assert table.text_of.tolist() == [0, 0, 0]


def test_no_calls() -> None:
    assert len(TurnTable.of([])) == 0
