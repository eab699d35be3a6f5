"""What a run counts: calls, turns, labels, flags and rejects. Counts of chunks add up to those of the run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from callqa.call import Call
from callqa.sources import Reject


@dataclass(slots=True)
class Counts:
    """Tallies of a chunk or a run.

    Examples
    --------
    >>> from callqa.call import Call, Utterance
    >>> counts = Counts()
    >>> counts.add_calls([Call("c1", (Utterance(1, "agent", "您好"), Utterance(2, "customer", "你好")))])
    >>> counts.calls, counts.turns
    (1, 2)
    """

    calls: int = 0
    turns: int = 0
    labels: Counter[str] = field(default_factory=Counter)  # turns that carry the label
    flags: Counter[str] = field(default_factory=Counter)  # calls that carry the flag
    severities: Counter[str] = field(default_factory=Counter)  # flags by severity
    rejects: Counter[str] = field(default_factory=Counter)  # by field and reason

    @property
    def rejected(self) -> int:
        """Inputs that were refused, whatever the reason."""
        return sum(self.rejects.values())

    def add_calls(self, calls: Sequence[Call]) -> None:
        """Count analysed calls."""
        self.calls += len(calls)
        self.turns += sum([len(call.utterances) for call in calls])
        self.labels.update([label for call in calls for turn in call.utterances for label in turn.labels])
        self.flags.update([code for call in calls for code in {flag.code for flag in call.flags}])
        self.severities.update([flag.severity for call in calls for flag in call.flags])

    def add_rejects(self, rejects: Iterable[Reject]) -> None:
        """Count refused inputs."""
        self.rejects.update(reject_kind(reject) for reject in rejects)

    def add(self, other: Counts) -> None:
        """Add the counts of another piece of work."""
        self.calls += other.calls
        self.turns += other.turns
        self.labels.update(other.labels)
        self.flags.update(other.flags)
        self.severities.update(other.severities)
        self.rejects.update(other.rejects)

    def to_json(self) -> dict[str, Any]:
        """As ``run.json`` and checkpoints hold it."""
        return {
            "calls": self.calls,
            "turns": self.turns,
            "rejected": self.rejected,
            "labels": dict(sorted(self.labels.items())),
            "flags": dict(sorted(self.flags.items())),
            "severities": dict(sorted(self.severities.items())),
            "rejects": dict(sorted(self.rejects.items())),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Counts:
        """Read back what `to_json` wrote."""
        tallies = {name: Counter(data[name]) for name in ("labels", "flags", "severities", "rejects")}
        return cls(calls=data["calls"], turns=data["turns"], **tallies)


def reject_kind(reject: Reject) -> str:
    """A reject's field and reason without its place and particulars, so that the same fault in two lines is one kind.

    Examples
    --------
    >>> from callqa.sources import Reject
    >>> reject_kind(Reject("a.jsonl", 3, "utterances[12].speaker", "is not known", "c1"))
    'utterances[].speaker: is not known'
    >>> reject_kind(Reject("a.jsonl", 3, None, "is not valid JSON (column 7)"))
    'is not valid JSON'
    """
    reason = re.split(r" \(|: ", reject.reason, maxsplit=1)[0]
    if reject.field is None:
        return reason
    return f"{re.sub(r'[0-9]+(?=])', '', reject.field)}: {reason}"
