"""Calls by hand in a line, and policies of one rule around a condition."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from callqa.call import Call, Flag, Utterance
from callqa.labels import load_scheme
from callqa.policy import DayContacts, Policy, apply_policy, load_policy

SCHEME = load_scheme()
HEAD = "format: 1\nname: tiny\ntitle: {zh: 小, en: Tiny}\n"
RULE = """rules:
  - code: RULE
    name: {zh: 规则, en: Rule}
    why: {zh: 因为, en: Because, source: guide}
    severity: caution
    points: 10
    advice: {zh: 改, en: Change}
    when: """


def talk(*turns: str, tags: dict[int, str] | None = None, times: list[tuple[float, float]] | None = None, **fields: Any) -> Call:
    """Turns such as "A: 您好"; ``tags`` {turn: "label/sub-type label2"}; ``times`` start and end in seconds."""
    made = []
    for number, spoken in enumerate(turns, 1):
        side, _, text = spoken.partition(": ")
        subs: dict[str, tuple[str, ...]] = {}
        for tag in ((tags or {}).get(number) or "").split():
            label, _, sub = tag.partition("/")
            subs[label] = (*subs.get(label, ()), *([sub] if sub else []))
        labels = tuple(label for label in SCHEME.names if label in subs)
        start, end = (round(1000 * second) for second in times[number - 1]) if times else (None, None)
        made.append(
            Utterance(number, "agent" if side == "A" else "customer", text, start, end, labels, {k: v for k, v in subs.items() if v})
        )
    start = fields.pop("started_at", "2026-03-05T10:00:00+08:00")
    return Call("c1", tuple(made), started_at=start and datetime.fromisoformat(start), **fields)


def policy_of(tmp_path: Path, when: str, *, head: str = "", fields: str = "", tail: str = "") -> Policy:
    """A policy of one rule, code RULE, that fires under ``when`` (YAML in one line)."""
    path = tmp_path / "tiny.yaml"
    path.write_text(HEAD + head + RULE + when + "\n" + fields + tail, encoding="utf-8")
    return load_policy(path)


def flag(tmp_path: Path, when: str, call: Call, *, head: str = "", day: DayContacts | None = None) -> Flag | None:
    """The flag that a condition raises on a call."""
    flagged = apply_policy(call, policy_of(tmp_path, when, head=head), SCHEME, day)
    return flagged.flags[0] if flagged.flags else None


def turns(tmp_path: Path, when: str, call: Call, *, head: str = "") -> tuple[int, ...] | None:
    """The turns that a turn condition picks, ``None`` where there are none."""
    raised = flag(tmp_path, f"{{turn: {when}}}", call, head=head)
    return None if raised is None else raised.turns
