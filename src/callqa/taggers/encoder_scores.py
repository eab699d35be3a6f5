"""Scores per turn from a sentence encoder: by the head that was fine-tuned with it, or by linear models on any encoder's vectors.

Either gives, for calls and the turns of them that are to be read, float32[turns, outputs + parties]; rows not read are zero.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from zlib import crc32

import numpy as np
import numpy.typing as npt

from callqa.call import PARTIES, Call
from callqa.errors import ModelError
from callqa.features.encoder import Encoder, HuggingFaceEncoder, ShippedEncoder, onnx_session
from callqa.features.turns import TurnTable
from callqa.taggers.outputs import Outputs

F32 = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

ENCODER_FORMAT = 1
ABOUT_FILE, CALL_FILE, UNSEEN_FILE, LINEAR_FILE = "encoder.json", "call.onnx", "unseen.npz", "linear.npz"
HF_VARIABLE = "CALLQA_HF_ENCODER"  # says where the encoder lies, to every command and its workers
AROUND = (-2, -1, 0, 1)  # turns whose vectors a linear model of a turn sees
# What a linear model of a turn sees of each of those; the turn's own vector leads, as in design.md's prototypes.
AROUND_WEIGHT: Mapping[int, float] = {0: 1.0, -1: 0.6, -2: 0.4, 1: 0.4}


class EncoderScores(Protocol):
    """Scores per turn, whatever encoder they come from."""

    @property
    def outputs(self) -> Outputs:
        """Meaning of the columns before those of the parties."""

    @property
    def encoder(self) -> Encoder:
        """The encoder whose vectors they come from."""

    def scores(self, table: TurnTable, read: Bools) -> F32:
        """For all rows of the table; only turns marked in ``read`` are encoded."""


class TunedScores:
    """The shipped encoder with its own head; ``folder`` is written by ``make encoder``."""

    def __init__(self, folder: Path) -> None:
        about = read_about(folder)
        self.outputs = outputs_of(about)
        self.encoder: Encoder = ShippedEncoder(folder, int(about["max_tokens"]))
        self._head: Any = onnx_session(folder / CALL_FILE)

    def scores(self, table: TurnTable, read: Bools) -> F32:
        """Call by call, so that no call's scores depend on another's."""
        out = np.zeros((len(table), self.outputs.count + len(PARTIES)), dtype=np.float32)
        for call, (start, end) in zip(table.calls, table.bounds, strict=True):
            wanted = np.flatnonzero(read[start:end])
            if not wanted.size:
                continue
            vectors = self.encoder.encode([call.utterances[place].text for place in wanted])
            whole = np.zeros((end - start, vectors.shape[1]), dtype=np.float32)
            whole[wanted] = vectors
            roles = (~table.agent[start:end]).astype(np.int64)
            found = self._head.run(None, {"vectors": whole[None], "roles": roles[None]})[0][0]
            out[start + wanted] = found[wanted]
        return out


@dataclass(frozen=True)
class VectorScores:
    """Linear models on the vectors of any encoder; ``weights`` float32[dimensions of all of `AROUND`, outputs + parties]."""

    outputs: Outputs
    encoder: Encoder
    mean: F32
    weights: F32
    bias: F32

    def scores(self, table: TurnTable, read: Bools) -> F32:
        """Turns that are not read have zero vectors for their neighbours, and zero scores."""
        found = around(table, encode_turns(table, read, self.encoder, self.mean)) @ self.weights + self.bias
        return np.where(read[:, None], found, np.float32(0)).astype(np.float32)


def encode_turns(table: TurnTable, read: Bools, encoder: Encoder, mean: F32 | None) -> F32:
    """Vectors of the turns to read, each distinct text once, less ``mean``; float32[turns, dimensions], zero elsewhere."""
    rows = np.flatnonzero(read)
    texts = [turn.text for call in table.calls for turn in call.utterances]
    distinct = list(dict.fromkeys(texts[row] for row in rows))
    vectors = encoder.encode(distinct)
    if mean is not None:
        vectors = vectors - mean
    index = {text: at for at, text in enumerate(distinct)}
    out = np.zeros((len(texts), vectors.shape[1]), dtype=np.float32)
    if rows.size:
        out[rows] = vectors[[index[texts[row]] for row in rows]]
    return out


def around(table: TurnTable, vectors: F32) -> F32:
    """Vectors of a turn and its neighbours side by side, each at its weight."""
    parts = [table.shifted(vectors, offset) if offset else vectors for offset in AROUND]
    return np.hstack([part * np.float32(AROUND_WEIGHT[offset]) for part, offset in zip(parts, AROUND, strict=True)])


def read_about(folder: Path) -> dict[str, Any]:
    """The encoder's ``encoder.json``; `ModelError` where it is missing, broken or of another format."""
    path = folder / ABOUT_FILE
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise ModelError("cannot be read as the description of an encoder", file=path) from exc
    if not isinstance(about, dict) or about.get("format") != ENCODER_FORMAT:
        raise ModelError(f"must be {ENCODER_FORMAT}", file=path, field="format")
    return about


