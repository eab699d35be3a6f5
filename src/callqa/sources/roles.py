"""Who of the speakers of a transcript is the agent: by name, by the user's word, else by what is said."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

from callqa.call import Speaker

# Names of speakers that say their role, as systems and people write them (compared in lower case, blanks and colons taken off).
AGENT_NAMES = frozenset(
    {"agent", "坐席", "座席", "客服", "催收员", "催收", "专员", "员工", "客服人员",
     "坐席员", "业务员", "话务员", "主叫", "operator", "representative", "staff", "advisor"}
)  # fmt: skip
CUSTOMER_NAMES = frozenset(
    {"customer", "客户", "用户", "债务人", "卡人", "本人", "对方", "被叫", "顾客",
     "来电人", "联系人", "三方", "client", "caller", "callee", "user", "debtor"}
)  # fmt: skip
# Differences of two speakers' scores become confidence by a logistic curve; this steepness fits calls not seen (tools/role_words.py).
_STEEPNESS = 20.0


class Roles(NamedTuple):
    """Which role each speaker has; ``confidence`` is below 1 where it was inferred from the words."""

    by_speaker: Mapping[str, Speaker]
    confidence: float = 1.0


def role_of_name(name: str) -> Speaker | None:
    """The role that a speaker's name says, ``None`` where it says none.

    Examples
    --------
    >>> role_of_name("坐席："), role_of_name("SPEAKER_00")
    ('agent', None)
    """
    plain = name.strip().strip(":：[]【】").strip().lower()
    if plain in AGENT_NAMES:
        return "agent"
    return "customer" if plain in CUSTOMER_NAMES else None


def assign_roles(turns: Sequence[tuple[str, str]], agent: str | None = None) -> Roles:
    """Roles of the speakers of one call.

    Parameters
    ----------
    turns
        ``(speaker, text)`` in order.
    agent
        The speaker who is the agent, where the user has said so; others are the customer's side.

    Examples
    --------
    >>> roles = assign_roles([("0", "喂，哪位"), ("1", "您好，这里是恒通银行信用卡中心，请问是王先生吗"), ("0", "我是，你说")])
    >>> dict(roles.by_speaker), roles.confidence > 0.9
    ({'0': 'customer', '1': 'agent'}, True)
    """
    speakers = list(dict.fromkeys(speaker for speaker, _ in turns))
    if agent is not None:
        return Roles({speaker: "agent" if speaker == agent else "customer" for speaker in speakers})
    named = {speaker: role_of_name(speaker) for speaker in speakers}
    if all(named.values()):
        return Roles({speaker: role for speaker, role in named.items() if role})
    if any(role == "agent" for role in named.values()):  # 坐席 and a customer called by name
        return Roles({speaker: role or "customer" for speaker, role in named.items()})
    scores = {
        speaker: agent_score([text for who, text in turns if who == speaker], role_weights())
        for speaker in speakers
        if named[speaker] is None
    }
    best = max(scores, key=lambda speaker: scores[speaker])
    rest = [score for speaker, score in scores.items() if speaker != best]
    if not rest and len(speakers) == 1:  # one channel alone: its words must speak for themselves
        role: Speaker = "agent" if scores[best] > 0 else "customer"
        return Roles({best: role}, certainty(abs(scores[best])))
    by_speaker: dict[str, Speaker] = {speaker: "agent" if speaker == best else "customer" for speaker in speakers}
    return Roles(by_speaker, certainty(scores[best] - max(rest)) if rest else 1.0)


def pairs(text: str) -> set[str]:
    """Pairs of neighbouring characters, begin and end marked.

    Examples
    --------
    >>> sorted(pairs("您好"))
    ['^您', '好$', '您好']
    """
    marked = f"^{text}$"
    return {marked[i : i + 2] for i in range(len(marked) - 1)}


def agent_score(texts: Iterable[str], weights: Mapping[str, float]) -> float:
    """Mean log odds, over all pairs of characters, that the agent says this."""
    found = [pair for text in texts for pair in pairs(text)]
    return sum(weights.get(pair, 0.0) for pair in found) / max(len(found), 1)


def certainty(difference: float) -> float:
    """Confidence in a difference of scores, from 0.5 to just below 1: what is inferred is never certain."""
    return min(1 / (1 + math.exp(-_STEEPNESS * difference)), 0.999)


@cache
def role_weights() -> Mapping[str, float]:
    """Log odds of pairs of characters; of the calls they were not made from, 98 in a hundred are told rightly."""
    text = resources.files("callqa.sources").joinpath("role_words.tsv").read_text(encoding="utf-8")
    rows = (line.rsplit("\t", 1) for line in text.splitlines() if not line.startswith("# "))
    return {pair: float(weight) for pair, weight in rows}
