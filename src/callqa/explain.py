"""What spoke for and against each label on a turn: its own words, the turns around it, who is on the line, the encoder, its like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from callqa.call import PARTIES, Call, Party, Span
from callqa.errors import InputError
from callqa.features.context import context_names
from callqa.features.turns import TurnTable
from callqa.taggers.decide import Deciders, Listeners, columns_of, label_inputs
from callqa.taggers.evidence import Piece, pieces
from callqa.taggers.linear import AROUND, DENSE_WEIGHT
from callqa.taggers.model import Model
from callqa.taggers.neighbours import Neighbour
from callqa.taggers.signals import Signals, dense_features

PIECES, FEATURES = 8, 6  # strongest of each kind that are shown
_LEAST = 0.005  # contributions below this say nothing


@dataclass(frozen=True)
class Contribution:
    """What one input added to a sum, negative where it speaks against."""

    name: str
    weight: float


@dataclass(frozen=True)
class LabelExplanation:
    """One label on one turn.

    ``pieces`` n-grams of the turn, ``around`` the turns around it, ``context`` context features: their weights in the linear model's
    margin. ``drawn_from`` what the last word was drawn from, in log-odds of the score.
    """

    label: str
    score: float
    threshold: float
    stands: bool
    subtypes: tuple[str, ...]
    evidence: tuple[Span, ...]
    pieces: tuple[Piece, ...]
    around: tuple[Contribution, ...]
    context: tuple[Contribution, ...]
    drawn_from: tuple[Contribution, ...]


@dataclass(frozen=True)
class Explanation:
    """All labels that the turn's role allows, the party on the line and the training turns most like it."""

    call_id: str
    turn: int
    speaker: str
    text: str
    party: Party | None
    read_by_encoder: bool
    labels: tuple[LabelExplanation, ...]
    nearest: tuple[Neighbour, ...]


def explain_turn(call: Call, turn: int, model: Model, *, fast: bool = False, neighbours: int = 5) -> Explanation:
    """Explain what a model makes of one turn in its call.

    Raises
    ------
    InputError
        The call has no such turn.
    """
    numbers = [utterance.turn for utterance in call.utterances]
    if turn not in numbers:
        raise InputError(f"has no turn {turn}; its turns are {numbers[0]} to {numbers[-1]}", field=f"call {call.call_id}")
    row = numbers.index(turn)
    table = TurnTable.of([call])
    signals = model.signals(table, fast=fast)
    tagged = model.assemble(table, signals, model.decide(table, signals))[0]
    utterance = tagged.utterances[row]
    read = bool(signals.read[row])
    deciders = model.full if read and model.full is not None else model.fast
    agent = bool(table.agent[row])
    used = signals if deciders is model.full else replace(signals, encoder=None)
    found = []
    for column, label in enumerate(model.outputs.labels):
        if model.outputs.agent[column] != agent:
            continue
        own, around, context = _linear(model, table, row, label)
        found.append(
            LabelExplanation(
                label,
                utterance.scores[label],
                deciders.thresholds[label],
                label in utterance.labels,
                tuple(utterance.subtypes.get(label, ())),
                tuple(utterance.evidence.get(label, ())),
                tuple(own),
                tuple(around),
                tuple(context),
                tuple(_drawn_from(model, deciders, table, used, row, label)),
            )
        )
    nearest: Sequence[Neighbour] = ()
    if model.neighbours is not None and model.encoder is not None and not fast and utterance.text:
        nearest = model.neighbours.nearest(utterance.text, model.encoder.encoder, neighbours)
    return Explanation(call.call_id, turn, utterance.speaker, utterance.text, tagged.party_at(turn), read, tuple(found), tuple(nearest))


def _linear(model: Model, table: TurnTable, row: int, label: str) -> tuple[list[Piece], list[Contribution], list[Contribution]]:
    """What the linear model of a label says: n-grams of the turn, of the turns around it, and context features."""
    bank = model.linear.labels
    if label not in bank.names:
        return [], [], []
    column = bank.names.index(label)
    edged = table.distinct[table.text_of[row]]
    own = [piece for piece in pieces(model.linear.vocabulary, bank, edged, column) if abs(piece.weight) >= _LEAST][:PIECES]
    counted = model.linear.vocabulary.count(table)
    around = []
    for offset, (longest, weight) in AROUND.items():
        rows, there = table.neighbour(offset)
        if offset and there[row]:
            matrix = counted.by_size[longest][table.text_of[rows[row]]]
            around.append(Contribution(f"turn {offset:+d}", float((matrix @ bank.weights[offset][:, column])[0]) * weight))
    dense = dense_features(table, model.lexicon, model.party.scores(table))[row]
    names = [*context_names(model.lexicon), *(f"listener {party}" for party in PARTIES)]
    weights = dense * DENSE_WEIGHT * bank.dense[:, column]
    return own, around, _strongest(names, weights.tolist(), FEATURES)


def _drawn_from(model: Model, deciders: Deciders, table: TurnTable, signals: Signals, row: int, label: str) -> list[Contribution]:
    """Inputs of the last word on a label, each with what it adds to the log-odds of its score."""
    if label not in deciders.labels:
        return []
    whole = deciders is not model.full or bool(signals.read.all())
    logs = deciders.call_logs(table, signals) if whole else model.fast.call_logs(table, replace(signals, encoder=None))
    inputs = label_inputs(model.outputs, signals, Listeners.of(table, model.outputs, signals, logs), label)
    weights = columns_of(inputs)[row] * deciders.labels[label].weights
    return _strongest(list(inputs), weights.tolist(), FEATURES)


def _strongest(names: Sequence[str], weights: Sequence[float], count: int) -> list[Contribution]:
    ranked = sorted(zip(names, weights, strict=True), key=lambda pair: -abs(pair[1]))
    return [Contribution(name, round(weight, 4)) for name, weight in ranked[:count] if abs(weight) >= _LEAST]
