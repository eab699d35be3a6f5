"""Filler words: which candidates of an agent's turn are verbal tics (guide, sections 2, 5.12 and 5.17).

A linear-chain CRF judges the candidates of a turn (`callqa.features.filler_candidates`), not its characters: more accurate by writer than
a character CRF, and trained in seconds (docs/decisions.md). What nearly always meant the same in training (呃, 谢谢) skips the CRF.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, islice
from pathlib import Path
from random import Random
from typing import NamedTuple

from callqa.call import Call, Span
from callqa.errors import ModelError
from callqa.features.filler_candidates import Candidate, candidates_of, find_candidates
from callqa.features.filler_context import CLASSES, hashed_features, written_features
from callqa.features.filler_turns import BREAKS, CandidateTurn
from callqa.features.word_classes import WordClasses, word_classes
from callqa.taggers.crf import TwoLabelCrf

FILLERS_FORMAT = 1
CRF_FILE, SETTINGS_FILE = "fillers.crf", "fillers.json"
THRESHOLD = 0.4  # best exact-span F1 by writer (docs/decisions.md)
FILLER, OTHER = "F", "O"

_CRF = {"c1": 0.05, "c2": 0.2, "max_iterations": 150}
_DROPPED = 0.5  # share of calls that are also learned without any punctuation
_LEAST_FREQUENCY = 100  # words of jieba's dictionary rarer than this classify nothing that matters
_CONSTANT_FROM, _CONSTANT_SHARE = 20, 0.99  # so often, and so nearly always, one and the same in training
_BATCH = 500  # turns whose features are written out together


class TurnFillers(NamedTuple):
    """Filler spans of one turn, and how sure it is that the turn has any: the highest probability of a candidate, 0 without one."""

    spans: tuple[Span, ...]
    score: float


NOTHING = TurnFillers((), 0.0)


class FillerTagger:
    """Finds the filler words of agent turns.

    Parameters
    ----------
    crf
        The trained CRF in CRFsuite's own file format.
    constants
        Candidates that need no CRF: text → probability of being a filler.
    classes
        Word → class letter, as `callqa.features.word_classes.word_classes` gives it.
    threshold
        Probability from which a candidate is taken for a filler.

    Examples
    --------
    >>> from callqa.call import Utterance
    >>> def call(text, *fillers):
    ...     return Call("c", (Utterance(1, "agent", text, fillers=fillers),))
    >>> tagger = FillerTagger.fit([call("呃那个账户", (0, 1)), call("那个，您好", (0, 2))] * 20, seed=0)
    >>> [turn.spans for turn in tagger.tag([call("呃您好")])[0]]
    [((0, 1),)]
    """

    def __init__(self, crf: bytes, constants: Mapping[str, float], classes: Mapping[str, str], *, threshold: float = THRESHOLD) -> None:
        self.threshold = threshold
        self._model, self._constants, self._classes = crf, dict(constants), dict(classes)
        self._crf = TwoLabelCrf(crf, FILLER)
        self._words = WordClasses(classes, CLASSES)

    @classmethod
    def fit(cls, calls: Sequence[Call], *, seed: int) -> FillerTagger:
        """Learn from labelled calls; ``seed`` chooses those that are learned without punctuation, too.

        Raises
        ------
        ModelError
            No agent turn holds a candidate, so that there is nothing to learn from.
        """
        import pycrfsuite  # only training needs it

        random = Random(seed)  # noqa: S311 - no secret
        turns = [turn for call in calls for turn in _labelled_turns(call)]
        turns += [turn for call in calls if random.random() < _DROPPED for turn in _labelled_turns(call, drop=True)]
        if not turns:
            raise ModelError("cannot learn filler words: no agent turn has a candidate")
        constants = _constants(turns)
        classes = word_classes(_LEAST_FREQUENCY)
        trainer = pycrfsuite.Trainer(algorithm="lbfgs", params=_CRF, verbose=False)
        words = WordClasses(classes, CLASSES)
        for start in range(0, len(turns), _BATCH):
            batch = turns[start : start + _BATCH]
            for turn, features in zip(batch, written_features([turn.said for turn in batch], words), strict=True):
                trainer.append(features, turn.kinds)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / CRF_FILE
            trainer.train(str(path))
            return cls(path.read_bytes(), constants, classes)

    def tag(self, calls: Sequence[Call], *, threshold: float | None = None) -> list[list[TurnFillers]]:
        """Fillers of every turn of every call, customer turns having none; gold fields are not looked at.

        ``threshold`` stands in for the model's own.
        """
        limit, constants = self.threshold if threshold is None else threshold, self._constants
        turns = [turn for call in calls for turn in call.utterances]
        agent = [row for row, turn in enumerate(turns) if turn.speaker == "agent"]
        openings = set(accumulate((len(call.utterances) for call in calls), initial=0))
        found = [NOTHING] * len(turns)
        doubtful: dict[int, CandidateTurn] = {}
        for index, candidates in candidates_of([turns[row].text for row in agent]).items():
            row = agent[index]
            sure = [constants[one.surface] for one in candidates if one.surface in constants]
            if len(sure) == len(candidates):
                found[row] = _taken(candidates, sure, limit)
            else:
                doubtful[row] = CandidateTurn(turns[row].text, "" if row in openings else turns[row - 1].text, candidates)
        for (row, turn), sure in zip(doubtful.items(), self._probabilities(list(doubtful.values())), strict=True):
            found[row] = _taken(turn.candidates, sure, limit)
        rest = iter(found)
        return [list(islice(rest, len(call.utterances))) for call in calls]

    def _probabilities(self, turns: Sequence[CandidateTurn]) -> Iterator[list[float]]:
        """Turn by turn how likely each candidate is a filler, by the CRF and by what is known of it anyway."""
        if not turns:
            return
        get = self._constants.get
        items, features = hashed_features(turns, self._words)
        scores = iter(self._crf.scores(items, features, sum(len(turn.candidates) for turn in turns)))
        for turn in turns:
            sure = self._crf.probabilities(list(islice(scores, len(turn.candidates))))
            yield [get(one.surface, p) for one, p in zip(turn.candidates, sure, strict=True)]

    def save(self, folder: Path) -> None:
        """Write the model's two files into ``folder``; the same model gives the same bytes."""
        settings = {
            "format": FILLERS_FORMAT,
            "threshold": self.threshold,
            "constants": self._constants,
            "classes": _by_class(self._classes),
        }
        text = json.dumps(settings, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
        (folder / SETTINGS_FILE).write_text(text, encoding="utf-8")
        (folder / CRF_FILE).write_bytes(self._model)

    @classmethod
    def load(cls, folder: Path) -> FillerTagger:
        """Read a model that `save` wrote.

        Raises
        ------
        ModelError
            A file is missing, damaged or of another format.
        """
        settings_path, crf_path = folder / SETTINGS_FILE, folder / CRF_FILE
        try:
            settings = json.loads(settings_path.read_text(encoding="utf-8"))
            crf = crf_path.read_bytes()
        except OSError as exc:
            raise ModelError(f"cannot be read ({exc.strerror})", file=exc.filename) from exc
        except ValueError as exc:
            raise ModelError("is not valid JSON", file=settings_path) from exc
        if not isinstance(settings, dict) or settings.get("format") != FILLERS_FORMAT:
            raise ModelError(f"must be {FILLERS_FORMAT}", file=settings_path, field="format")
        try:
            classes = {word: letter for letter, words in settings["classes"].items() for word in words.split(" ")}
            return cls(crf, settings["constants"], classes, threshold=float(settings["threshold"]))
        except (KeyError, TypeError, AttributeError) as exc:
            raise ModelError("lacks a field or has one of a wrong type", file=settings_path) from exc
        except ValueError as exc:
            raise ModelError("is not a CRFsuite model", file=crf_path) from exc


def _taken(candidates: Sequence[Candidate], sure: Sequence[float], limit: float) -> TurnFillers:
    return TurnFillers(tuple([(one.start, one.end) for one, p in zip(candidates, sure, strict=True) if p >= limit]), max(sure))


class _Turn(NamedTuple):
    """An agent turn to learn from; ``kinds`` says of each candidate whether it is a filler."""

    said: CandidateTurn
    kinds: list[str]


def _labelled_turns(call: Call, *, drop: bool = False) -> Iterator[_Turn]:
    previous = ""
    for utterance in call.utterances:
        text, gold = utterance.text, utterance.fillers
        if drop:
            text, gold = _without_breaks(text, gold)
        candidates = find_candidates(text) if utterance.speaker == "agent" else []
        if candidates:
            yield _Turn(CandidateTurn(text, previous, candidates), [_kind(one, candidates, gold) for one in candidates])
        previous = text


def _kind(one: Candidate, candidates: Sequence[Candidate], gold: Sequence[Span]) -> str:
    """Whether ``one`` is a filler: its span is gold, or the annotator drew a gold span about the same word otherwise (呃， for 呃)."""
    spans = {(other.start, other.end) for other in candidates}
    for start, end in gold:
        if (start, end) == (one.start, one.end) or (start < one.end and one.start < end and (start, end) not in spans):
            return FILLER
    return OTHER


def _without_breaks(text: str, gold: Sequence[Span]) -> tuple[str, tuple[Span, ...]]:
    """Text and spans as an ASR without punctuation would have written them."""
    places = [0]
    for char in text:
        places.append(places[-1] + (char not in BREAKS))
    spans = tuple((places[start], places[end]) for start, end in gold)
    return "".join(char for char in text if char not in BREAKS), spans


def _constants(turns: Sequence[_Turn]) -> dict[str, float]:
    seen: Counter[str] = Counter()
    fillers: Counter[str] = Counter()
    for turn in turns:
        for one, kind in zip(turn.said.candidates, turn.kinds, strict=True):
            seen[one.surface] += 1
            fillers[one.surface] += kind == FILLER
    out = {}
    for surface, count in seen.items():
        share = fillers[surface] / count
        if count >= _CONSTANT_FROM and (share == 0 or share >= _CONSTANT_SHARE):
            out[surface] = round((fillers[surface] + 0.5) / (count + 1), 4)
    return out


def _by_class(classes: Mapping[str, str]) -> dict[str, str]:
    words: dict[str, list[str]] = {}
    for word, letter in classes.items():
        words.setdefault(letter, []).append(word)
    return {letter: " ".join(sorted(members)) for letter, members in words.items()}
