"""What the columns of a score matrix mean: labels, then (label, sub-type) pairs; parties have a matrix of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from callqa.call import PARTIES, Call
from callqa.labels import LabelScheme

Bools = npt.NDArray[np.bool_]
I64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Outputs:
    """Columns of a label scheme.

    Examples
    --------
    >>> from callqa.labels import load_scheme
    >>> outputs = Outputs.of(load_scheme())
    >>> outputs.labels[0], outputs.subtypes[0], outputs.agent[0], outputs.count
    ('pressure_tactic', ('pressure_tactic', 'consequence_notice'), True, 38)
    """

    labels: tuple[str, ...]
    subtypes: tuple[tuple[str, str], ...]
    agent: tuple[bool, ...]  # per column: does it stand on agent turns?
    guarded: tuple[str, ...] = ()  # labels that stand only while the debtor does not listen

    @classmethod
    def of(cls, scheme: LabelScheme) -> Outputs:
        """The columns for a label scheme."""
        subtypes = tuple((label.name, sub.name) for label in scheme for sub in label.subtypes)
        roles = [scheme[name].role for name in (*scheme.names, *(label for label, _ in subtypes))]
        guarded = tuple(label.name for label in scheme if label.listener == "not_debtor")
        return cls(scheme.names, subtypes, tuple(role == "agent" for role in roles), guarded)

    @property
    def count(self) -> int:
        """Columns in all."""
        return len(self.labels) + len(self.subtypes)

    @cached_property
    def column(self) -> dict[str, int]:
        """Label, or label/sub-type → its column."""
        return {name: index for index, name in enumerate((*self.labels, *map("/".join, self.subtypes)))}

    @cached_property
    def of_label(self) -> dict[str, list[int]]:
        """Label → columns of its sub-types."""
        found: dict[str, list[int]] = {name: [] for name in self.labels}
        for index, (label, _) in enumerate(self.subtypes):
            found[label].append(len(self.labels) + index)
        return found

    def gold(self, calls: Sequence[Call]) -> Bools:
        """Which labels and sub-types stand: bool[turns of all calls, count]."""
        column = {name: index for index, name in enumerate((*self.labels, *self.subtypes))}
        out = np.zeros((sum(len(call.utterances) for call in calls), self.count), dtype=bool)
        turns = (turn for call in calls for turn in call.utterances)
        for row, turn in enumerate(turns):
            for label in turn.labels:
                out[row, column[label]] = True
            for label, names in turn.subtypes.items():
                for name in names:
                    out[row, column[label, name]] = True
        return out


def gold_listeners(calls: Sequence[Call]) -> I64:
    """Index into `PARTIES` of who is on the line at each turn of all calls, in gold."""
    parties = [call.party_at(turn.turn) or "unknown" for call in calls for turn in call.utterances]
    return np.array([PARTIES.index(party) for party in parties], dtype=np.int64)
