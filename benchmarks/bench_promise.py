"""How fast promise turns are resolved, as a ratio to `jionlp.parse_time` on the same texts in the same run.

``python -m benchmarks.bench_promise [--turns N] [--json]``; jionlp comes with ``callqa[bench]``. One thread, processor time, so that
other work on the machine hardly counts. callqa reads date, amount and method with their context and sources; jionlp the time alone.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import json
import logging
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from time import process_time

from callqa.call import Call
from callqa.labels import load_scheme
from callqa.promise import promise_slots
from callqa.sources import read_labelled

TURNS = 10_000
JIONLP_TURNS = 1_000  # jionlp is timed on fewer of the same texts and scaled up
LIMIT = 2.0  # seconds for TURNS on one core
DATA = Path(__file__).parents[1] / "data" / "train"


def promise_turns(count: int) -> list[tuple[Call, int]]:
    """``count`` promise turns of the labelled calls with their calls, over again where there are too few."""
    calls = read_labelled([DATA], load_scheme())
    turns = [(call, turn.turn) for call in calls for turn in call.utterances if turn.ptp is not None]
    bare = [(call.unlabelled(), turn) for call, turn in turns]
    return list(islice(cycle(bare), count))


def time_callqa(turns: list[tuple[Call, int]]) -> float:
    """Seconds for the slots of all ``turns``; calendar tables are loaded before."""
    for call, turn in turns[:200]:
        promise_slots(call, turn)
    start = process_time()
    for call, turn in turns:
        promise_slots(call, turn)
    return process_time() - start


def time_jionlp(turns: list[tuple[Call, int]]) -> float:
    """Seconds for jionlp's reading of the time in the texts of all ``turns``, scaled up from the first `JIONLP_TURNS`."""
    texts = [(_text(call, turn), call) for call, turn in turns[:JIONLP_TURNS]]
    with contextlib.redirect_stdout(io.StringIO()):  # it greets on import
        import jionlp
    parse: Callable[..., object] = jionlp.parse_time
    start = process_time()
    for text, call in texts:
        with contextlib.suppress(Exception):  # it raises on a text in which it finds no time
            parse(text, time_base=call.started_at.timestamp() if call.started_at else 0)
    return (process_time() - start) * len(turns) / len(texts)


def _text(call: Call, turn: int) -> str:
    return next(one.text for one in call.utterances if one.turn == turn)


def main() -> None:
    """Measure, print, and fail where the limit is not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    turns = promise_turns(options.turns)
    gc.collect()
    gc.freeze()  # the calls loaded here are no work of what is timed
    logging.disable()  # jionlp logs a traceback, text and all, for each text in which it finds no time
    ours = min(time_callqa(turns) for _ in range(3))
    theirs = time_jionlp(turns)
    figures = {"turns": len(turns), "callqa_s": round(ours, 3), "jionlp_s": round(theirs, 3), "ratio": round(theirs / ours, 1)}
    if options.json:
        print(json.dumps(figures))
    else:
        print(f"{len(turns):,} promise turns: callqa {ours:.2f} s, jionlp.parse_time {theirs:.2f} s, {theirs / ours:.1f} times as fast")
    if ours > LIMIT * len(turns) / TURNS:
        raise SystemExit(f"over the limit of {LIMIT} s for {TURNS:,} turns")


if __name__ == "__main__":
    main()
