"""One model folder, loaded: transcripts in, tagged calls out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import compress, count, repeat
from pathlib import Path

import numpy as np
import numpy.typing as npt

from callqa.call import EMPTY, PARTIES, Call, Span, Utterance, make_utterance
from callqa.features.lexicon import Lexicon
from callqa.features.turns import TurnTable
from callqa.labels import LabelScheme
from callqa.shipped import DEFAULT_MODEL, shipped_path
from callqa.taggers.decide import Deciders, Decisions, mixed
from callqa.taggers.deferred import DeferredNeighbours
from callqa.taggers.encoder_scores import EncoderScores
from callqa.taggers.evidence import evidence_spans
from callqa.taggers.fillers import FillerTagger
from callqa.taggers.neighbours import Neighbours
from callqa.taggers.operating import Curves, thresholds_at
from callqa.taggers.outputs import Outputs
from callqa.taggers.party import CallParty
from callqa.taggers.signals import LinearModels, Signals

F32 = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

SURE_OF_PARTY = 0.8  # probability from which who answered is not in doubt


@dataclass(frozen=True)
class Model:
    """Everything that tagging needs.

    ``full`` and ``fast`` decide with and without the encoder; a turn goes through the encoder (the cascade) where the fast score of a
    label lies between its ``doubt`` and one less that; ``encoder`` is ``None`` for a model trained without one; ``neighbours`` are
    training turns to show; ``curves`` scores on unseen calls, ``"full"`` and ``"fast"``.
    """

    name: str
    sha256: str
    scheme: LabelScheme
    lexicon: Lexicon
    party: CallParty
    linear: LinearModels
    fillers: FillerTagger
    encoder: EncoderScores | None
    fast: Deciders
    full: Deciders | None
    doubt: Mapping[str, float]
    neighbours: Neighbours | DeferredNeighbours | None
    curves: Mapping[str, Curves]

    @cached_property
    def outputs(self) -> Outputs:
        """Columns of the model's scores."""
        return Outputs.of(self.scheme)

    @property
    def thresholds(self) -> Mapping[str, float]:
        """Score from which a label, or a label/sub-type, stands."""
        return self.thresholds_at(fast=False)

    def thresholds_at(self, *, fast: bool) -> Mapping[str, float]:
        """Thresholds of one speed."""
        return self.fast.thresholds if fast or self.full is None else self.full.thresholds

    def with_thresholds(self, thresholds: Mapping[str, float]) -> Model:
        """The model with other thresholds for some labels, at both speeds."""
        full = None if self.full is None else self.full.with_thresholds(thresholds)
        return replace(self, fast=self.fast.with_thresholds(thresholds), full=full)

    def at(self, point: str) -> Model:
        """The model at an operating point such as ``precision=0.95``, by what it scored on calls it had not seen."""
        full = None if self.full is None else self.full.with_thresholds(thresholds_at(self.curves["full"], point))
        return replace(self, fast=self.fast.with_thresholds(thresholds_at(self.curves["fast"], point)), full=full)

    def signals(self, table: TurnTable, *, fast: bool) -> Signals:
        """What each model by itself says of the calls; without ``fast`` the encoder reads the turns in doubt."""
        call_party = self.party.scores(table)
        margins, kinds = self.linear.margins(table, self.outputs, self.lexicon, call_party)
        spanned = [label for label in self.outputs.labels if label not in self.fast.labels]
        fillers = self.fillers.tag(table.calls, threshold=self.thresholds[spanned[0]] if spanned else None)
        signals = Signals(margins, kinds, call_party, None, np.zeros(len(table), dtype=bool), fillers)
        if fast or self.encoder is None:
            return signals
        read = self.in_doubt(table, signals)
        return replace(signals, encoder=align(self.encoder.scores(table, read), self.encoder.outputs, self.outputs), read=read)

    def in_doubt(self, table: TurnTable, signals: Signals) -> Bools:
        """Turns for the encoder: those whose fast score of some label lies in doubt, the turn before each, and whole calls where it is
        in doubt who answered."""
        scores = self.fast.decide(table, self.outputs, signals).scores
        columns = [self.outputs.labels.index(label) for label in self.doubt]
        low = np.array(list(self.doubt.values()))
        doubt: Bools = np.any((scores[:, columns] >= low) & (scores[:, columns] <= 1 - low), axis=1)
        read = doubt.copy()
        before, there = table.neighbour(-1)
        read[before[doubt & there]] = True
        sure = np.exp(self.fast.call_logs(table, replace(signals, encoder=None)).max(axis=1)) >= SURE_OF_PARTY
        read[~sure[table.call_of]] = True
        return read

    def decide(self, table: TurnTable, signals: Signals) -> Decisions:
        """Decisions of the full model where the encoder has read, of the fast one elsewhere."""
        if self.full is not None and signals.encoder is not None and signals.read.all():
            return self.full.decide(table, self.outputs, signals)
        unread = replace(signals, encoder=None)
        fast = self.fast.decide(table, self.outputs, unread)
        if self.full is None or signals.encoder is None or not signals.read.any():
            return fast
        full = self.full.decide(table, self.outputs, signals, partly_read=self.fast.call_logs(table, unread))
        return mixed(full, fast, signals.read, table)

    def tag(self, calls: Sequence[Call], *, fast: bool = False) -> list[Call]:
        """Calls with labels, sub-types, filler spans, scores, evidence and who is on the line.

        Gold fields are not looked at, and a call's result does not depend on the other calls.

        Parameters
        ----------
        fast
            Leave the sentence encoder out: several times as fast, a little less right (model card).
        """
        if not calls:
            return []
        table = TurnTable.of(calls)
        signals = self.signals(table, fast=fast)
        return self.assemble(table, signals, self.decide(table, signals))

    def assemble(self, table: TurnTable, signals: Signals, decisions: Decisions) -> list[Call]:
        """Decisions as calls."""
        turns = [turn for call in table.calls for turn in call.utterances]
        fillers = [turn.spans for call in signals.fillers for turn in call]
        names = self.outputs.labels
        labels: list[tuple[str, ...]] = [()] * len(turns)
        for row, column in _marked(decisions.stands):
            labels[row] = (*labels[row], names[column])
        subtypes: list[Mapping[str, tuple[str, ...]]] = [EMPTY] * len(turns)
        for row, column in _marked(decisions.subtypes):
            label, name = self.outputs.subtypes[column - len(names)]
            subtypes[row] = {**subtypes[row], label: (*subtypes[row].get(label, ()), name)}
        evidence = self._evidence(table, turns, labels, fillers)
        columns = zip(turns, labels, subtypes, fillers, self._scores(table, decisions), evidence, strict=True)
        tagged = [
            make_utterance(
                turn.turn, turn.speaker, turn.text, turn.start_ms, turn.end_ms, stand, kinds, spans, None, scores, spoke, turn.extra
            )
            for turn, stand, kinds, spans, scores, spoke in columns
        ]
        return [
            replace(
                call,
                utterances=tuple(tagged[start:end]),
                party=PARTIES[decisions.party[index]],
                party_from=decisions.changes[index],
                flags=(),
                score=None,
                promise=EMPTY,
                model=self.name,
                labelled=True,
            )
            for index, (call, (start, end)) in enumerate(zip(table.calls, table.bounds, strict=True))
        ]

    def _scores(self, table: TurnTable, decisions: Decisions) -> list[dict[str, float]]:
        """Per turn the scores of the labels of its side."""
        found: list[dict[str, float]] = [{}] * len(table)
        for agent in (False, True):
            columns = [column for column in range(len(self.outputs.labels)) if self.outputs.agent[column] == agent]
            names = [self.outputs.labels[column] for column in columns]
            rows = np.flatnonzero(table.agent == agent)
            of_rows = map(dict, map(zip, repeat(names), decisions.scores[rows[:, None], columns].tolist()))
            for row, scores in zip(rows.tolist(), of_rows, strict=True):
                found[row] = scores
        return found

    def _evidence(
        self, table: TurnTable, turns: Sequence[Utterance], labels: Sequence[tuple[str, ...]], fillers: Sequence[tuple[Span, ...]]
    ) -> list[Mapping[str, tuple[Span, ...]]]:
        """Per turn the spans of each of its ``labels``."""
        found: list[Mapping[str, tuple[Span, ...]]] = [EMPTY] * len(turns)
        bank = self.linear.labels
        place = {name: column for column, name in enumerate(bank.names)}
        linear: list[tuple[int, str]] = []
        for row in compress(count(), labels):
            for label in labels[row]:
                if label in place:
                    linear.append((row, label))
                else:
                    found[row] = {**found[row], label: fillers[row]}
        rows = [row for row, _ in linear]
        texts = [turns[row].text for row in rows]
        edged = [table.distinct[index] for index in table.text_of[rows].tolist()]
        spans = evidence_spans(self.linear.vocabulary, bank, texts, edged, [place[label] for _, label in linear])
        for (row, label), of_label in zip(linear, spans, strict=True):
            if of_label:
                found[row] = {**found[row], label: of_label}
        return found


