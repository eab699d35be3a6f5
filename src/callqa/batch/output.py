"""The result folder while it is written: everything grows in ``OUT/.callqa`` and is renamed into place when it is whole.

Checkpoints say how much of each file is good. A run that ends in whatever way leaves whole parts in ``tagged/`` and, in the work
folder, what a resumed run needs; one that finishes leaves no trace of the work folder.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from callqa.batch.chunks import Position
from callqa.batch.counts import Counts
from callqa.batch.files import GrowingFile, make_folder, move_durably
from callqa.batch.plan import Plan
from callqa.batch.work import ChunkResult, PieceResult
from callqa.errors import OutputError
from callqa.files import atomic_write

WORK, TAGGED, RUN = ".callqa", "tagged", "run.json"
LOCK, PLAN, CHECKPOINT, CONTACTS = "lock", "plan.json", "checkpoint.json", "contacts.jsonl"
GROWING = {"calls": "calls.csv", "segments": "segments.csv", "rejects": "rejects.jsonl"}


@dataclass(slots=True)
class Checkpoint:
    """How far a run has come: the position in the inputs, the good bytes of each file, and what was counted until there."""

    position: Position = field(default_factory=Position)
    sizes: dict[str, int] = field(default_factory=dict)
    part_size: int = 0
    counts: Counts = field(default_factory=Counts)
    inputs: list[list[int]] = field(default_factory=list)  # calls and rejects of each input so far
    stages: dict[str, float] = field(default_factory=dict)  # seconds of all workers
    elapsed: float = 0.0  # seconds on the clock

    def to_json(self) -> dict[str, Any]:
        """As the work folder holds it."""
        return {
            "position": [self.position.file, self.position.line],
            "sizes": self.sizes,
            "part_size": self.part_size,
            "counts": self.counts.to_json(),
            "inputs": self.inputs,
            "stages": self.stages,
            "elapsed": self.elapsed,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Checkpoint:
        """Read back what `to_json` wrote."""
        return cls(**{**data, "position": Position(*data["position"]), "counts": Counts.from_json(data["counts"])})


def read_json(path: Path) -> Any:
    """Content of a JSON file that callqa wrote itself, ``None`` where there is none.

    Raises
    ------
    OutputError
        It is damaged.
    """
    try:
        return orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except orjson.JSONDecodeError as exc:
        raise OutputError("is damaged; choose another folder or remove it", file=path) from exc


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write a JSON file whole or not at all, readable by people."""
    with atomic_write(path) as file:
        file.write(json.dumps(data, ensure_ascii=False, indent=1).encode("utf-8") + b"\n")


class ResultFolder:
    """Takes the results of chunks in their order.

    Parameters
    ----------
    out
        The result folder; its work folder exists and is locked.
    headers
        First bytes of the growing files, by name.
    checkpoint
        Where to go on, for a resumed run.
    """

    def __init__(self, out: Path, plan: Plan, headers: Mapping[str, bytes], checkpoint: Checkpoint | None = None) -> None:
        self.out, self.plan = out, plan
        self.done = checkpoint or Checkpoint(inputs=[[0, 0] for _ in plan.inputs])
        self._part: GrowingFile | None = None
        make_folder(out / TAGGED)
        self._files: dict[str, GrowingFile] = {}
        for name, final in GROWING.items():
            self._files[name] = self._recover(out / final, self.done.sizes.get(name, 0))
            if checkpoint is None:
                self._files[name].append(headers.get(name, b""))
        if self.done.position.line:
            part = plan.inputs[self.done.position.file].part
            self._part = self._recover(out / TAGGED / part, self.done.part_size)

    def _recover(self, final: Path, size: int) -> GrowingFile:
        """A growing file as the checkpoint knew it, even if it was finished and renamed after that."""
        aside = self._aside(final.name)
        if size and not aside.exists() and final.exists():
            move_durably(final, aside)
        return GrowingFile(aside, size)

    def _aside(self, name: str) -> Path:
        return self.out / WORK / f"{name}.part"

    def append(self, result: ChunkResult) -> None:
        """Write the results of the next chunk.

        Raises
        ------
        OutputError
            Disk full or no permission; the last checkpoint still stands.
        """
        for name, data in result.rows.items():
            self._files[name].append(data)
        for piece in result.pieces:
            self._append_piece(piece)
        self.done.position = result.end
        self.done.counts.add(result.counts)
        for stage, seconds in result.seconds.items():
            self.done.stages[stage] = self.done.stages.get(stage, 0.0) + seconds

    def _append_piece(self, piece: PieceResult) -> None:
        name = self.plan.inputs[piece.file].part
        if self._part is None:
            self._part = GrowingFile(self._aside(name))
        self._part.append(piece.part)
        tally = self.done.inputs[piece.file]
        tally[0] += piece.calls
        tally[1] += piece.rejected
        if piece.ends:
            self._part.sync()
            self._part.close()
            move_durably(self._part.path, self.out / TAGGED / name)
            self._part = None

    def checkpoint(self) -> None:
        """Make all that was appended durable, then say so."""
        for file in self._files.values():
            file.sync()
        if self._part is not None:
            self._part.sync()
        self.done.sizes = {name: file.size for name, file in self._files.items()}
        self.done.part_size = 0 if self._part is None else self._part.size
        write_json(self.out / WORK / CHECKPOINT, self.done.to_json())

    def finish(self) -> None:
        """Rename the tables into place once every chunk has been appended and checkpointed."""
        self.close()
        for name, final in GROWING.items():
            move_durably(self._files[name].path, self.out / final)

    def close(self) -> None:
        """Close all files."""
        for file in self._files.values():
            file.close()
        if self._part is not None:
            self._part.close()


def clear_results(out: Path) -> None:
    """Remove what an earlier run of callqa left in ``out``, and nothing else.

    Raises
    ------
    OutputError
        ``tagged/`` holds files that no run recorded: they would be taken for results of the new one.
    """
    for record in (out / RUN, out / WORK / PLAN):
        data = read_json(record)
        for entry in (data or {}).get("inputs", ()):
            (out / TAGGED / Path(entry["part"]).name).unlink(missing_ok=True)
    # run.json goes first: without it nobody takes what is left for a finished run.
    for name in (RUN, *GROWING.values(), *(f"{table}.parquet" for table in GROWING)):
        (out / name).unlink(missing_ok=True)
    strangers = sorted(path.name for path in (out / TAGGED).glob("*.jsonl")) if (out / TAGGED).is_dir() else []
    if strangers:
        raise OutputError(f"holds {strangers[0]}, which no run recorded; choose another folder or remove it", file=out / TAGGED)
    clear_work(out)


def clear_work(out: Path) -> None:
    """Empty the work folder except for its lock."""
    for path in (out / WORK).iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != LOCK:
            path.unlink(missing_ok=True)
