"""Who is on the line (guide, section 1): a linear model over the whole call, and hand-overs in mid-call from scores per turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from callqa.call import PARTIES, PartyChange
from callqa.features.ngrams import CharNgrams
from callqa.features.sparse import sp
from callqa.features.turns import TurnTable

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

_EARLY, _FIRST_ANSWERS = 6, 8
_DOCUMENTS = ("agent", "customer", "opening", "answers")
_SIZES = {"agent": (1, 4), "customer": (1, 4), "opening": (1, 3), "answers": (1, 4)}
_MIN_DF = 3
_STRENGTH = 10.0
_JOIN_STRENGTH = 0.05  # on standardised inputs

# Of the evidence that a turn's scores give; turns of one call say much the same, so each counts for little. Chosen by writer.
TURN_WEIGHT = 0.1
SWITCH_COST = 2.0  # of a hand-over, in log-odds
_IMPOSSIBLE = 1e9
LISTENER_FLOOR = 0.003  # probability under which a listener's log says no more


def _documents(table: TurnTable) -> dict[str, list[str]]:
    """Per call: all the agent says, all the customer says, the first turns of both, the customer's first answers."""
    found: dict[str, list[str]] = {name: [] for name in _DOCUMENTS}
    for start, end in table.bounds:
        turns = [(bool(table.agent[row]), table.distinct[table.text_of[row]][1:-1]) for row in range(start, end)]
        found["agent"].append("|".join(text for agent, text in turns if agent))
        found["customer"].append("|".join(text for agent, text in turns if not agent))
        found["opening"].append("|".join(("a" if agent else "c") + text for agent, text in turns[:_EARLY]))
        found["answers"].append("|".join(text for agent, text in turns[:_FIRST_ANSWERS] if not agent))
    return found


@dataclass(frozen=True)
class CallParty:
    """A linear model of who answers a call, over n-grams of `_documents`; ``weights`` float32[n-grams of all documents, parties]."""

    ngrams: dict[str, CharNgrams]
    weights: F32
    bias: F32

    @classmethod
    def fit(cls, table: TurnTable, parties: I64) -> CallParty:
        """Fit on all calls of the table; ``parties`` index into `PARTIES`, one a call."""
        from sklearn.linear_model import LogisticRegression  # only fitting needs it, and it takes a second to load

        documents = _documents(table)
        ngrams = {name: CharNgrams.fit(texts, _SIZES[name], _MIN_DF) for name, texts in documents.items()}
        matrix = sp.hstack([ngrams[name].transform(texts) for name, texts in documents.items()]).tocsr()
        model = LogisticRegression(C=_STRENGTH, class_weight="balanced", max_iter=500, solver="lbfgs")
        model.fit(matrix, parties)
        weights = np.zeros((matrix.shape[1], len(PARTIES)), dtype=np.float32)
        bias = np.full(len(PARTIES), -20.0, dtype=np.float32)  # a party that no call has is never the answer
        rows, intercepts = model.coef_, model.intercept_
        if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes
            rows, intercepts = np.vstack([-rows, rows]) / 2, np.hstack([-intercepts, intercepts]) / 2
        weights[:, model.classes_], bias[model.classes_] = rows.T, intercepts
        return cls(ngrams, weights, bias)

    def scores(self, table: TurnTable) -> F32:
        """Margins, float32[calls, parties]."""
        matrix = sp.hstack([self.ngrams[name].transform(texts) for name, texts in _documents(table).items()]).tocsr()
        margins: F32 = (matrix @ self.weights + self.bias).astype(np.float32)
        return margins


def log_softmax(scores: F32 | F64) -> F64:
    """Rows of scores as log probabilities."""
    shifted = scores.astype(np.float64) - scores.max(axis=1, keepdims=True)
    normal: F64 = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return normal


