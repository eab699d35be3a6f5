"""Filler candidates of many texts are those of each text alone."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from callqa.features.filler_candidates import candidates_of, find_candidates

TEXTS = st.lists(st.text(alphabet="那个就是说然后呃嗯哎呀您这，… \n还款", max_size=14), max_size=8)


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_texts_do_not_run_into_each_other(texts: list[str]) -> None:
    assert candidates_of(texts) == {index: found for index, text in enumerate(texts) if (found := find_candidates(text))}


def test_a_candidate_at_the_end_is_not_changed_by_what_the_next_text_begins_with() -> None:
    assert [one.surface for one in find_candidates("哎")] == ["哎"]
    assert [one.surface for one in candidates_of(["哎", "呀"])[0]] == ["哎"]  # 哎呀 in one text is none
    assert candidates_of(["哎呀"]) == {}