def _marked(mask: Bools) -> Iterator[tuple[int, int]]:
    """Row and column of every mark, row by row."""
    rows, columns = np.nonzero(mask)
    return zip(rows.tolist(), columns.tolist(), strict=True)


def align(scores: F32, given: Outputs, wanted: Outputs) -> F32:
    """Columns of an encoder's scores in the order of a model's outputs; zero for outputs the encoder does not know."""
    if (given.labels, given.subtypes) == (wanted.labels, wanted.subtypes):
        return scores
    out = np.zeros((len(scores), wanted.count + len(PARTIES)), dtype=np.float32)
    known = {name: column for column, name in enumerate((*given.labels, *given.subtypes))}
    for column, name in enumerate((*wanted.labels, *wanted.subtypes)):
        if name in known:
            out[:, column] = scores[:, known[name]]
    out[:, wanted.count :] = scores[:, given.count :]
    return out


def load_model(path: Path | None = None, *, hf: Path | None = None) -> Model:
    """Load a model folder; the shipped one where no path is given.

    Parameters
    ----------
    hf
        Folder of the Hugging Face encoder, for a model that was trained with one.

    Raises
    ------
    ModelError
        Names the file that is missing, damaged, not the one that the manifest describes, or of an unknown format.
    """
    from callqa.taggers.store import load

    return load(shipped_path(DEFAULT_MODEL) if path is None else path, hf=hf)
