"""What a model folder says of itself: its manifest, held against its files. Light to import: a run with workers loads no more than that.

Format changes: raise `MODEL_FORMAT`, say in `_OLD` how an older folder is converted, and extend tests/train/test_train.py.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from callqa.errors import ModelError
from callqa.features.lexicon_file import read_lexicon
from callqa.labels import LabelScheme, load_scheme

MODEL_FORMAT = 2
_OLD: Mapping[int, str] = {1: "is 1, of a callqa before 0.1: train the model again"}  # older format → what to do with such a folder

MANIFEST, ARRAYS, WEIGHTS, DECIDERS = "manifest.json", "arrays.npz", "weights.zst", "deciders.json"
SCHEME, ENCODER, FILLERS, CURVES = "labels.yaml", "encoder", "fillers", "curves.npz"
CARD = "MODEL_CARD.md"  # for people; not part of what the model says


class Head(Protocol):
    """What a run has to know of a model, also where its workers do the tagging."""

    @property
    def name(self) -> str:
        """Name and version, as results write it."""

    @property
    def sha256(self) -> str:
        """Hash that changes when anything in the model does."""

    @property
    def scheme(self) -> LabelScheme:
        """The label scheme it was trained on."""


@dataclass(frozen=True)
class ModelHead:
    """A model's name, its hash (that of the manifest, which has those of all files) and its label scheme."""

    name: str
    sha256: str
    scheme: LabelScheme
    manifest: Mapping[str, Any]


def read_head(folder: Path) -> ModelHead:
    """Read the manifest and check the folder against it.

    Raises
    ------
    ModelError
        See `callqa.taggers.model.load_model`.
    """
    path = folder / MANIFEST
    try:
        raw = path.read_bytes()
        manifest = json.loads(raw)
    except (OSError, ValueError) as exc:
        raise ModelError("cannot be read as a model's manifest", file=path) from exc
    number = manifest.get("format") if isinstance(manifest, dict) else None
    if number != MODEL_FORMAT:
        raise ModelError(_not_read(number), file=path, field="format")
    _check_files(folder, manifest)
    scheme = load_scheme(folder / SCHEME)
    if manifest.get("lexicon_sha256") != hashlib.sha256(read_lexicon()).hexdigest():
        raise ModelError("was trained with another lexicon than this callqa ships; train it again", file=path, field="lexicon_sha256")
    return ModelHead(manifest["name"], hashlib.sha256(raw).hexdigest(), scheme, manifest)


def _not_read(number: object) -> str:
    """What to say of a folder of another format."""
    if isinstance(number, int) and number in _OLD:
        return _OLD[number]
    return f"is {number!r}, but this callqa reads format {MODEL_FORMAT}"


def model_files(folder: Path) -> list[Path]:
    """The files that a manifest names."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in (MANIFEST, CARD) and path.name[0] != "."]


def _check_files(folder: Path, manifest: dict[str, Any]) -> None:
    files = manifest.get("files")
    if not isinstance(files, dict) or not {SCHEME, ARRAYS, WEIGHTS, DECIDERS, CURVES} <= set(files):
        raise ModelError("must name the model's files", file=folder / MANIFEST, field="files")
    for name, digest in files.items():
        path = folder / name
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise ModelError("leads out of the model's folder", file=folder / MANIFEST, field=f"files.{name}")
        if not path.is_file():
            raise ModelError("is missing from the model", file=path)
        if file_sha256(path) != digest:
            raise ModelError("is not the file that the manifest describes: damaged or changed", file=path)
    extra = [path for path in model_files(folder) if str(path.relative_to(folder)) not in files]
    if extra:
        raise ModelError("is not in the manifest", file=extra[0])


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
