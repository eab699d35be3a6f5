"""src/callqa/sources/role_words.tsv: pairs of characters that agents and customers use unlike often.

Run by hand (`python -m tools.role_words`) when the labelled data has changed much; the result is committed. The figures that
`callqa.sources.roles` names come from `python -m tools.role_words --measure`: made from the first twelve files, measured on the others.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Sequence

from callqa.call import Call
from callqa.sources import read_labelled
from callqa.sources.roles import agent_score, certainty, pairs
from tools.paths import DATA, ROOT

TARGET = ROOT / "src" / "callqa" / "sources" / "role_words.tsv"
COUNT = 800  # pairs kept
AT_LEAST = 8  # turns a pair must stand in
HEADER = "# Log odds that a turn with this pair of characters (^ begin, $ end) is the agent's. Made by tools/role_words.py.\n"


def weights(calls: Sequence[Call]) -> dict[str, float]:
    """The pairs that tell most, with their log odds."""
    agent: Counter[str] = Counter()
    customer: Counter[str] = Counter()
    for call in calls:
        for turn in call.utterances:
            (agent if turn.speaker == "agent" else customer).update(pairs(turn.text))
    odds = {
        pair: math.log((agent[pair] + 1) / agent.total()) - math.log((customer[pair] + 1) / customer.total())
        for pair in sorted(agent | customer)
        if agent[pair] + customer[pair] >= AT_LEAST
    }
    best = sorted(odds, key=lambda pair: (-abs(odds[pair]) * math.sqrt(agent[pair] + customer[pair]), pair))[:COUNT]
    return {pair: round(odds[pair], 2) for pair in sorted(best)}


def measure() -> str:
    """Share of unseen calls whose agent is told rightly, and how sure the rule was of its mistakes."""
    files = sorted((DATA / "train").glob("*.jsonl"))
    table = weights(read_labelled(files[:12]))
    told = []
    for call in read_labelled(files[12:]):
        scores = [agent_score([u.text for u in call.utterances if u.speaker == speaker], table) for speaker in ("agent", "customer")]
        told.append((scores[0] > scores[1], certainty(abs(scores[0] - scores[1]))))
    right = sum(ok for ok, _ in told)
    unsure = [ok for ok, sure in told if sure < 0.9]
    return f"{right} of {len(told)} calls; {len(unsure)} below a confidence of 0.9, of them {sum(unsure)} right"


def main() -> None:
    """Write the file, or print the figures."""
    if "--measure" in sys.argv[1:]:
        sys.stdout.write(measure() + "\n")
        return
    table = weights(read_labelled([DATA / "train"]))
    TARGET.write_text(HEADER + "".join(f"{pair}\t{weight}\n" for pair, weight in table.items()), encoding="utf-8")


if __name__ == "__main__":
    main()
