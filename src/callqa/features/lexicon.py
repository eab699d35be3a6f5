"""The field's words by what they signal, found in one pass over a text by an Aho-Corasick automaton."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import ahocorasick
import numpy as np
import numpy.typing as npt
import yaml

from callqa.errors import CallqaError

LEXICON_FORMAT = 1


@dataclass(frozen=True)
class Lexicon:
    """Named groups of words.

    Examples
    --------
    >>> lexicon = load_lexicon()
    >>> found = lexicon.groups_of(["今天没钱"])
    >>> [name for name, there in zip(lexicon.names, found[0]) if there]
    ['day', 'negation', 'cash', 'debt_noun']
    """

    names: tuple[str, ...]
    sha256: str
    automaton: Any  # word → tuple of group indices; rebuilt on load, since it is not stored with a model

    def groups_of(self, texts: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Which groups each bare text touches: bool[len(texts), len(names)]."""
        out = np.zeros((len(texts), len(self.names)), dtype=bool)
        for row, text in enumerate(texts):
            for _, groups in self.automaton.iter(text):
                for group in groups:
                    out[row, group] = True
        return out


def load_lexicon() -> Lexicon:
    """The shipped ``lexicon.yaml``."""
    raw = resources.files("callqa.features").joinpath("lexicon.yaml").read_bytes()
    data = yaml.safe_load(raw)
    if data["format"] != LEXICON_FORMAT:
        raise CallqaError(f"must be {LEXICON_FORMAT}", file="lexicon.yaml", field="format")
    groups: dict[str, list[str]] = data["groups"]
    words: dict[str, list[int]] = {}
    for index, members in enumerate(groups.values()):
        for word in members:
            words.setdefault(word, []).append(index)
    automaton = ahocorasick.Automaton()
    for word, indices in words.items():
        automaton.add_word(word, tuple(indices))
    automaton.make_automaton()
    return Lexicon(tuple(groups), hashlib.sha256(raw).hexdigest(), automaton)
