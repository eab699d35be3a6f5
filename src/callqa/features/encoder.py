"""Sentence encoders behind one small protocol: texts in, one vector a text out."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from callqa.errors import ModelError

F32 = npt.NDArray[np.float32]

TURN_FILE, TOKENIZER_FILE = "turn.onnx", "tokenizer.json"
ROW_TOKENS = 128  # read in one go at most: attention is computed over all pairs of a row's tokens, so short rows are cheap
HF_BATCH = 32


class Encoder(Protocol):
    """Anything that turns texts into vectors of one length."""

    @property
    def name(self) -> str:
        """What it is, for manifests and model cards."""

    def encode(self, texts: list[str]) -> F32:
        """One row a text: float32[len(texts), dimensions]. The same list gives the same bytes."""


class ShippedEncoder:
    """The turn encoder that ships with callqa: fine-tuned lower layers of multilingual-e5-small, run offline by ONNX Runtime.

    Texts of one `encode` are packed into rows and attend to themselves only.

    Parameters
    ----------
    folder
        Holds ``turn.onnx`` and ``tokenizer.json``.
    max_tokens
        Of a text that are read; what follows is cut.
    """

    def __init__(self, folder: Path, max_tokens: int) -> None:
        from tokenizers import Tokenizer

        self.name = "shipped"
        self._max_tokens = max_tokens
        self._tokenizer: Any = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        self._session = onnx_session(folder / TURN_FILE)

    def encode(self, texts: list[str]) -> F32:
        """One row a text: float32[len(texts), 384]."""
        sequences = [found.ids[: self._max_tokens] for found in self._tokenizer.encode_batch(texts)]
        rows: list[F32] = []
        start = 0
        while start < len(sequences):
            stop, total = start, 0
            while stop < len(sequences) and (stop == start or total + len(sequences[stop]) <= ROW_TOKENS):
                total += len(sequences[stop])
                stop += 1
            rows.append(self._row(sequences[start:stop]))
            start = stop
        return np.concatenate(rows) if rows else np.zeros((0, 0), dtype=np.float32)

    def _row(self, sequences: Sequence[Sequence[int]]) -> F32:
        sizes = [len(sequence) for sequence in sequences]
        turn = np.repeat(np.arange(len(sizes)), sizes)[None]
        shares = (turn == np.arange(len(sizes))[:, None]).astype(np.float32) / np.array(sizes, dtype=np.float32)[:, None]
        feeds = {
            "ids": np.concatenate(sequences)[None].astype(np.int64),
            "place": np.concatenate([np.arange(size) for size in sizes])[None].astype(np.int64),
            "turn": turn.astype(np.int64),
            "shares": shares,
        }
        vectors: F32 = self._session.run(None, feeds)[0]
        return vectors


class HuggingFaceEncoder:
    """Any Hugging Face encoder in a local folder: the mean of its last states, of unit length. Never downloads.

    Needs the extra ``callqa[hf]``.

    Raises
    ------
    ModelError
        The folder is missing, holds no model, or the extra is not installed.
    """

    def __init__(self, folder: Path) -> None:
        if not (folder / "config.json").is_file():
            raise ModelError("holds no Hugging Face model (no config.json)", file=folder)
        os.environ["HF_HUB_OFFLINE"] = "1"  # read when the library is imported; whatever the folder lacks is an error, not a download
        try:
            import torch
            from transformers import AutoModel, AutoTokenizer
        except ImportError as exc:
            raise ModelError("needs the extra: pip install 'callqa[hf]'", file=folder) from exc
        self.name = f"hf:{folder.name}:{_folder_hash(folder)[:12]}"
        self._torch = torch
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
            self._model: Any = AutoModel.from_pretrained(str(folder), local_files_only=True).eval()
        except (OSError, ValueError) as exc:
            raise ModelError("cannot be loaded as a Hugging Face encoder", file=folder) from exc

    def encode(self, texts: list[str]) -> F32:
        """One row a text: float32[len(texts), hidden size of the model]."""
        rows: list[F32] = []
        for start in range(0, len(texts), HF_BATCH):
            batch = self._tokenizer(texts[start : start + HF_BATCH], padding=True, truncation=True, return_tensors="pt")
            with self._torch.no_grad():
                states = self._model(**batch).last_hidden_state.numpy()
            mask = batch["attention_mask"].numpy().astype(np.float32)[..., None]
            mean = (states * mask).sum(1) / np.maximum(mask.sum(1), 1)
            rows.append((mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9)).astype(np.float32))
        return np.concatenate(rows) if rows else np.zeros((0, int(self._model.config.hidden_size)), dtype=np.float32)


def onnx_session(path: Path) -> Any:
    """An ONNX Runtime session on one thread, since callqa's own workers share out the cores; `ModelError` where it cannot be read."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as exc:  # the library raises a family of its own that has no common base
        raise ModelError("cannot be read as an ONNX model", file=path) from exc


def _folder_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
