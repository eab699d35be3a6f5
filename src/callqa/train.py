"""Training: from labelled calls to a model folder, with figures on calls that the models behind them had not seen.

Every stage learns from what the stage below says of calls it has not seen: the linear models from party margins out of fold, the
deciders from margins, encoder scores and filler scores out of fold. Folds are whole writers (corpus files), or calls where asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed

from callqa.call import PARTIES, Call
from callqa.errors import InputError
from callqa.features.encoder import HuggingFaceEncoder
from callqa.features.lexicon import load_lexicon
from callqa.features.turns import TurnTable
from callqa.labels import LabelScheme
from callqa.privacy import mask_call
from callqa.sources import list_inputs, read_labelled
from callqa.taggers.decide import Deciders, Decisions, mixed
from callqa.taggers.encoder_scores import EncoderScores, TunedScores, unseen_scores
from callqa.taggers.fillers import FillerTagger, TurnFillers
from callqa.taggers.model import Model, align
from callqa.taggers.neighbours import Neighbours
from callqa.taggers.operating import Curve
from callqa.taggers.outputs import Outputs, gold_listeners
from callqa.taggers.party import CallParty
from callqa.taggers.signals import LinearModels, Signals, gold_parties, learned_labels
from callqa.taggers.vector_fit import fit_vector_scores

F32 = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
I64 = npt.NDArray[np.int64]
Report = Callable[[str], None]

FOLDS = 6
SEED = 20261124
# A turn goes through the encoder where the fast score of a label is at least this and at most one less this; of a label that hangs on
# who listens, which the encoder knows best, the second. By-writer choice, share and cost in docs/decisions.md.
DOUBT, GUARDED_DOUBT = 0.15, 0.03


@dataclass(frozen=True)
class TrainingSet:
    """Labelled calls, the file each came from (its writer) and the hash of each file.

    The first ``counted`` calls are those that figures, thresholds and deciders come from; the rest are only learned from.
    """

    calls: tuple[Call, ...]
    writers: tuple[str, ...]
    files: dict[str, str]
    counted: int

    @property
    def counted_calls(self) -> tuple[Call, ...]:
        """Those that figures are computed on."""
        return self.calls[: self.counted]

    @property
    def counted_writers(self) -> tuple[str, ...]:
        """The writer of each counted call."""
        return self.writers[: self.counted]


@dataclass(frozen=True)
class Unseen:
    """What cross-validation gives: signals of every counted call by models that had not seen it, and its fold; ``call_party`` are the
    party margins of all calls of the training set, by models that had not seen them."""

    table: TurnTable
    signals: Signals
    folds: I64
    call_party: F32


@dataclass(frozen=True)
class Trained:
    """A model and the calls as it would have tagged them unseen, with and without the encoder."""

    model: Model
    full: tuple[Call, ...]
    fast: tuple[Call, ...]
    read_share: float  # of the turns that the cascade sends through the encoder


def read_training(paths: Sequence[Path], scheme: LabelScheme, also: Sequence[Path] = ()) -> TrainingSet:
    """Labelled calls of files and folders, one file a writer's world.

    Parameters
    ----------
    also
        Files and folders of calls that are learned from and never counted in a figure.

    Raises
    ------
    InputError
        A line is not a valid labelled call, a call stands twice, or there is none.
    """
    calls: list[Call] = []
    writers: list[str] = []
    hashes: dict[str, str] = {}
    counted = 0
    for given in (paths, also):
        for path in list_inputs(given) if given else ():
            found = read_labelled([path], scheme)
            calls += found
            writers += [path.name.split(".")[0]] * len(found)
            hashes[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
        counted = counted or len(calls)
    seen: set[str] = set()
    for call in calls:
        if call.call_id in seen:
            raise InputError(f"call {call.call_id} stands twice in the training data", field="call_id")
        seen.add(call.call_id)
    if counted < 2:
        raise InputError("training needs at least two labelled calls")
    return TrainingSet(tuple(calls), tuple(writers), hashes, counted)


def folds_of(groups: Sequence[str], folds: int = FOLDS) -> I64:
    """Fold of each call: whole groups, neighbours by name together; as many folds as groups where there are fewer."""
    names = sorted(set(groups))
    count = min(folds, len(names))
    return np.array([names.index(group) * count // len(names) for group in groups], dtype=np.int64)


def group_names(data: TrainingSet, group: str) -> Sequence[str]:
    """What a fold keeps together: writers, or calls where asked or where there is one writer only."""
    if group == "call" or len(set(data.counted_writers)) < 2:
        return [hashlib.sha256(call.call_id.encode()).hexdigest() for call in data.calls]
    return data.writers


def fold_numbers(data: TrainingSet, group: str) -> I64:
    """Fold of each call; the calls that are not counted are spread over the folds of those that are."""
    names, counted = group_names(data, group), data.counted
    folds = folds_of(names[:counted])
    return np.concatenate([folds, folds_of(names[counted:], int(folds.max()) + 1)])


def cross_validate(
    data: TrainingSet, scheme: LabelScheme, scores: F32 | None, *, group: str, seed: int, jobs: int, report: Report
) -> Unseen:
    """Signals of every call by models fitted on the other folds.

    Parameters
    ----------
    scores
        Encoder scores of all turns of the counted calls by encoders that had not seen them, or ``None``.
    """
    table = TurnTable.of(data.calls)
    folds = fold_numbers(data, group)
    count = int(folds.max()) + 1
    report(f"party and filler models, {count} folds")
    first = Parallel(n_jobs=jobs)(delayed(_first_pass)(data.calls, folds != fold, seed) for fold in range(count))
    call_party = np.zeros((len(data.calls), len(PARTIES)), dtype=np.float32)
    fillers: list[Sequence[TurnFillers]] = [()] * len(data.calls)
    for fold, (margins, found) in enumerate(first):
        held = np.flatnonzero(folds == fold)
        call_party[held] = margins
        for index, turns in zip(held.tolist(), found, strict=True):
            fillers[index] = turns
    report(f"linear models, {count} folds")
    second = Parallel(n_jobs=jobs)(delayed(_second_pass)(data.calls, scheme, call_party, folds != fold, seed) for fold in range(count))
    margins = np.zeros((len(table), Outputs.of(scheme).count), dtype=np.float32)
    kinds = np.zeros_like(margins)
    for fold, (of_outputs, of_kinds) in enumerate(second):
        held_rows = (folds == fold)[table.call_of]
        margins[held_rows], kinds[held_rows] = of_outputs, of_kinds
    counted = TurnTable.of(data.counted_calls)
    turns = len(counted)
    signals = Signals(
        margins[:turns],
        kinds[:turns],
        call_party[: data.counted],
        scores,
        np.full(turns, scores is not None),
        fillers[: data.counted],
    )
    return Unseen(counted, signals, folds[: data.counted], call_party)


def _first_pass(calls: Sequence[Call], marked: Bools, seed: int) -> tuple[F32, list[list[TurnFillers]]]:
    """Party margins and fillers of the calls that are not marked, by models fitted on those that are."""
    seen = [call for call, keep in zip(calls, marked, strict=True) if keep]
    held = [call for call, keep in zip(calls, marked, strict=True) if not keep]
    party = CallParty.fit(TurnTable.of(seen), gold_parties(seen))
    return party.scores(TurnTable.of(held)), FillerTagger.fit(seen, seed=seed).tag(held)


def _second_pass(calls: Sequence[Call], scheme: LabelScheme, call_party: F32, marked: Bools, seed: int) -> tuple[F32, F32]:
    """Margins and kinds of the turns of the calls that are not marked, by linear models fitted on those that are."""
    seen = TurnTable.of([call for call, keep in zip(calls, marked, strict=True) if keep])
    held = TurnTable.of([call for call, keep in zip(calls, marked, strict=True) if not keep])
    lexicon = load_lexicon()
    models = LinearModels.fit(seen, scheme, call_party[marked], lexicon, seed=seed)
    return models.margins(held, Outputs.of(scheme), lexicon, call_party[~marked])


def decide_unseen(unseen: Unseen, scheme: LabelScheme, *, fast: bool) -> Decisions:
    """Decisions on every call by deciders and thresholds fitted on the other folds' unseen signals."""
    outputs = Outputs.of(scheme)
    signals = replace(unseen.signals, encoder=None) if fast else unseen.signals
    parts: list[tuple[I64, Bools, Decisions]] = []
    for fold in range(int(unseen.folds.max()) + 1):
        held = unseen.folds == fold
        fitted = _fit_deciders(unseen.table, scheme, signals, ~held)
        calls = np.flatnonzero(held)
        rows = held[unseen.table.call_of]
        table = TurnTable.of([unseen.table.calls[index] for index in calls])
        parts.append((calls, rows, fitted.decide(table, outputs, signals.of(calls.tolist(), rows))))
    turns, count = len(unseen.table), len(unseen.table.calls)
    scores = np.zeros((turns, len(outputs.labels)))
    stands, subtypes = np.zeros((turns, len(outputs.labels)), dtype=bool), np.zeros((turns, outputs.count), dtype=bool)
    party: list[int] = [0] * count
    changes: list[Any] = [()] * count
    for calls, rows, found in parts:
        scores[rows], stands[rows], subtypes[rows] = found.scores, found.stands, found.subtypes
        for place, index in enumerate(calls.tolist()):
            party[index], changes[index] = found.party[place], found.changes[place]
    return Decisions(scores, stands, subtypes, party, changes)


