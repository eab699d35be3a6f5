"""How a run is done, how far it is, and what it did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from callqa.batch.chunks import CHUNK_CALLS, FAST_CHUNK_CALLS
from callqa.batch.counts import Counts
from callqa.batch.pool import Backend
from callqa.batch.work import Loader, load_tagger
from callqa.lang import Lang
from callqa.sources.raw import AS_FOUND, ReadOptions

CHECKPOINT_SECONDS = 2.0  # work lost at most by a kill, beside the chunks under way
SMALL_RUN = 256  # calls that are done sooner than worker processes have started


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. ``phase`` is ``scan`` or ``tag``; figures are of the whole run, ``seconds`` and ``fresh`` of this process."""

    phase: str
    calls: int
    total: int | None
    turns: int
    rejected: int
    seconds: float
    fresh: int  # turns tagged by this process


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run did."""

    out: Path
    counts: Counts
    seconds: float
    stages: dict[str, float]
    inputs: int
    workers: int
    resumed: bool
    fresh: bool  # whether this process tagged anything: not where the run had been finished before
    flag_names: Mapping[str, tuple[str, str]]  # Chinese and English names of the policy's rules by code

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "out": str(self.out),
            "inputs": self.inputs,
            **self.counts.to_json(),
            "seconds": round(self.seconds, 3),
            "turns_per_second": round(self.counts.turns / self.seconds, 1) if self.seconds else 0.0,
            "stages": {name: round(value, 3) for name, value in self.stages.items()},
            "workers": self.workers,
            "resumed": self.resumed,
        }


@dataclass(frozen=True, slots=True)
class Options:
    """How a run is done.

    ``read`` says how transcripts of other formats than JSONL are read. ``workers`` ``None`` means every core; runs of up to
    ``small_run`` calls stay in this process. ``chunk_calls`` ``None`` means as many as suit the speed. More than ``max_rejects``
    rejects end the run. ``stop`` is asked between chunks whether to end early; ``report`` hears of progress; ``loader`` gives the
    model of a path (tests put their own in).
    """

    model: Path | None = None
    policy: Path | None = None
    fast: bool = False
    lang: Lang = "en"
    read: ReadOptions = AS_FOUND
    workers: int | None = None
    resume: bool = False
    max_rejects: int | None = None
    parquet: bool = False
    backend: Backend = "loky"
    scheduler: str | None = None
    chunk_calls: int | None = None
    small_run: int = SMALL_RUN
    checkpoint_seconds: float = CHECKPOINT_SECONDS
    stdin: IO[bytes] | None = None
    stop: Callable[[], bool] = lambda: False
    report: Callable[[Progress], None] = lambda _progress: None
    loader: Loader = load_tagger

    @property
    def calls_a_chunk(self) -> int:
        """Calls that are tagged together."""
        return self.chunk_calls or (FAST_CHUNK_CALLS if self.fast else CHUNK_CALLS)


DEFAULTS = Options()
