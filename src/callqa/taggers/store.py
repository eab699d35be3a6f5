"""A model as a folder of plain arrays: written the same from the same model, and read without running any code from it.

Format changes: raise `MODEL_FORMAT`, say in `_OLD` how an older folder is converted, and extend tests/taggers/test_store.py.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from callqa.errors import CallqaError, ModelError
from callqa.features.lexicon import load_lexicon
from callqa.features.ngrams import CharNgrams
from callqa.labels import load_scheme
from callqa.taggers.decide import Deciders
from callqa.taggers.deferred import DeferredScores
from callqa.taggers.encoder_scores import LINEAR_FILE, EncoderScores, VectorScores, load_scores, save_vector_scores
from callqa.taggers.fillers import FillerTagger
from callqa.taggers.join import Join
from callqa.taggers.linear import LinearBank, Vocabulary
from callqa.taggers.model import Model
from callqa.taggers.neighbours import NEIGHBOURS_FILE, Neighbours
from callqa.taggers.operating import load_curves, save_curves
from callqa.taggers.outputs import Outputs
from callqa.taggers.party import CallParty, PartyJoin
from callqa.taggers.signals import LinearModels

MODEL_FORMAT = 1
_OLD: Mapping[int, str] = {}  # older format → what to do with such a folder

MANIFEST, ARRAYS, DECIDERS, SCHEME, ENCODER, FILLERS = "manifest.json", "arrays.npz", "deciders.json", "labels.yaml", "encoder", "fillers"
CARD = "MODEL_CARD.md"  # for people; not part of what the model says
_HALF_MAX = 60_000  # float16 holds weights well below this


def save(model: Model, folder: Path, *, scheme_source: bytes, encoder_source: Path | None, about: Mapping[str, Any]) -> Model:
    """Write a model and return it as loaded from there.

    Parameters
    ----------
    scheme_source
        The bytes of the label scheme.
    encoder_source
        Folder of the shipped encoder, whose files are copied; a model on another encoder's vectors keeps its linear models only.
    about
        More for the manifest: data hashes, library versions, figures.
    """
    kept = {} if encoder_source is None else {path.name: path.read_bytes() for path in sorted(encoder_source.iterdir())}
    folder.mkdir(parents=True, exist_ok=True)
    for stale in (ENCODER, FILLERS):  # the encoder may be this folder's own, so it is read first
        shutil.rmtree(folder / stale, ignore_errors=True)
    (folder / SCHEME).write_bytes(scheme_source)
    with (folder / ARRAYS).open("wb") as file:
        np.savez_compressed(file, **_arrays(model))
    deciders = {name: _decider_json(deciders) for name, deciders in (("fast", model.fast), ("full", model.full)) if deciders is not None}
    (folder / DECIDERS).write_text(json.dumps(deciders, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (folder / NEIGHBOURS_FILE).unlink(missing_ok=True)
    if model.neighbours is not None:
        model.neighbours.save(folder)
    save_curves(folder, model.curves)
    (folder / FILLERS).mkdir()
    model.fillers.save(folder / FILLERS)
    if isinstance(model.encoder, VectorScores):
        (folder / ENCODER).mkdir()
        save_vector_scores(model.encoder, folder / ENCODER)
    elif kept:
        (folder / ENCODER).mkdir()
        for name, content in kept.items():
            (folder / ENCODER / name).write_bytes(content)
    manifest = {
        "format": MODEL_FORMAT,
        "name": model.name,
        "scheme_sha256": hashlib.sha256(scheme_source).hexdigest(),
        "lexicon_sha256": model.lexicon.sha256,
        "doubt": dict(model.doubt),
        "thresholds": {label: round(model.thresholds[label], 6) for label in model.outputs.labels},
        **about,
        "files": {str(path.relative_to(folder)): _sha256(path) for path in _files(folder)},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return load(folder, encoder=model.encoder)


def load(folder: Path, *, hf: Path | None = None, encoder: EncoderScores | None = None) -> Model:
    """Read a model folder; see `callqa.taggers.model.load_model`.

    Parameters
    ----------
    encoder
        An encoder that is loaded already, to be used instead of the folder's.
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
    lexicon = load_lexicon()
    if manifest["lexicon_sha256"] != lexicon.sha256:
        raise ModelError("was trained with another lexicon than this callqa ships; train it again", file=path, field="lexicon_sha256")
    try:
        deciders = json.loads((folder / DECIDERS).read_text(encoding="utf-8"))
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            party, linear = _linear({name: arrays[name] for name in arrays.files}, Outputs.of(scheme))
        if encoder is None and (folder / ENCODER).is_dir():
            tuned = not (folder / ENCODER / LINEAR_FILE).exists()
            encoder = DeferredScores(folder / ENCODER) if tuned else load_scores(folder / ENCODER, hf)
        return Model(
            name=manifest["name"],
            sha256=hashlib.sha256(raw).hexdigest(),
            scheme=scheme,
            lexicon=lexicon,
            party=party,
            linear=linear,
            fillers=FillerTagger.load(folder / FILLERS),
            encoder=encoder,
            fast=_decider(deciders["fast"]),
            full=_decider(deciders["full"]) if "full" in deciders else None,
            doubt={label: float(low) for label, low in manifest["doubt"].items()},
            neighbours=Neighbours.load(folder),
            curves=load_curves(folder, tuple(deciders)),
        )
    except CallqaError:
        raise
    except (AttributeError, KeyError, ValueError, TypeError, OSError) as exc:
        raise ModelError("does not hold what its format asks for", file=folder) from exc


