"""First stage: what each model by itself says of every turn, before anything is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from callqa.call import PARTIES, Call
from callqa.features.context import context_features
from callqa.features.lexicon import Lexicon
from callqa.features.turns import TurnTable
from callqa.labels import LabelScheme
from callqa.taggers.fillers import TurnFillers
from callqa.taggers.linear import DENSE_WEIGHT, LinearBank, Vocabulary, fit_bank
from callqa.taggers.outputs import Outputs
from callqa.taggers.party import log_softmax

F32 = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
I64 = npt.NDArray[np.int64]

LABEL_STRENGTH, SUBTYPE_STRENGTH = 30.0, 10.0
PARTY_WEIGHT = 2.0  # of the listener's probabilities against the turn's n-grams


@dataclass(frozen=True)
class Signals:
    """Scores of models that have not seen these calls.

    ``margins`` float32[turns, outputs] of the linear models, 0 where an output has none (filler words, and labels of the other side);
    ``kinds`` float32[turns, outputs] of those that tell a sub-type from all other turns, 0 for labels; ``call_party``
    float32[calls, parties] margins; ``encoder`` float32[turns, outputs + parties] or ``None``; ``read`` turns the encoder read;
    ``fillers`` one list a call, one entry a turn.
    """

    margins: F32
    kinds: F32
    call_party: F32
    encoder: F32 | None
    read: Bools
    fillers: Sequence[Sequence[TurnFillers]]

    def turns(self, rows: I64) -> Signals:
        """What each model says of some turns; what is said of calls, and fillers, stay as they are."""
        encoder = None if self.encoder is None else self.encoder[rows]
        return replace(self, margins=self.margins[rows], kinds=self.kinds[rows], encoder=encoder, read=self.read[rows])

    def of(self, calls: Sequence[int], rows: Bools) -> Signals:
        """Those of some calls only: their indices, and their rows marked."""
        return Signals(
            self.margins[rows],
            self.kinds[rows],
            self.call_party[list(calls)],
            None if self.encoder is None else self.encoder[rows],
            self.read[rows],
            [self.fillers[index] for index in calls],
        )


def learned_labels(scheme: LabelScheme) -> tuple[str, ...]:
    """Labels that a turn as a whole carries; those marked by spans are found span by span."""
    return tuple(label.name for label in scheme if label.marks != "spans")


@dataclass(frozen=True)
class Side:
    """The outputs that may stand on the turns of one side: those of all banks side by side, and how many of each bank."""

    bank: LinearBank
    sizes: tuple[int, ...]

    def part(self, index: int) -> LinearBank:
        """What it has of one of the banks."""
        first = sum(self.sizes[:index])
        return self.bank.part(slice(first, first + self.sizes[index]))


@dataclass(frozen=True)
class LinearModels:
    """Vocabulary and three banks: a label against all turns of its role, a sub-type against its label's turns, and a sub-type against
    all turns of the role (`kinds`): what is said in so many ways as 困难 is found by its kinds where the label as a whole is missed.

    They are kept by side, agent (``True``) and customer, since a turn needs the outputs of its own side only; ``names`` are those of
    each bank as it was fitted.
    """

    vocabulary: Vocabulary
    names: tuple[tuple[str, ...], ...]
    sides: Mapping[bool, Side]

    @classmethod
    def of(cls, vocabulary: Vocabulary, outputs: Outputs, labels: LinearBank, subtypes: LinearBank, kinds: LinearBank) -> LinearModels:
        """From its three banks, fitted on the vocabulary."""
        vocabulary = vocabulary.common_first()
        banks = [bank.ordered(vocabulary) for bank in (labels, subtypes, kinds)]
        sides = {}
        for agent in (False, True):
            parts = [
                [bank.part(run) for run in _runs([outputs.agent[outputs.column[name]] == agent for name in bank.names])] for bank in banks
            ]
            sizes = tuple(sum(len(part.names) for part in of_bank) for of_bank in parts)
            sides[agent] = Side(LinearBank.beside([part for of_bank in parts for part in of_bank]), sizes)
        return cls(vocabulary, tuple(bank.names for bank in banks), sides)

    @cached_property
    def labels(self) -> LinearBank:
        """Labels against all turns of their role."""
        return self._bank(0)

    @cached_property
    def subtypes(self) -> LinearBank:
        """Sub-types against the turns of their label."""
        return self._bank(1)

    @cached_property
    def kinds(self) -> LinearBank:
        """Sub-types against all turns of their role."""
        return self._bank(2)

    def _bank(self, index: int) -> LinearBank:
        """One of the banks as it was fitted."""
        parts = [side.part(index) for side in self.sides.values()]
        of_name = {name: part.part(slice(place, place + 1)) for part in parts for place, name in enumerate(part.names)}
        return LinearBank.beside([parts[0].part(slice(0, 0)), *(of_name[name] for name in self.names[index])])

    @classmethod
    def fit(cls, table: TurnTable, scheme: LabelScheme, unseen_party: F32, lexicon: Lexicon, *, seed: int) -> LinearModels:
        """Fit on labelled calls.

        Parameters
        ----------
        unseen_party
            Margins of every call by party models that had not seen it: what calls to be tagged will have is what labels are learned
            with.
        """
        vocabulary = Vocabulary.fit(table)
        counted = vocabulary.count(table)
        design = vocabulary.design(table, counted)
        dense = dense_features(table, lexicon, unseen_party)
        outputs = Outputs.of(scheme)
        labels, subtypes, kinds = bank_targets(scheme, table, outputs.gold(table.calls))
        return cls.of(
            vocabulary,
            outputs,
            fit_bank(design, dense, labels, strength=dict.fromkeys(labels, LABEL_STRENGTH), seed=seed),
            fit_bank(design, dense, subtypes, strength=dict.fromkeys(subtypes, SUBTYPE_STRENGTH), seed=seed),
            fit_bank(design, dense, kinds, strength=dict.fromkeys(kinds, SUBTYPE_STRENGTH), seed=seed),
        )

    def margins(self, table: TurnTable, outputs: Outputs, lexicon: Lexicon, call_party: F32) -> tuple[F32, F32]:
        """``margins`` and ``kinds`` of `Signals`, both float32[turns, outputs]."""
        counted = self.vocabulary.count(table)
        dense = dense_features(table, lexicon, call_party)
        margins, kinds = (np.zeros((len(table), outputs.count), dtype=np.float32) for _ in range(2))
        for agent, side in self.sides.items():
            rows = np.flatnonzero(table.agent == agent)
            scores = side.bank.scores(table, counted, dense, rows)
            columns = [outputs.column[name] for name in side.bank.names]
            kinds_from = side.sizes[0] + side.sizes[1]
            for found, some in ((margins, slice(0, kinds_from)), (kinds, slice(kinds_from, None))):
                of_rows = np.zeros((rows.size, outputs.count), dtype=np.float32)
                of_rows[:, columns[some]] = scores[:, some]
                found[rows] = of_rows
        return margins, kinds


def _runs(marked: Sequence[bool]) -> list[slice]:
    """Where marks stand side by side; one empty slice where there is no mark."""
    edges = np.flatnonzero(np.diff([False, *marked, False])).tolist()
    return [slice(*edge) for edge in zip(edges[::2], edges[1::2], strict=True)] or [slice(0, 0)]


Targets = dict[str, tuple[Bools, Bools]]


def bank_targets(scheme: LabelScheme, table: TurnTable, gold: Bools) -> tuple[Targets, Targets, Targets]:
    """For labels, sub-types and kinds: output → (rows to learn from, gold of every row)."""
    outputs = Outputs.of(scheme)
    labels: Targets = {}
    subtypes: Targets = {}
    kinds: Targets = {}
    for label in learned_labels(scheme):
        column = outputs.labels.index(label)
        role = table.agent == outputs.agent[column]
        labels[label] = (role, gold[:, column])
        for sub in outputs.of_label[label]:
            name = "/".join(outputs.subtypes[sub - len(outputs.labels)])
            subtypes[name] = (gold[:, column], gold[:, sub])
            kinds[name] = (role, gold[:, sub])
    return labels, subtypes, kinds


def dense_features(table: TurnTable, lexicon: Lexicon, call_party: F32) -> F32:
    """Context features and who is on the line, float32[turns, …]."""
    listener = np.exp(log_softmax(call_party)).astype(np.float32) * np.float32(PARTY_WEIGHT / DENSE_WEIGHT)
    return context_features(table, lexicon, listener[table.call_of])


def gold_parties(calls: Sequence[Call]) -> I64:
    """Index into `PARTIES` of who answers each call, in gold."""
    return np.array([PARTIES.index(call.party or "unknown") for call in calls], dtype=np.int64)
