"""The field's words by what they signal, found among the n-grams of a text."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from callqa.errors import CallqaError
from callqa.features.lexicon_file import read_lexicon
from callqa.features.ngrams import GRAMS, HashTable, Occurrences, occurrences
from callqa.yaml_text import load_yaml

LEXICON_FORMAT = 1


@dataclass(frozen=True)
class Lexicon:
    """Named groups of words.

    Examples
    --------
    >>> lexicon = load_lexicon()
    >>> found = lexicon.groups_of(occurrences(["今天没钱"], GRAMS), 1)
    >>> [name for name, there in zip(lexicon.names, found[0]) if there]
    ['day', 'negation', 'cash', 'debt_noun']
    """

    names: tuple[str, ...]
    sha256: str
    words: HashTable
    groups: npt.NDArray[np.bool_]  # for each of ``words`` the groups it stands in, bool[words, names]

    def groups_of(self, grams: Occurrences, texts: int) -> npt.NDArray[np.bool_]:
        """Which groups each text touches, given the n-grams of bare texts: bool[texts, len(names)]."""
        out = np.zeros((texts, len(self.names)), dtype=bool)
        places, words = self.words.find(grams.hashes)
        hits, groups = np.nonzero(self.groups[words])
        out[grams.rows[places[hits]], groups] = True
        return out


def load_lexicon() -> Lexicon:
    """The shipped ``lexicon.yaml``."""
    raw = read_lexicon()
    data = load_yaml(raw)
    if data["format"] != LEXICON_FORMAT:
        raise CallqaError(f"must be {LEXICON_FORMAT}", file="lexicon.yaml", field="format")
    groups: dict[str, list[str]] = data["groups"]
    words = sorted({word for members in groups.values() for word in members})
    if any(len(word) > GRAMS[1] for word in words):
        raise CallqaError(f"has a word of more than {GRAMS[1]} characters", file="lexicon.yaml", field="groups")
    found = occurrences(words, GRAMS)
    whole = found.sizes == np.array([len(word) for word in words])[found.rows]
    hashes, row = found.hashes[whole], found.rows[whole]
    order = np.argsort(hashes)
    sets = [set(of) for of in groups.values()]
    members = np.array([[words[at] in of for of in sets] for at in row[order].tolist()])
    return Lexicon(tuple(groups), hashlib.sha256(raw).hexdigest(), HashTable.of(hashes[order]), members)
