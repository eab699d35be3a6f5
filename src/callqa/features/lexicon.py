"""The field's words by what they signal, found among the n-grams of a text."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from callqa.errors import CallqaError
from callqa.features.lexicon_file import read_lexicon
from callqa.features.ngrams import GRAMS, Grams, HashTable, occurrences
from callqa.yaml_text import load_yaml

LEXICON_FORMAT = 1


@dataclass(frozen=True)
class Lexicon:
    """Named groups of words.

    Examples
    --------
    >>> lexicon = load_lexicon()
    >>> found = lexicon.groups_of(Grams.of(["今天没钱"], GRAMS[1]), 1)
    >>> [name for name, there in zip(lexicon.names, found[0]) if there]
    ['day', 'negation', 'cash', 'debt_noun']
    """

    names: tuple[str, ...]
    sha256: str
    words: HashTable  # of the words and all their parts
    groups: sp.csr_matrix  # for each of ``words`` the groups it stands in, bool[words, names]; none for a mere part

    def groups_of(self, grams: Grams, texts: int) -> npt.NDArray[np.bool_]:
        """Which groups each text touches, given the n-grams of bare texts: bool[texts, len(names)]."""
        out = np.zeros((texts, len(self.names)), dtype=bool)
        places, words = grams.known(self.words, GRAMS[1])
        touched = self.groups[words]
        out[np.repeat(grams.row_of[places], np.diff(touched.indptr)), touched.indices] = True
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
    table = HashTable.of(np.unique(found.hashes))
    members = np.zeros((table.hashes.size, len(groups)), dtype=bool)
    sets = [set(of) for of in groups.values()]
    entries = np.searchsorted(table.hashes, found.hashes[whole])
    for entry, row in zip(entries.tolist(), found.rows[whole].tolist(), strict=True):
        members[entry] = [words[row] in of for of in sets]
    return Lexicon(tuple(groups), hashlib.sha256(raw).hexdigest(), table, sp.csr_matrix(members))
