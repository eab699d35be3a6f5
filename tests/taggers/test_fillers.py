"""Filler words: which candidates are tics, what a model stores, what a damaged one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from callqa.call import Call, Span, Speaker, Utterance
from callqa.errors import ModelError
from callqa.taggers.fillers import CRF_FILE, SETTINGS_FILE, FillerTagger

TICS = [
    "那个|您好请问是王先生吗", "那个|我这边是银行的", "好的那个|我给您记一下",
    "您看那个|能不能今天处理", "就是|您这个月的账单", "我我|跟您说一下",
]
WORDS = ["那个账户您还在用吗", "那个账单是三月的", "您说的那个账户我查了", "还有那个账号您记得吗", "这就是您的账单", "谢谢您的配合"]


def agent_turn(text: str) -> Utterance:
    """A turn whose filler ends at a bar: 就是|您的账单."""
    before, bar, after = text.partition("|")
    size = next(len(word) for word in ("那个", "就是", "我我", "呃", "") if before.endswith(word))
    return Utterance(1, "agent", before + after, fillers=((len(before) - size, len(before)),) if bar else ())


def one_call(*turns: Utterance) -> Call:
    return Call("c", turns)


def said(text: str, speaker: Speaker = "agent") -> Call:
    return one_call(Utterance(1, speaker, text))


def spans(tagger: FillerTagger, text: str) -> tuple[Span, ...]:
    return tagger.tag([said(text)])[0][0].spans


@pytest.fixture(scope="module")
def calls() -> list[Call]:
    return [one_call(agent_turn(text)) for text in (*TICS, *WORDS, "呃|您好")] * 20


@pytest.fixture(scope="module")
def tagger(calls: list[Call]) -> FillerTagger:
    return FillerTagger.fit(calls, seed=0)


def test_a_tic_is_told_from_the_word(tagger: FillerTagger) -> None:
    assert spans(tagger, "那个您好") == ((0, 2),)
    assert spans(tagger, "那个账户没有了") == ()


def test_spans_count_characters_of_the_text(tagger: FillerTagger) -> None:
    text = "好的那个我给您查呃"
    assert [text[start:end] for start, end in spans(tagger, text)] == ["那个", "呃"]


def test_a_repeated_start_is_one_span_and_a_doubled_word_none(tagger: FillerTagger) -> None:
    assert spans(tagger, "我我跟您说一下") == ((0, 2),)
    assert spans(tagger, "谢谢您") == ()


def test_customers_have_no_fillers(tagger: FillerTagger) -> None:
    [[turn]] = tagger.tag([said("那个您好", "customer")])
    assert turn == ((), 0.0)


def test_gold_is_not_looked_at(tagger: FillerTagger) -> None:
    call = one_call(Utterance(1, "agent", "那个账户没有了", labels=("filler_words",), fillers=((0, 2),)))
    assert tagger.tag([call]) == tagger.tag([call.unlabelled()])


def test_the_score_is_that_of_the_surest_candidate(tagger: FillerTagger) -> None:
    sure, unsure, none = (tagger.tag([said(text)])[0][0].score for text in ("呃那个您好", "那个账户没有了", "您好"))
    assert sure > tagger.threshold > unsure > 0
    assert none == 0


def test_a_lower_threshold_takes_more(tagger: FillerTagger) -> None:
    [[turn]] = tagger.tag([said("那个账户没有了")], threshold=0.0)
    assert turn.spans == ((0, 2),)


def test_every_turn_of_every_call_has_its_answer(tagger: FillerTagger) -> None:
    calls = [one_call(Utterance(1, "customer", "谁"), Utterance(2, "agent", "那个您好"), Utterance(3, "agent", "")), Call("empty", ())]
    assert [len(call) for call in tagger.tag(calls)] == [3, 0]


def test_a_saved_model_tags_the_same(tagger: FillerTagger, tmp_path: Path) -> None:
    tagger.save(tmp_path)
    texts = [said(text.replace("|", "")) for text in (*TICS, *WORDS)]
    assert FillerTagger.load(tmp_path).tag(texts) == tagger.tag(texts)


def test_the_same_calls_give_the_same_bytes(tagger: FillerTagger, calls: list[Call], tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("a", "b")]
    for folder, model in zip(folders, (tagger, FillerTagger.fit(calls, seed=0)), strict=True):
        folder.mkdir()
        model.save(folder)
    for name in (CRF_FILE, SETTINGS_FILE):
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()


def test_nothing_to_learn_from_is_told() -> None:
    with pytest.raises(ModelError, match="no agent turn has a candidate"):
        FillerTagger.fit([said("您好")], seed=0)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=SETTINGS_FILE):
        FillerTagger.load(tmp_path)


@pytest.mark.parametrize(
    ("settings", "message"),
    [("{", "is not valid JSON"), ("[]", "format"), ('{"format": 99}', "format"), ('{"format": 1}', "lacks a field")],
)
def test_damaged_settings_are_told(tagger: FillerTagger, tmp_path: Path, settings: str, message: str) -> None:
    tagger.save(tmp_path)
    (tmp_path / SETTINGS_FILE).write_text(settings, encoding="utf-8")
    with pytest.raises(ModelError, match=message):
        FillerTagger.load(tmp_path)


@pytest.mark.parametrize("damaged", [b"", b"not a model at all, but long enough to hold a header of forty-eight bytes"])
def test_a_damaged_crf_is_told(tagger: FillerTagger, tmp_path: Path, damaged: bytes) -> None:
    tagger.save(tmp_path)
    (tmp_path / CRF_FILE).write_bytes(damaged)
    with pytest.raises(ModelError, match="is not a CRFsuite model"):
        FillerTagger.load(tmp_path)
