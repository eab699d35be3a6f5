"""Dense features of a turn and of the turns around it: words of the field, length, place in the call, the agent's open proposal."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from callqa.features.lexicon import Lexicon
from callqa.features.turns import TurnTable

F32 = npt.NDArray[np.float32]

AROUND = (0, -1, -2, 1)  # the turn itself, the one before, two before, the next
OPEN_FOR = 6  # turns that a proposal of the agent stays open for an answer
SHORT, BRIEF = 4, 10  # characters; a bare yes, a short answer
_SIDE = ("place", "from_end", "early", "open_proposal", "proposal_before", "same_side_before")


def context_names(lexicon: Lexicon) -> tuple[str, ...]:
    """Names of the columns of `context_features`."""
    per_turn = (*lexicon.names, "short", "brief", "length", "empty")
    return tuple(f"{name}@{offset}" for offset in AROUND for name in per_turn) + _SIDE


def context_features(table: TurnTable, lexicon: Lexicon, *more: F32) -> F32:
    """One row a turn, columns as `context_names`, all values in 0..1; behind them the columns of ``more``."""
    length = np.array([len(text) - 2 for text in table.distinct], dtype=np.float32)[:, None]  # without the edges
    groups = lexicon.groups_of(table.grams, len(table.distinct))
    of_text = np.hstack([groups, length <= SHORT, length <= BRIEF, np.minimum(length / 60, 1), length == 0], dtype=np.float32)
    of_text = np.vstack([of_text, np.zeros_like(of_text, shape=(1, of_text.shape[1]))])  # of a turn that the call does not have
    around = [of_text.take(table.text_at(offset), axis=0) for offset in AROUND]
    return np.hstack([*around, _side(table, around[0], lexicon), *more])


def _side(table: TurnTable, own: F32, lexicon: Lexicon) -> F32:
    """Where the turn stands, and whether the agent proposed a day or a sum not long ago."""
    place = table.position.astype(np.float32)
    size = table.size.astype(np.float32)
    named = own[:, lexicon.names.index("day")] + own[:, lexicon.names.index("sum")]
    proposes = table.agent & (named > 0)
    rows = np.arange(len(table))
    last = np.maximum.accumulate(np.where(proposes, rows, -1)) if len(table) else rows
    last_before = np.concatenate(([-1], last[:-1])) if len(table) else rows
    age = np.where(last_before >= table.first, rows - last_before, OPEN_FOR)
    before, there = table.neighbour(-1)
    same_side = there & (table.agent[before] == table.agent)
    return np.column_stack(
        [
            place / np.maximum(size, 1),
            np.minimum(size - place - 1, 10) / 10,
            np.minimum(place, 10) / 10,
            1 - np.minimum(age, OPEN_FOR) / OPEN_FOR,
            there & proposes[before],
            same_side,
        ]
    ).astype(np.float32)
