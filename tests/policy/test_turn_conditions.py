"""Which turns each operator of a turn condition picks."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from callqa.call import PartyChange
from tests.policy.talk import flag, talk, turns

CALL = talk(
    "A: 您好，请问是王先生吗？",
    "C: 是我，上个月失业了",
    "A: 今天必须还，不然起诉",
    "C: 明天还五百",
    "A: 好的，再见",
    tags={2: "hardship_disclosure/unemployment", 3: "pressure_tactic/ultimatum pressure_tactic/legal_action", 4: "ptp_commitment/firm"},
)

PICKS = {
    "role": ("{role: customer}", (2, 4)),
    "label": ("{label: pressure_tactic}", (3,)),
    "one of two labels": ("{label: [hardship_disclosure, ptp_commitment]}", (2, 4)),
    "sub-type": ("{subtype: legal_action}", (3,)),
    "one of two sub-types": ("{subtype: [insult, firm]}", (4,)),
    "severity at least": ("{severity: caution}", (3,)),
    "severity too high": ("{severity: violation}", None),
    "first turns": ("{turns: {first: 2}}", (1, 2)),
    "last turns of one side": ("{turns: {last: 2, of: agent}}", (3, 5)),
    "from and to": ("{turns: {from: 2, to: 3}}", (2, 3)),
    "more turns than there are": ("{turns: {last: 99}}", (1, 2, 3, 4, 5)),
    "keyword across punctuation": ("{text: {any: 必须还不然}}", (3,)),
    "keyword with a gap": ("{text: {any: 请问*先生}}", (1,)),
    "keyword at the start": ("{text: {any: [^好的, ^再见]}}", (5,)),
    "keyword at the end": ("{text: {any: [吗$, 王先生$]}}", (1,)),
    "all keywords": ("{text: {all: [今天, 起诉]}}", (3,)),
    "no keyword": ("{role: agent, text: {none: [起诉, 您好]}}", (5,)),
    "two of three keywords": ("{text: {any: [好的, 再见, 您好], at_least: 2}}", (5,)),
    "regex": (r"{regex: {match: '[五六]百$'}}", (4,)),
    "regex with exclusion": (r"{regex: {match: 还, exclude: 起诉}}", (4,)),
    "similar to an example": ("{similar: {to: 今天必须还不然就起诉, at_least: 0.8}}", (3,)),
    "not similar enough": ("{similar: {to: 今天必须还不然就起诉, at_least: 0.99}}", None),
    "length": ("{chars: {at_most: 4}}", (5,)),
    "after": ("{after: {label: pressure_tactic}}", (4, 5)),
    "before": ("{before: {label: pressure_tactic}}", (1, 2)),
    "within, after": ("{within: {turns: 1, of: {label: pressure_tactic}}}", (4,)),
    "within, before": ("{within: {turns: 2, of: {label: pressure_tactic}, side: before}}", (1, 2)),
    "within, both": ("{within: {turns: 1, of: {label: pressure_tactic}, side: both}}", (2, 4)),
    "since": ("{label: pressure_tactic, since: {turn: {label: hardship_disclosure}, without: {text: {any: 理解}}}}", (3,)),
    "since, but answered": ("{since: {turn: {label: hardship_disclosure}, without: {text: {any: 今天}}}}", None),
    "all": ("{all: [{role: agent}, {label: pressure_tactic}]}", (3,)),
    "any": ("{any: [{text: {any: 再见}}, {label: ptp_commitment}]}", (4, 5)),
    "not": ("{role: agent, not: {label: pressure_tactic}}", (1, 5)),
    "several operators at once": ("{role: agent, text: {any: 还}, after: {role: customer}}", (3,)),
}


@pytest.mark.parametrize("name", PICKS)
def test_operator_picks_its_turns(tmp_path: Path, name: str) -> None:
    when, expected = PICKS[name]
    assert turns(tmp_path, when, CALL) == expected


def test_events_and_lists_by_name(tmp_path: Path) -> None:
    head = "lists: {law: [起诉], hard: ['@law', 必须]}\nevents: {hard: {text: {any: '@hard'}}, later: {after: {is: hard}}}\n"
    assert turns(tmp_path, "{is: hard}", CALL, head=head) == (3,)
    assert turns(tmp_path, "{is: [hard, later]}", CALL, head=head) == (3, 4, 5)


def test_party_follows_hand_overs(tmp_path: Path) -> None:
    call = replace(CALL, party="third_party", party_from=(PartyChange(4, "debtor"),))
    assert turns(tmp_path, "{party: third_party}", call) == (1, 2, 3)
    assert turns(tmp_path, "{party: [debtor]}", call) == (4, 5)


def test_score_of_a_label(tmp_path: Path) -> None:
    sure, unsure = (
        replace(CALL.utterances[2], scores={"pressure_tactic": 0.9}),
        replace(CALL.utterances[2], scores={"pressure_tactic": 0.5}),
    )
    when = "{label: pressure_tactic, score: {label: pressure_tactic, below: 0.6}}"
    assert turns(tmp_path, when, replace(CALL, utterances=(sure,))) is None
    assert turns(tmp_path, when, replace(CALL, utterances=(unsure,))) == (3,)


TIMED = talk("A: 喂您好", "C: 你好", "A: 我查一下", times=[(0, 1), (0.5, 2), (14, 15)])


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("{silence_before: {above: 10}}", (3,)),
        ("{overlap: {at_least: 0.5}}", (2,)),
        ("{seconds: {above: 1}}", (2,)),
        ("{chars_per_second: {at_least: 4}}", (3,)),
        ("{silence_before: {below: 1}}", (2,)),
    ],
)
def test_timing(tmp_path: Path, when: str, expected: tuple[int, ...]) -> None:
    assert turns(tmp_path, when, TIMED) == expected


def test_a_call_without_times_meets_no_timing(tmp_path: Path) -> None:
    assert turns(tmp_path, "{silence_before: {at_least: 0}}", CALL) is None


def test_third_time_the_same_is_said(tmp_path: Path) -> None:
    call = talk(
        "A: 你今天必须把钱还了", "C: 你今天必须把钱还了", "A: 你今天，必须把钱还了！", "A: 换一句完全不同的话", "A: 你今天必须把钱给还了"
    )
    assert turns(tmp_path, "{repeats: {times: 3, similarity: 0.85}}", call) == (5,)
    assert turns(tmp_path, "{repeats: {times: 2, similarity: 0.85}}", call) == (3, 5)
    assert turns(tmp_path, "{repeats: {times: 2, min_chars: 50}}", call) is None


def test_fillers_show_their_spans(tmp_path: Path) -> None:
    call = talk("A: 呃那个您好", tags={1: "filler_words"})
    call = replace(call, utterances=(replace(call.utterances[0], fillers=((0, 1), (1, 3))),))
    raised = flag(tmp_path, "{turn: {fillers: {at_least: 2}}}", call)
    assert raised is not None
    assert raised.hits[0].spans == ((0, 1), (1, 3))


def test_evidence_is_the_words_that_met_the_condition(tmp_path: Path) -> None:
    raised = flag(tmp_path, "{turn: {any: [{text: {any: [起诉, 必须 还]}}, {text: {any: 没有这个词}}]}}", CALL)
    assert raised is not None
    text = CALL.utterances[2].text
    assert [text[start:end] for start, end in raised.hits[0].spans] == ["必须还", "起诉"]


def test_a_regex_never_runs_from_one_turn_into_the_next(tmp_path: Path) -> None:
    call = talk("A: 今天还", "A: 五百可以吗")
    assert turns(tmp_path, r"{regex: {match: '今天[^a]*五百'}}", call) is None
    assert turns(tmp_path, r"{regex: {match: '今天\s*还$'}}", call) == (1,)


def test_catastrophic_patterns_cannot_hang_the_run(tmp_path: Path) -> None:
    call = talk("A: " + "还" * 20_000 + "！款")
    start = time.perf_counter()
    assert turns(tmp_path, r"{regex: {match: ['(还+)+$', '(还|还还)*x', '(.*)*(.*)*z']}}", call) is None
    assert turns(tmp_path, "{text: {any: 还*还*没有}}", call) is None
    assert time.perf_counter() - start < 5


def test_a_side_that_never_speaks_and_a_turn_of_two_lines(tmp_path: Path) -> None:
    assert turns(tmp_path, "{role: customer, text: {none: 还}}", talk("A: 您好")) is None
    assert turns(tmp_path, "{role: agent, text: {any: 今天还}}", talk("A: 您好\n在吗", "A: 今天\n还")) == (2,)