def outputs_of(about: Mapping[str, Any]) -> Outputs:
    """What the columns of an encoder's scores mean, by its ``encoder.json``."""
    return Outputs(tuple(about["labels"]), tuple((label, name) for label, name in about["subtypes"]), tuple(about["agent"]))


def load_scores(folder: Path, hf: Path | None) -> EncoderScores:
    """What a model's ``encoder`` folder holds: the shipped encoder, or linear models for the Hugging Face encoder at ``hf``."""
    linear = folder / LINEAR_FILE
    if not linear.exists():
        return TunedScores(folder)
    about = read_about(folder)
    if hf is None and os.environ.get(HF_VARIABLE):
        hf = Path(os.environ[HF_VARIABLE])
    if hf is None:
        raise ModelError(f"was trained with a Hugging Face encoder: name its folder in {HF_VARIABLE}", file=folder, field="encoder")
    encoder = HuggingFaceEncoder(hf)
    if encoder.name != about["encoder"]:
        raise ModelError(f"is not the encoder that the model was trained with ({about['encoder']})", file=hf)
    with np.load(linear, allow_pickle=False) as arrays:
        outputs = outputs_of(about)
        return VectorScores(outputs, encoder, arrays["mean"], arrays["weights"], arrays["bias"])


def save_vector_scores(scores: VectorScores, folder: Path) -> None:
    """Write what `load_scores` reads; the encoder itself stays where it is."""
    with (folder / LINEAR_FILE).open("wb") as file:
        np.savez_compressed(file, mean=scores.mean, weights=scores.weights, bias=scores.bias)
    about = {
        "format": ENCODER_FORMAT,
        "encoder": scores.encoder.name,
        "labels": scores.outputs.labels,
        "subtypes": scores.outputs.subtypes,
        "agent": scores.outputs.agent,
    }
    (folder / ABOUT_FILE).write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def call_digest(call: Call) -> int:
    """A number for what is said in a call, by which stored scores are known to be of this call."""
    return crc32("\n".join(turn.text for turn in call.utterances).encode("utf-8", "surrogatepass"))


def unseen_scores(folder: Path, scorer: EncoderScores, table: TurnTable) -> F32:
    """Scores of all turns by encoders that were not fitted on their writers: those stored for the calls the shipped encoder learned
    from, and the shipped encoder's own for all other calls."""
    stored: dict[tuple[str, int], F32] = {}
    if (folder / UNSEEN_FILE).exists():
        with np.load(folder / UNSEEN_FILE, allow_pickle=False) as arrays:
            keys = zip(arrays["call_id"].tolist(), arrays["digest"].tolist(), strict=True)
            ends = np.cumsum(arrays["turns"])[:-1]
            stored = dict(zip(keys, np.split(arrays["scores"].astype(np.float32), ends), strict=True))
    found = [stored.get((call.call_id, call_digest(call))) for call in table.calls]
    to_read = np.repeat([scores is None for scores in found], [len(call.utterances) for call in table.calls])
    out = scorer.scores(table, to_read)
    for scores, (start, end) in zip(found, table.bounds, strict=True):
        if scores is not None:
            out[start:end] = scores
    return out
