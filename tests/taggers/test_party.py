"""Who is on the line, and who takes over."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from callqa.call import PARTIES, PartyChange
from callqa.taggers.party import follow, listener_logs, log_softmax

DEBTOR, OTHER, UNKNOWN = (PARTIES.index(name) for name in ("debtor", "third_party", "unknown"))


Array = npt.NDArray[Any]


def scores(*parties: int, strength: float = 12.0) -> Array:
    found: Array = np.eye(3, dtype=np.float32)[list(parties)] * np.float32(strength)
    return found


def speakers(count: int) -> Array:
    agent: Array = np.arange(count) % 2 == 0  # the agent begins
    return agent


def likely(party: int, share: float = 0.8) -> Array:
    logs: Array = np.log(np.where(np.arange(3) == party, share, (1 - share) / 2))
    return logs


def test_a_hand_over_is_set_at_the_customers_turn() -> None:
    found = scores(*[OTHER] * 7, *[DEBTOR] * 7)
    assert follow(likely(OTHER), found, speakers(14), list(range(1, 15))) == (PartyChange(8, "debtor"),)


def test_one_strange_turn_is_no_hand_over() -> None:
    found = scores(*[DEBTOR] * 5, OTHER, *[DEBTOR] * 6)
    assert follow(likely(DEBTOR), found, speakers(12), list(range(12))) == ()


def test_nobody_becomes_unknown() -> None:
    found = scores(*[DEBTOR] * 4, *[UNKNOWN] * 20)
    assert follow(likely(DEBTOR), found, speakers(24), list(range(24))) == ()


def test_listeners_are_probabilities_that_follow_the_turns() -> None:
    logs = listener_logs(likely(OTHER), scores(*[OTHER] * 8, *[DEBTOR] * 8), speakers(16))
    assert np.allclose(np.exp(logs).sum(1), 1, atol=0.02)
    assert logs[0].argmax() == OTHER
    assert logs[-1].argmax() == DEBTOR


def test_log_softmax_stands_large_scores() -> None:
    assert np.isfinite(log_softmax(np.array([[1e4, 0.0, -1e4]]))).all()