@dataclass(frozen=True)
class PartyJoin:
    """Calibrated probabilities of who answers, from `CallParty` and, where there are any, scores per turn."""

    weights: F64
    bias: F64

    @staticmethod
    def inputs(table: TurnTable, call_scores: F32, turn_scores: F32 | None, read: npt.NDArray[np.bool_]) -> F64:
        """One row a call: the call's margins, and the mean of the scores of the turns that were read."""
        if turn_scores is None:
            return call_scores.astype(np.float64)
        logs = log_softmax(turn_scores) * read[:, None]
        sums = np.array([logs[start:end].sum(0) for start, end in table.bounds])
        count = np.array([max(1, int(read[start:end].sum())) for start, end in table.bounds])
        return np.hstack([call_scores, sums / count[:, None]]).astype(np.float64)

    @classmethod
    def fit(cls, inputs: F64, parties: I64) -> PartyJoin:
        """Fit on calls whose scores come from models that have not seen them."""
        from sklearn.linear_model import LogisticRegression  # only fitting needs it, and it takes a second to load

        mean, spread = inputs.mean(0), inputs.std(0)
        spread[spread == 0] = 1.0
        model = LogisticRegression(C=_JOIN_STRENGTH, max_iter=2000).fit((inputs - mean) / spread, parties)
        if len(model.classes_) != len(PARTIES):  # a corpus without one of the parties: the call's own margins stand
            return cls(np.eye(inputs.shape[1], len(PARTIES)), np.zeros(len(PARTIES)))
        weights = model.coef_.T / spread[:, None]
        return cls(weights, model.intercept_ - mean @ weights)

    def log_probabilities(self, inputs: F64) -> F64:
        """Log probabilities of the parties, float64[calls, parties]."""
        return log_softmax(inputs @ self.weights + self.bias)


def follow(
    call_logs: F64, turn_scores: F32 | None, agent: npt.NDArray[np.bool_], turns: Sequence[int]
) -> tuple[int, tuple[PartyChange, ...]]:
    """Who holds the line from first to last turn of a call: index of the first party, and the hand-overs.

    The call as a whole says who answers. From there the likeliest path through the turns, where only a debtor and a third party hand
    the phone to each other, at a price. Without scores per turn nobody hands over.

    Parameters
    ----------
    call_logs
        Log probabilities of who answers, [parties].
    turn_scores
        Scores of who listens, [turns, parties].
    agent, turns
        Speaker and number of each turn; a hand-over is set at a customer's turn, where the new voice is first heard.
    """
    first = int(call_logs.argmax())
    if turn_scores is None:
        return first, ()
    evidence = TURN_WEIGHT * log_softmax(turn_scores)
    cost, stay = _costs()
    best = np.full(len(PARTIES), -_IMPOSSIBLE)
    best[first] = evidence[0, first]
    back: list[I64] = []
    for row in range(1, len(evidence)):
        paths = best[:, None] - (stay if agent[row] else cost)
        back.append(paths.argmax(0))
        best = paths.max(0) + evidence[row]
    path = [int(best.argmax())]
    for step in reversed(back):
        path.append(int(step[path[-1]]))
    path.reverse()
    changes = [PartyChange(turns[row], PARTIES[path[row]]) for row in range(1, len(path)) if path[row] != path[row - 1]]
    return first, tuple(changes)


def listener_logs(call_logs: F64, turn_scores: F32, agent: npt.NDArray[np.bool_]) -> F64:
    """Log probabilities of who listens at each turn, [turns, parties]: all paths of `follow` weighed against each other."""
    evidence = np.exp(TURN_WEIGHT * log_softmax(turn_scores))
    moves, stays = (np.exp(-costs) for costs in _costs())
    moves /= moves.sum(axis=1, keepdims=True)
    turns = len(evidence)
    forward, backward = np.ones((turns, len(PARTIES))), np.ones((turns, len(PARTIES)))
    forward[0] = np.exp(call_logs) * evidence[0]
    for row in range(1, turns):
        step = forward[row - 1] @ (stays if agent[row] else moves) * evidence[row]
        forward[row] = step / step.sum()
    for row in range(turns - 1, 0, -1):
        step = (stays if agent[row] else moves) @ (evidence[row] * backward[row])
        backward[row - 1] = step / step.sum()
    both = forward * backward
    logs: F64 = np.log(np.maximum(both / both.sum(axis=1, keepdims=True), LISTENER_FLOOR))
    return logs


def _costs() -> tuple[F64, F64]:
    """Price of each change of party, [from, to]: where a customer speaks, and where the agent does and nobody can hand over."""
    cost = np.full((len(PARTIES), len(PARTIES)), SWITCH_COST)
    unknown = PARTIES.index("unknown")
    cost[unknown, :] = cost[:, unknown] = _IMPOSSIBLE
    np.fill_diagonal(cost, 0.0)
    return cost, np.where(np.eye(len(PARTIES), dtype=bool), 0.0, _IMPOSSIBLE)
