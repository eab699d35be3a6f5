"""Figures of a whole call that a policy may set limits to. ``None`` where a call lacks what a figure needs: no rule fires on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from callqa.policy.conditions import MeasureName
from callqa.policy.facts import Facts

Figure = float | None


def _duration(facts: Facts) -> Figure:
    starts, ends = ([time for time in times if time is not None] for times in facts.times)
    return (max(ends) - min(starts)) / 1000 if starts and ends else None


def _fillers(facts: Facts) -> Figure:
    return sum([len(turn.fillers) for turn in facts.call.utterances])


def _fillers_per_100_chars(facts: Facts) -> Figure:
    return 100 * sum([len(turn.fillers) for turn in facts.call.utterances]) / facts.agent_chars if facts.agent_chars else None


def _longest_silence(facts: Facts) -> Figure:
    return max(max(facts.known_gaps), 0.0) if facts.known_gaps else None


def _silence_share(facts: Facts) -> Figure:
    duration = _duration(facts)
    return sum(gap for gap in facts.known_gaps if gap > 0) / duration if duration else None


def _agent_talk_share(facts: Facts) -> Figure:
    agent = facts.talk_ms("agent")
    total = agent + facts.talk_ms("customer")
    return agent / total if total else None


def _agent_chars_per_second(facts: Facts) -> Figure:
    talk = facts.talk_ms("agent")
    return facts.agent_chars * 1000 / talk if talk else None


def _overlaps(facts: Facts) -> Figure:
    return sum(gap < 0 for gap in facts.known_gaps) if facts.known_gaps else None


def _overlap_seconds(facts: Facts) -> Figure:
    return -sum(gap for gap in facts.known_gaps if gap < 0) if facts.known_gaps else None


MEASURES: dict[MeasureName, tuple[Callable[[Facts], Figure], str]] = {
    "turns": (lambda facts: facts.count, "轮数 | turns"),
    "agent_turns": (lambda facts: facts.agent.bit_count(), "坐席轮数 | agent turns"),
    "customer_turns": (lambda facts: facts.customer.bit_count(), "对方轮数 | customer turns"),
    "duration": (_duration, "通话秒数 | length in seconds"),
    "fillers": (_fillers, "语气词数 | filler words"),
    "fillers_per_100_chars": (_fillers_per_100_chars, "每百字语气词数 | filler words per 100 characters of the agent"),
    "longest_silence": (_longest_silence, "最长静默（秒） | longest silence in seconds"),
    "silence_share": (_silence_share, "静默占比 | share of the call that is silence, 0 to 1"),
    "agent_talk_share": (_agent_talk_share, "坐席说话占比 | agent's share of speaking time, 0 to 1"),
    "agent_chars_per_second": (_agent_chars_per_second, "坐席语速（字/秒） | agent's speaking rate, characters a second"),
    "overlaps": (_overlaps, "抢话次数 | turns begun before the other side had ended"),
    "overlap_seconds": (_overlap_seconds, "抢话秒数 | seconds of such overlap"),
}
if set(MEASURES) != set(get_args(MeasureName)):
    raise RuntimeError("every measure of the language needs its function")
