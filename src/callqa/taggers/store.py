"""A model as a folder of plain arrays: written the same from the same model, and read without running any code from it.

Format changes: see `callqa.taggers.manifest`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zstandard

from callqa.errors import CallqaError, ModelError
from callqa.features.lexicon import load_lexicon
from callqa.features.ngrams import CharNgrams
from callqa.taggers.decide import Deciders
from callqa.taggers.deferred import DeferredCurves, DeferredNeighbours, DeferredScores
from callqa.taggers.encoder_scores import LINEAR_FILE, EncoderScores, VectorScores, load_scores, save_vector_scores
from callqa.taggers.fillers import FillerTagger
from callqa.taggers.join import Join
from callqa.taggers.linear import AROUND, LinearBank, Vocabulary
from callqa.taggers.manifest import (
    ARRAYS,
    DECIDERS,
    ENCODER,
    FILLERS,
    MANIFEST,
    MODEL_FORMAT,
    SCHEME,
    WEIGHTS,
    file_sha256,
    model_files,
    read_head,
)
from callqa.taggers.model import Model
from callqa.taggers.neighbours import NEIGHBOURS_FILE
from callqa.taggers.operating import save_curves
from callqa.taggers.party import CallParty, PartyJoin
from callqa.taggers.signals import LinearModels, Side

_HALF_MAX = 60_000  # float16 holds weights well below this
_BANKS = ("labels", "subtypes", "kinds")  # of `LinearModels`, in its order
_SIDES = {False: "customer", True: "agent"}
_ZSTD_LEVEL = 9  # half a second when a model is written; 19 takes half a minute for a twentieth less


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
    # What may be this folder's own is read before anything is written.
    neighbours = model.neighbours.loaded if isinstance(model.neighbours, DeferredNeighbours) else model.neighbours
    curves = {speed: dict(of) for speed, of in model.curves.items()}
    kept = {} if encoder_source is None else {path.name: path.read_bytes() for path in sorted(encoder_source.iterdir())}
    folder.mkdir(parents=True, exist_ok=True)
    for stale in (ENCODER, FILLERS):
        shutil.rmtree(folder / stale, ignore_errors=True)
    (folder / SCHEME).write_bytes(scheme_source)
    with (folder / ARRAYS).open("wb") as file:
        np.savez_compressed(file, **_arrays(model))
    (folder / WEIGHTS).write_bytes(_packed_weights(model.linear))
    deciders = {name: _decider_json(deciders) for name, deciders in (("fast", model.fast), ("full", model.full)) if deciders is not None}
    (folder / DECIDERS).write_text(json.dumps(deciders, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (folder / NEIGHBOURS_FILE).unlink(missing_ok=True)
    if neighbours is not None:
        neighbours.save(folder)
    save_curves(folder, curves)
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
        "files": {str(path.relative_to(folder)): file_sha256(path) for path in model_files(folder)},
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
    head = read_head(folder)
    lexicon, manifest = load_lexicon(), head.manifest
    try:
        deciders = json.loads((folder / DECIDERS).read_text(encoding="utf-8"))
        with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
            party, linear = _linear({name: arrays[name] for name in arrays.files}, (folder / WEIGHTS).read_bytes())
        if encoder is None and (folder / ENCODER).is_dir():
            tuned = not (folder / ENCODER / LINEAR_FILE).exists()
            encoder = DeferredScores(folder / ENCODER) if tuned else load_scores(folder / ENCODER, hf)
        return Model(
            name=head.name,
            sha256=head.sha256,
            scheme=head.scheme,
            lexicon=lexicon,
            party=party,
            linear=linear,
            fillers=FillerTagger.load(folder / FILLERS),
            encoder=encoder,
            fast=_decider(deciders["fast"]),
            full=_decider(deciders["full"]) if "full" in deciders else None,
            doubt={label: float(low) for label, low in manifest["doubt"].items()},
            neighbours=DeferredNeighbours(folder) if (folder / NEIGHBOURS_FILE).exists() else None,
            curves=DeferredCurves(folder, tuple(deciders)),
        )
    except CallqaError:
        raise
    except (AttributeError, KeyError, ValueError, TypeError, OSError, zstandard.ZstdError) as exc:
        raise ModelError("does not hold what its format asks for", file=folder) from exc


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
    found |= {f"{bank}_names": np.array(names) for bank, names in zip(_BANKS, linear.names, strict=True)}
    for agent, name in _SIDES.items():
        side = linear.sides[agent]
        found |= {f"{name}_names": np.array(side.bank.names), f"{name}_sizes": np.array(side.sizes)}
        found |= {f"{name}_dense": side.bank.dense, f"{name}_bias": side.bank.bias}
    return found


def _linear(arrays: dict[str, Any], weights: bytes) -> tuple[CallParty, LinearModels]:
    def ngrams(prefix: str, suffix: str = "") -> CharNgrams:
        low, high = arrays[f"{prefix}sizes{suffix}"].tolist()
        return CharNgrams((low, high), arrays[f"{prefix}vocabulary"], arrays[f"{prefix}idf"])

    documents = [key[len("party_") : -len("_vocabulary")] for key in arrays if key.startswith("party_") and key.endswith("_vocabulary")]
    party = CallParty(
        {name: ngrams(f"party_{name}_") for name in documents}, arrays["party_weights"].astype(np.float32), arrays["party_bias"]
    )
    vocabulary = Vocabulary.of(ngrams(""), arrays["gram_sizes"].astype(np.int64)).common_first()
    names = {agent: tuple(arrays[f"{side}_names"].tolist()) for agent, side in _SIDES.items()}
    unpacked = _unpacked_weights(weights, vocabulary, {agent: len(of_side) for agent, of_side in names.items()})
    sides = {
        agent: Side(
            LinearBank(names[agent], unpacked[agent], arrays[f"{side}_dense"], arrays[f"{side}_bias"]),
            tuple(arrays[f"{side}_sizes"].tolist()),
        )
        for agent, side in _SIDES.items()
    }
    return party, LinearModels(vocabulary, tuple(tuple(arrays[f"{bank}_names"].tolist()) for bank in _BANKS), sides)


def _packed_weights(linear: LinearModels) -> bytes:
    """Weights of all linear models in half precision: for each side and turn offset a row for each n-gram that counts there.

    Rows lie in the order in which they are used (`Vocabulary.common_first`), so that reading is no more than unpacking. Zstandard, for
    it is read five times as fast as the deflate of an npz.
    """
    parts = (_half(linear.sides[agent].bank.weights[offset]).astype("<f2") for agent in _SIDES for offset in AROUND)
    return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(b"".join(part.tobytes() for part in parts))


def _unpacked_weights(
    packed: bytes, vocabulary: Vocabulary, outputs: Mapping[bool, int]
) -> dict[bool, dict[int, npt.NDArray[np.float32]]]:
    """What `_packed_weights` packed, by side and turn offset, given the number of outputs of each side."""
    halves = np.frombuffer(zstandard.ZstdDecompressor().decompress(packed), "<f2")
    found: dict[bool, dict[int, npt.NDArray[np.float32]]] = {agent: {} for agent in _SIDES}
    start = 0
    for agent in _SIDES:
        for offset, (longest, _) in AROUND.items():
            shape = (vocabulary.weights_for(longest), outputs[agent])
            end = start + shape[0] * shape[1]
            found[agent][offset] = halves[start:end].reshape(shape).astype(np.float32)
            start = end
    if start != len(halves):
        raise ValueError("other n-grams have weights than stand in the vocabulary")
    return found


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