def _fit_deciders(table: TurnTable, scheme: LabelScheme, signals: Signals, marked: Bools) -> Deciders:
    calls = np.flatnonzero(marked)
    chosen = [table.calls[index] for index in calls]
    outputs = Outputs.of(scheme)
    return Deciders.fit(
        TurnTable.of(chosen),
        outputs,
        signals.of(calls.tolist(), marked[table.call_of]),
        outputs.gold(chosen),
        gold_parties(chosen),
        learned_labels(scheme),
    )


def train_model(
    data: TrainingSet,
    scheme: LabelScheme,
    *,
    encoder: Path | None,
    hf: Path | None = None,
    name: str,
    group: str = "writer",
    seed: int = SEED,
    jobs: int = 2,
    report: Report,
) -> Trained:
    """Cross-validate, then fit everything on all calls.

    Parameters
    ----------
    encoder
        Folder of the shipped turn encoder with its scores of these calls, written by ``make encoder``.
    hf
        Folder of a Hugging Face encoder to use instead; linear models are fitted on its vectors.
    group
        ``"writer"`` or ``"call"``: what a fold keeps together.

    Raises
    ------
    ModelError
        The encoder cannot be loaded.
    """
    lexicon = load_lexicon()
    outputs = Outputs.of(scheme)
    whole, counted = TurnTable.of(data.calls), TurnTable.of(data.counted_calls)
    scorer: EncoderScores | None = None
    scores: F32 | None = None
    if hf is not None:
        report("encoder vectors")
        scorer, every = fit_vector_scores(
            whole, outputs, HuggingFaceEncoder(hf), fold_numbers(data, group), gold_listeners(data.calls), seed
        )
        scores = every[: len(counted)]
    elif encoder is not None:
        report("encoder scores")
        scorer = TunedScores(encoder)
        scores = align(unseen_scores(encoder, scorer, counted), scorer.outputs, outputs)
    unseen = cross_validate(data, scheme, scores, group=group, seed=seed, jobs=jobs, report=report)
    report("deciders")
    everyone = np.ones(data.counted, dtype=bool)
    fast = _fit_deciders(unseen.table, scheme, replace(unseen.signals, encoder=None), everyone)
    full = None if scores is None else _fit_deciders(unseen.table, scheme, unseen.signals, everyone)
    filler_tagger = FillerTagger.fit(data.calls, seed=seed)
    spans = {label: filler_tagger.threshold for label in outputs.labels if label not in learned_labels(scheme)}
    neighbours: Neighbours | None = None
    if scorer is not None:
        report("training turns to show")
        neighbours = Neighbours.fit([mask_call(call) for call in data.calls], scorer.encoder, seed=seed)
    report("final models on all calls")
    linear = LinearModels.fit(whole, scheme, unseen.call_party, lexicon, seed=seed)
    model = Model(
        name=name,
        sha256="",
        scheme=scheme,
        lexicon=lexicon,
        party=CallParty.fit(whole, gold_parties(data.calls)),
        linear=linear,
        fillers=filler_tagger,
        encoder=scorer,
        fast=fast,
        full=full,
        doubt={label: GUARDED_DOUBT if label in outputs.guarded else DOUBT for label in learned_labels(scheme)},
        neighbours=neighbours,
        curves={},
    ).with_thresholds(spans)
    return _with_unseen(model, unseen, scheme)


