"""Which segments are found, and what stands around them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from callqa.call import Call
from callqa.errors import InputError
from callqa.export.segments import SegmentFilter, find_calls, find_segments, read_result
from callqa.labels import load_scheme
from callqa.sources import call_to_line

SCHEME = load_scheme()
Tagged = list[tuple[str, Call]]


def found(tagged: Tagged, wanted: SegmentFilter) -> list[tuple[str, int]]:
    return [(segment.call.call_id, segment.utterance.turn) for segment in find_segments(tagged, SCHEME, wanted)]


def test_every_labelled_turn_is_a_segment(tagged: Tagged) -> None:
    assert found(tagged, SegmentFilter()) == [("c1", 3), ("c1", 4), ("c2", 1), ("c2", 2), ("c2", 3)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (SegmentFilter(labels=frozenset({"filler_words", "ptp_commitment"})), [("c1", 4), ("c2", 1)]),
        (SegmentFilter(subtypes=frozenset({"public_exposure"})), [("c1", 3)]),
        (SegmentFilter(flags=frozenset({"public_exposure"})), [("c1", 3)]),
        (SegmentFilter(severity="violation"), [("c1", 3), ("c2", 2)]),
        (SegmentFilter(severity="notice"), [("c1", 3), ("c2", 1), ("c2", 2)]),
        (SegmentFilter(agents=frozenset({"a1"})), [("c1", 3), ("c1", 4)]),
        # who holds the line at the turn, not who took the call
        (SegmentFilter(parties=frozenset({"third_party"})), [("c2", 1), ("c2", 2)]),
        # the local date, even where it is another day in UTC
        (SegmentFilter(since=date(2026, 3, 7), until=date(2026, 3, 7)), [("c2", 1), ("c2", 2), ("c2", 3)]),
        (SegmentFilter(until=date(2026, 3, 6), labels=frozenset({"ptp_commitment"})), [("c1", 4)]),
    ],
)
def test_filters(tagged: Tagged, wanted: SegmentFilter, expected: list[tuple[str, int]]) -> None:
    assert found(tagged, wanted) == expected


@pytest.mark.parametrize(
    "wanted",
    [SegmentFilter(labels=frozenset({"presure"})), SegmentFilter(severity="bad"), SegmentFilter(parties=frozenset({"debt"}))],
)
def test_an_unknown_name_is_told(tagged: Tagged, wanted: SegmentFilter) -> None:
    with pytest.raises(InputError, match="is none of"):
        found(tagged, wanted)


def test_context_stops_at_the_ends_of_the_call(tagged: Tagged) -> None:
    segment = next(find_segments(tagged, SCHEME, SegmentFilter(subtypes=frozenset({"public_exposure"})), context=5))
    assert [u.turn for u in segment.before] == [1, 2]
    assert [u.turn for u in segment.after] == [4]


def test_names_are_hidden_in_the_turns_around_too(tagged: Tagged) -> None:
    wanted = SegmentFilter(subtypes=frozenset({"public_exposure"}))
    hidden, shown = (next(find_segments(tagged, SCHEME, wanted, mask=mask)).before[0].text for mask in (True, False))
    assert "王小明" not in hidden
    assert "王小明" in shown


def test_whole_calls_are_kept_by_their_segments(tagged: Tagged) -> None:
    (call,) = find_calls(tagged, SCHEME, SegmentFilter(labels=frozenset({"filler_words"})))
    assert (call.call_id, len(call.utterances)) == ("c2", 3)
    shown = next(find_calls(tagged, SCHEME, SegmentFilter(), mask=False))
    hidden = next(find_calls(tagged, SCHEME, SegmentFilter()))
    assert "王小明" in shown.utterances[0].text and "王小明" not in hidden.utterances[0].text


def test_evidence_of_labels_and_flags_is_merged(tagged: Tagged) -> None:
    assert next(find_segments(tagged, SCHEME, SegmentFilter())).evidence() == ((3, 5), (9, 11))


def test_a_result_folder_is_read_in_order_and_must_be_one(tagged: Tagged, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no result folder"):
        list(read_result(tmp_path, SCHEME))
    (tmp_path / "tagged").mkdir()
    (tmp_path / "tagged" / "day.jsonl").write_bytes(b"".join(call_to_line(call) for _, call in tagged))
    assert list(read_result(tmp_path, SCHEME)) == tagged
    with (tmp_path / "tagged" / "day.jsonl").open("ab") as file:
        file.write(b"{\n")
    with pytest.raises(InputError, match=r"day\.jsonl:3"):
        list(read_result(tmp_path, SCHEME))
