"""Words and their classes (noun, verb, pronoun …), for telling 那个 from 那个账户 without cutting the whole text into words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from callqa.features.columns import Hashed, Hashes
from callqa.features.ngrams import HashTable

I64 = npt.NDArray[np.int64]

LONGEST = 4
_NAMES = {"nr": "N", "ns": "N", "nt": "N", "nz": "N", "vn": "g"}  # names are told from nouns, 还款 and its like from verbs


def word_classes(least_frequency: int) -> dict[str, str]:
    """Class letter of every word of at most four characters that jieba's dictionary counts ``least_frequency`` times or more."""
    import jieba  # only training needs it, and it takes a tenth of a second to load

    classes = {}
    with jieba.get_dict_file() as lines:
        for line in lines:
            word, frequency, tag = line.decode("utf-8").split()
            if len(word) <= LONGEST and int(frequency) >= least_frequency:
                classes[word] = _NAMES.get(tag, tag[0])
    return classes


class WordClasses:
    """Looks words up at many places of a text at once.

    Parameters
    ----------
    classes
        Word → class letter, as `word_classes` gives it.
    others
        Letters of what is no word, to be numbered with them.

    Attributes
    ----------
    letters
        All letters; `at` gives indices into them.
    """

    def __init__(self, classes: Mapping[str, str], others: str) -> None:
        self.letters = tuple(sorted({*others, *classes.values()}))
        number = {letter: index for index, letter in enumerate(self.letters)}
        hashes = Hashes.of(list(classes)).values
        order = np.argsort(hashes)
        self._table = HashTable.of(hashes[order])
        self._letters = np.array([number[letter] for letter in classes.values()], dtype=np.int64)[order]

    def at(self, text: Hashed, starts: I64, ends: I64) -> I64:
        """The class of ``text[start:end]`` row by row, -1 where it is no word.

        Examples
        --------
        >>> classes = WordClasses({"账户": "n", "的": "u"}, "?")
        >>> [classes.letters[index] for index in classes.at(Hashed("您的账户"), np.array([1, 2]), np.array([2, 4]))]
        ['u', 'n']
        """
        found = np.full(starts.size, -1, dtype=np.int64)
        rows, places = self._table.find(text.cut(starts, ends).values)
        found[rows] = self._letters[places]
        return found
