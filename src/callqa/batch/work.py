"""What goes to workers and comes back. Light to import, so that workers can be started before anything else is loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from callqa.batch.chunks import Position
from callqa.batch.counts import Counts
from callqa.lang import Lang
from callqa.shipped import DEFAULT_MODEL, shipped_path

if TYPE_CHECKING:
    from callqa.pipeline import Tagger
    from callqa.taggers.manifest import Head

Loader = Callable[[Path | None], "Tagger"]


def load_tagger(path: Path | None) -> Tagger:
    """The model in a folder, the shipped one where none is named."""
    from callqa.taggers.model import load_model

    return load_model(path)


def load_head(loader: Loader, path: Path | None) -> Head:
    """What `load_tagger` would load, checked as well but not loaded; what any other loader loads."""
    if loader is not load_tagger:
        return loader(path)
    from callqa.taggers.manifest import read_head

    head = read_head(shipped_path(DEFAULT_MODEL) if path is None else path)
    return head if head.manifest.get("hf") is None else loader(path)  # whether the Hugging Face encoder is there only loading tells


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker needs to know, small enough to go along with every chunk.

    The hashes are those the run began with: a worker that finds other files under the paths refuses to work. ``loader`` gives the
    model of a path; it must be importable in a worker.
    """

    model: Path | None
    model_sha256: str
    policy: Path | None
    policy_sha256: str
    contacts: Path
    contacts_sha256: str
    fast: bool = False
    lang: Lang = "en"
    loader: Loader = load_tagger


@dataclass(frozen=True, slots=True)
class PieceResult:
    """Results of the lines of one input: what to append to its part."""

    file: int
    part: bytes
    calls: int
    rejected: int
    ends: bool


@dataclass(frozen=True, slots=True)
class ChunkResult:
    """Results of a chunk, ready to be written, and the position in the inputs after it."""

    end: Position
    pieces: tuple[PieceResult, ...]
    rows: dict[str, bytes]  # to append to calls.csv, segments.csv and rejects.jsonl, by name without suffix
    counts: Counts
    seconds: dict[str, float] = field(default_factory=dict)