def _with_unseen(model: Model, unseen: Unseen, scheme: LabelScheme) -> Trained:
    """The model, and what it would have made of the calls unseen: its cascade decides which turns the encoder reads."""
    fast_signals = replace(unseen.signals, encoder=None, read=np.zeros(len(unseen.table), dtype=bool))
    fast = decide_unseen(unseen, scheme, fast=True)
    fast_calls = tuple(model.assemble(unseen.table, fast_signals, fast))
    if model.full is None:
        return Trained(replace(model, curves={"fast": _curves(unseen.table, scheme, fast)}), fast_calls, fast_calls, 0.0)
    read = model.in_doubt(unseen.table, fast_signals)
    full = mixed(decide_unseen(unseen, scheme, fast=False), fast, read, unseen.table)
    model = replace(model, curves={"fast": _curves(unseen.table, scheme, fast), "full": _curves(unseen.table, scheme, full)})
    return Trained(model, tuple(model.assemble(unseen.table, unseen.signals, full)), fast_calls, float(read.mean()))


def _curves(table: TurnTable, scheme: LabelScheme, decisions: Decisions) -> dict[str, Curve]:
    """Scores and gold of every label over the turns of its role."""
    outputs = Outputs.of(scheme)
    gold = outputs.gold(table.calls)
    curves = {}
    for column, label in enumerate(outputs.labels):
        role = table.agent == outputs.agent[column]
        curves[label] = Curve(decisions.scores[role, column].astype(np.float32), gold[role, column])
    return curves


def library_versions() -> dict[str, str]:
    """Of what a model's bytes depend on."""
    return {name: version(name) for name in ("numpy", "scipy", "scikit-learn", "python-crfsuite", "jieba", "onnxruntime", "tokenizers")}
