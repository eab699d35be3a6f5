"""What the shipped policy costs, as a ratio to reading and writing the same calls with orjson: `python -m benchmarks.bench_policy`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import orjson

from callqa.labels import load_scheme
from callqa.policy import apply_to_all, load_policy
from callqa.promise import fill_promises
from callqa.sources import read_labelled

ROUNDS = 5
DATA = Path(__file__).resolve().parents[1] / "data" / "train"


def best(work: Callable[[], None]) -> float:
    """Least processor seconds of a few rounds: what other programs on the machine take does not count."""
    seconds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def main() -> None:
    """Print turns a second of both, and their ratio."""
    scheme, policy = load_scheme(), load_policy()
    paths = sorted(DATA.glob("*.jsonl"))[:6]
    calls = [fill_promises(call, scheme) for call in read_labelled(paths, scheme)]
    lines = [line for path in paths for line in path.read_bytes().splitlines()]
    turns = sum(len(call.utterances) for call in calls)

    def read_and_write() -> None:
        for line in lines:
            orjson.dumps(orjson.loads(line))

    def flag() -> None:
        apply_to_all(calls, policy, scheme)

    base, cost = best(read_and_write), best(flag)
    sys.stdout.write(f"{len(policy.active)} rules, {len(calls)} calls, {turns} turns\n")
    sys.stdout.write(f"orjson read and write  {turns / base:>12,.0f} turns/s\n")
    sys.stdout.write(f"apply_to_all           {turns / cost:>12,.0f} turns/s   {1e6 * cost / turns:.2f} µs a turn\n")
    sys.stdout.write(f"ratio                  {cost / base:>12.1f}\n")


if __name__ == "__main__":
    main()
