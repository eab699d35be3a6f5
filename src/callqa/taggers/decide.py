"""Second stage: from the signals of all models to who is on the line, labels, sub-types and calibrated scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from callqa.call import PARTIES, PartyChange
from callqa.features.turns import TurnTable
from callqa.taggers.join import Join, best_threshold, logits_side_by_side, probabilities, stack_columns
from callqa.taggers.outputs import Outputs
from callqa.taggers.party import LISTENER_FLOOR, PartyJoin, follow, listener_logs
from callqa.taggers.signals import Signals

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
I64 = npt.NDArray[np.int64]

SCORE_DIGITS = 4  # scores are rounded so that the last bits of a sum, which depend on the machine, do not show


@dataclass(frozen=True)
class Decisions:
    """``scores`` float64[turns, labels], 0 where the role rules a label out; ``stands`` and ``subtypes`` bool, columns as `Outputs`;
    ``party`` and ``changes`` one a call."""

    scores: F64
    stands: Bools
    subtypes: Bools
    party: Sequence[int]
    changes: Sequence[tuple[PartyChange, ...]]


@dataclass(frozen=True)
class Deciders:
    """Everything fitted on signals. ``thresholds`` {label or label/sub-type: score from which it stands}."""

    party: PartyJoin
    labels: Mapping[str, Join]
    subtypes: Mapping[str, Join]
    thresholds: Mapping[str, float]

    @classmethod
    def fit(cls, table: TurnTable, outputs: Outputs, signals: Signals, gold: Bools, parties: I64, learned: Sequence[str]) -> Deciders:
        """Fit on signals that come from models which had not seen these calls; thresholds give the best F1 on them."""
        party_inputs = party_inputs_of(table, signals)
        party = PartyJoin.fit(party_inputs, parties)
        listeners = Listeners.of(table, outputs, signals, party.log_probabilities(party_inputs))
        labels: dict[str, Join] = {}
        subtypes: dict[str, Join] = {}
        thresholds: dict[str, float] = {}
        for label in learned:
            column = outputs.labels.index(label)
            role = table.agent == outputs.agent[column]
            inputs = columns_of(label_inputs(outputs, signals, listeners, label))[role]
            labels[label] = Join.fit(inputs, gold[role, column])
            scores = probabilities(labels[label].logits(inputs.T)).round(SCORE_DIGITS)
            thresholds[label] = best_threshold(scores, gold[role, column])
            if not outputs.of_label[label]:
                continue
            standing = gold[:, column]
            inputs_sub = subtype_inputs(outputs, signals, label)[standing]
            pooled = []
            for sub in outputs.of_label[label]:
                name = "/".join(outputs.subtypes[sub - len(outputs.labels)])
                subtypes[name] = Join.fit(inputs_sub, gold[standing, sub])
                pooled.append(probabilities(subtypes[name].logits(inputs_sub.T)))
            # One threshold for all sub-types of a label: some have too few examples for a threshold of their own.
            shared = best_threshold(np.concatenate(pooled), np.concatenate([gold[standing, sub] for sub in outputs.of_label[label]]))
            thresholds |= {"/".join(outputs.subtypes[sub - len(outputs.labels)]): shared for sub in outputs.of_label[label]}
        return cls(party, labels, subtypes, thresholds)

    def with_thresholds(self, thresholds: Mapping[str, float]) -> Deciders:
        """The same with other thresholds for some labels."""
        return replace(self, thresholds={**self.thresholds, **thresholds})

    def call_logs(self, table: TurnTable, signals: Signals) -> F64:
        """Log probabilities of who answers, float64[calls, parties]."""
        return self.party.log_probabilities(party_inputs_of(table, signals))

    def decide(self, table: TurnTable, outputs: Outputs, signals: Signals, partly_read: F64 | None = None) -> Decisions:
        """Decide for every turn and call.

        Parameters
        ----------
        partly_read
            Log probabilities of who answers, for calls that the encoder has read in part: the mean over some turns is not the mean over
            all that these deciders learned from.
        """
        logs = self.call_logs(table, signals)
        if partly_read is not None:
            whole = np.array([bool(signals.read[start:end].all()) for start, end in table.bounds])
            logs = np.where(whole[:, None], logs, partly_read)
        scores = np.zeros((len(table), len(outputs.labels)))
        stands = np.zeros((len(table), len(outputs.labels)), dtype=bool)
        subtypes = np.zeros((len(table), outputs.count), dtype=bool)
        listeners = Listeners.of(table, outputs, signals, logs)
        sides = {agent: np.flatnonzero(table.agent == agent) for agent in (False, True)}
        said = {agent: (signals.turns(rows), listeners.turns(rows)) for agent, rows in sides.items()}
        for column, label in enumerate(outputs.labels):
            rows = sides[outputs.agent[column]]
            if label not in self.labels:
                scores[rows, column] = filler_scores(signals)[rows]
                stands[:, column] = has_fillers(signals)
                continue
            inputs = label_inputs(outputs, *said[outputs.agent[column]], label)
            scores[rows, column] = probabilities(self.labels[label].logits(inputs.values())).round(SCORE_DIGITS)
            stands[rows, column] = scores[rows, column] >= self.thresholds[label]
            self._subtypes(subtypes, outputs, signals, label, stands[:, column])
        changes: list[tuple[PartyChange, ...]] = [()] * len(table.calls)
        turn_scores = party_scores(outputs, signals)
        if turn_scores is not None:
            for call, (start, end) in enumerate(table.bounds):
                if signals.read[start:end].any():
                    numbers = [turn.turn for turn in table.calls[call].utterances]
                    changes[call] = follow(logs[call], turn_scores[start:end], table.agent[start:end], numbers)
        return Decisions(scores, stands, subtypes, logs.argmax(axis=1).tolist(), changes)

    def _subtypes(self, out: Bools, outputs: Outputs, signals: Signals, label: str, standing: Bools) -> None:
        """Sub-types of the turns on which a label stands: all over their threshold, the likeliest where none is."""
        columns = outputs.of_label[label]
        rows = np.flatnonzero(standing)
        if not columns or not rows.size:
            return
        names = ["/".join(outputs.subtypes[column - len(outputs.labels)]) for column in columns]
        inputs = subtype_inputs(outputs, signals.turns(rows), label)
        found = probabilities(logits_side_by_side([self.subtypes[name] for name in names], inputs))
        limits = np.array([self.thresholds[name] for name in names])
        over = found >= limits
        alone = ~over.any(axis=1)
        over[alone, (found[alone] / limits).argmax(axis=1)] = True
        out[rows[:, None], np.array(columns)[None, :]] = over


def party_scores(outputs: Outputs, signals: Signals) -> F32 | None:
    """Scores per turn of who listens, where an encoder gave any; turns it has not read say nothing."""
    return None if signals.encoder is None else signals.encoder[:, outputs.count :]


@dataclass(frozen=True)
class Listeners:
    """Log probabilities of who answers each call, and of who listens at each turn; both [turns, parties]."""

    call: F64
    turn: F64

    def turns(self, rows: I64) -> Listeners:
        """Those of some turns."""
        return Listeners(self.call[rows], self.turn[rows])

    @classmethod
    def of(cls, table: TurnTable, outputs: Outputs, signals: Signals, call_logs: F64) -> Listeners:
        """From the calls' log probabilities and, where the encoder has read, the turns' scores."""
        call = np.maximum(call_logs, np.log(LISTENER_FLOOR))[table.call_of]
        turn_scores = party_scores(outputs, signals)
        if turn_scores is None:
            return cls(call, call)
        parts = [
            listener_logs(call_logs[index], turn_scores[start:end], table.agent[start:end])
            for index, (start, end) in enumerate(table.bounds)
        ]
        return cls(call, np.concatenate(parts))


def party_inputs_of(table: TurnTable, signals: Signals) -> F64:
    """Inputs of `PartyJoin`."""
    encoder = signals.encoder
    return PartyJoin.inputs(table, signals.call_party, None if encoder is None else encoder[:, -len(PARTIES) :], signals.read)


def label_inputs(outputs: Outputs, signals: Signals, listeners: Listeners, label: str) -> dict[str, F64]:
    """What the last word on a label is drawn from, by name; float64[turns] each.

    Margins and encoder scores of all labels of its side, its strongest sub-type, who answered and who listens; for a label that
    stands only while the debtor does not listen also its scores weighed by how likely that is.
    """
    column = outputs.labels.index(label)
    side = [index for index in range(len(outputs.labels)) if outputs.agent[index] == outputs.agent[column]]
    found: dict[str, F64] = {}
    weighed: dict[str, F64] = {}
    kinds = outputs.of_label[label]
    if kinds:
        found["kinds strongest sub-type"] = signals.kinds[:, kinds].max(axis=1).astype(np.float64)
    for name, scores in (("linear", signals.margins), ("encoder", signals.encoder)):
        if scores is None:
            continue
        found |= {f"{name} {outputs.labels[index]}": scores[:, index].astype(np.float64) for index in side}
        weighed[f"{name} {label}"] = found[f"{name} {label}"]
        if kinds:
            strongest = scores[:, kinds].max(axis=1).astype(np.float64)
            found[f"{name} strongest sub-type"] = weighed[f"{name} strongest sub-type"] = strongest
    for index, party in enumerate(PARTIES):
        found[f"answered by {party}"] = listeners.call[:, index]
        found[f"heard by {party}"] = listeners.turn[:, index]
        if signals.encoder is not None:
            found[f"encoder {party}"] = signals.encoder[:, outputs.count + index].astype(np.float64)
    if label in outputs.guarded:
        debtor = np.exp(listeners.turn[:, PARTIES.index("debtor")])
        other = np.log(np.maximum(1 - debtor, LISTENER_FLOOR))
        found["not heard by debtor"] = other
        found |= {f"{name}, not heard by debtor": other * scores for name, scores in weighed.items()}
    return found


def columns_of(inputs: Mapping[str, F64]) -> F64:
    """Named inputs side by side."""
    return np.column_stack(list(inputs.values()))


def subtype_inputs(outputs: Outputs, signals: Signals, label: str) -> F64:
    """Margins and encoder scores of all sub-types of a label."""
    columns = outputs.of_label[label]
    parts = [signals.margins[:, columns], signals.kinds[:, columns]]
    if signals.encoder is not None:
        parts.append(signals.encoder[:, columns])
    return stack_columns(parts)


def filler_scores(signals: Signals) -> F64:
    """How likely each turn has a filler."""
    return np.array([turn.score for call in signals.fillers for turn in call], dtype=np.float64).round(SCORE_DIGITS)


def has_fillers(signals: Signals) -> Bools:
    """Which turns have one."""
    return np.array([bool(turn.spans) for call in signals.fillers for turn in call], dtype=bool)


def mixed(full: Decisions, fast: Decisions, read: Bools, table: TurnTable) -> Decisions:
    """Turn by turn the full decision where the turn was read; a call's parties from the full one where any of its turns was."""
    some = [bool(read[start:end].any()) for start, end in table.bounds]
    return Decisions(
        np.where(read[:, None], full.scores, fast.scores),
        np.where(read[:, None], full.stands, fast.stands),
        np.where(read[:, None], full.subtypes, fast.subtypes),
        [(full if any_read else fast).party[call] for call, any_read in enumerate(some)],
        [(full if any_read else fast).changes[call] for call, any_read in enumerate(some)],
    )