def _not_read(number: object) -> str:
    """What to say of a folder of another format."""
    if isinstance(number, int) and number in _OLD:
        return _OLD[number]
    return f"is {number!r}, but this callqa reads format {MODEL_FORMAT}"


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in (MANIFEST, CARD) and path.name[0] != "."]


def _check_files(folder: Path, manifest: dict[str, Any]) -> None:
    files = manifest.get("files")
    if not isinstance(files, dict) or not {SCHEME, ARRAYS, DECIDERS} <= set(files):
        raise ModelError("must name the model's files", file=folder / MANIFEST, field="files")
    for name, digest in files.items():
        path = folder / name
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise ModelError("leads out of the model's folder", file=folder / MANIFEST, field=f"files.{name}")
        if not path.is_file():
            raise ModelError("is missing from the model", file=path)
        if _sha256(path) != digest:
            raise ModelError("is not the file that the manifest describes: damaged or changed", file=path)
    extra = [path for path in _files(folder) if str(path.relative_to(folder)) not in files]
    if extra:
        raise ModelError("is not in the manifest", file=extra[0])


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _half(array: Any) -> Any:
    return np.clip(array, -_HALF_MAX, _HALF_MAX).astype(np.float16)


def _arrays(model: Model) -> dict[str, Any]:
    linear = model.linear
    found: dict[str, Any] = {
        "vocabulary": linear.vocabulary.ngrams.vocabulary,
        "idf": linear.vocabulary.ngrams.idf,
        "gram_sizes": linear.vocabulary.sizes.astype(np.int8),
        "sizes": np.array(linear.vocabulary.ngrams.sizes),
        "party_weights": _half(model.party.weights),
        "party_bias": model.party.bias,
    }
    for name, ngrams in model.party.ngrams.items():
        found |= {
            f"party_{name}_vocabulary": ngrams.vocabulary,
            f"party_{name}_idf": ngrams.idf,
            f"party_{name}_sizes": np.array(ngrams.sizes),
        }
    for bank_name, bank in (("labels", linear.labels), ("subtypes", linear.subtypes), ("kinds", linear.kinds)):
        found |= {f"{bank_name}_names": np.array(bank.names), f"{bank_name}_dense": bank.dense, f"{bank_name}_bias": bank.bias}
        found |= {f"{bank_name}_at_{offset}": _half(weights) for offset, weights in bank.by_column(linear.vocabulary).items()}
    return found


def _linear(arrays: dict[str, Any], outputs: Outputs) -> tuple[CallParty, LinearModels]:
    def bank(name: str) -> LinearBank:
        prefix = f"{name}_at_"
        weights = {int(key[len(prefix) :]): arrays[key] for key in arrays if key.startswith(prefix)}
        return LinearBank(tuple(arrays[f"{name}_names"].tolist()), weights, arrays[f"{name}_dense"], arrays[f"{name}_bias"])

    def ngrams(prefix: str, suffix: str = "") -> CharNgrams:
        low, high = arrays[f"{prefix}sizes{suffix}"].tolist()
        return CharNgrams((low, high), arrays[f"{prefix}vocabulary"], arrays[f"{prefix}idf"])

    documents = [key[len("party_") : -len("_vocabulary")] for key in arrays if key.startswith("party_") and key.endswith("_vocabulary")]
    party = CallParty(
        {name: ngrams(f"party_{name}_") for name in documents}, arrays["party_weights"].astype(np.float32), arrays["party_bias"]
    )
    return party, LinearModels.of(
        Vocabulary.of(ngrams(""), arrays["gram_sizes"].astype(np.int64)), outputs, bank("labels"), bank("subtypes"), bank("kinds")
    )


def _decider_json(deciders: Deciders) -> dict[str, Any]:
    def join(one: Join) -> dict[str, Any]:
        return {"bias": round(one.bias, 8), "weights": one.weights.round(8).tolist()}

    return {
        "party": {"bias": deciders.party.bias.round(8).tolist(), "weights": deciders.party.weights.round(8).tolist()},
        "labels": {name: join(one) for name, one in deciders.labels.items()},
        "subtypes": {name: join(one) for name, one in deciders.subtypes.items()},
        "thresholds": {name: round(value, 6) for name, value in deciders.thresholds.items()},
    }


def _decider(data: dict[str, Any]) -> Deciders:
    def join(one: dict[str, Any]) -> Join:
        return Join(np.array(one["weights"], dtype=np.float64), float(one["bias"]))

    return Deciders(
        PartyJoin(np.array(data["party"]["weights"], dtype=np.float64), np.array(data["party"]["bias"], dtype=np.float64)),
        {name: join(one) for name, one in data["labels"].items()},
        {name: join(one) for name, one in data["subtypes"].items()},
        dict(data["thresholds"]),
    )
