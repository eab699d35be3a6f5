"""Characters as numbers, and mixed so that polynomial hashes over them spread: what n-grams and columns of strings are hashed from."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

MULTIPLIER = 0x9E3779B97F4A7C15  # of the hashes, modulo 2 to the power of 64


def code_points(text: str) -> npt.NDArray[np.uint32]:
    """The characters of a text as numbers.

    Examples
    --------
    >>> code_points("ab").tolist()
    [97, 98]
    """
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def mixed_points(text: str) -> npt.NDArray[np.uint64]:
    """A number for each character whose bits all depend on it."""
    mixed = (code_points(text).astype(np.uint64) + np.uint64(1)) * np.uint64(MULTIPLIER)
    mixed ^= mixed >> np.uint64(29)
    return mixed
