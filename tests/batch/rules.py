"""A tagger for tests: a few keywords, no model. Deterministic, importable in worker processes, and as slow or deadly as a test wants."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from callqa.batch import Options, tag_files
from callqa.call import Call, Party, Utterance
from callqa.errors import ModelError
from callqa.labels import LabelScheme, load_scheme

KEYWORDS = {
    "pressure_tactic": ("征信", "起诉"),
    "hardship_disclosure": ("失业", "没钱"),
    "ptp_commitment": ("明天还", "先还"),
    "third_party_leak": ("他欠",),
    "filler_words": ("那个", "呃"),
}


_told: list[bool] = []  # whether this process has been terminated by a call before


@lru_cache
def _scheme(extra_label: str | None) -> LabelScheme:
    scheme = load_scheme()
    if extra_label is None:
        return scheme
    return replace(scheme, labels=(*scheme.labels, replace(scheme.labels[-1], name=extra_label)))


@dataclass(frozen=True)
class Rules:
    """Labels by keyword; texts that name a deed (``BUG``, ``TERMINATE``, ``KILL ONCE``) do it."""

    name: str = "rules"
    seconds_per_call: float = 0.0
    kill_once: Path | None = None
    extra_label: str | None = None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.name.encode()).hexdigest()

    @property
    def scheme(self) -> LabelScheme:
        return _scheme(self.extra_label)

    def tag(self, calls: Sequence[Call], *, fast: bool = False) -> list[Call]:
        return [self._tag(call, fast) for call in calls]

    def _tag(self, call: Call, fast: bool) -> Call:
        assert not call.labelled
        time.sleep(self.seconds_per_call)
        for turn in call.utterances:
            if turn.text == "BUG":
                raise ValueError(turn.text)
            if turn.text == "TERMINATE" and not _told:
                _told.append(True)
                os.kill(os.getpid(), signal.SIGTERM)
            if turn.text == "KILL ONCE" and self.kill_once is not None and not self.kill_once.exists():
                self.kill_once.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        party: Party = "third_party" if "他" in call.utterances[0].text else "debtor"
        turns = tuple(self._label(turn, fast) for turn in call.utterances)
        return replace(call, utterances=turns, party=party, model=self.name, labelled=True)

    def _label(self, turn: Utterance, fast: bool) -> Utterance:
        labels = tuple(
            label.name
            for label in self.scheme
            if label.role == turn.speaker and any(word in turn.text for word in KEYWORDS.get(label.name, ()))
        )
        return replace(turn, labels=labels, scores=dict.fromkeys(labels, 0.75 if fast else 0.875))


def load(path: Path | None) -> Rules:
    """The double under the loader's interface: the path's name becomes the model's name."""
    return Rules() if path is None else Rules(name=path.name)


def load_damaged(path: Path | None) -> Rules:
    """A model that cannot be loaded."""
    raise ModelError("is damaged", file=path)


def load_praising(path: Path | None) -> Rules:
    """A scheme with one more label."""
    return replace(load(path), extra_label="praise")


def load_slow(path: Path | None) -> Rules:
    """20 ms a call: slow enough to be killed in the middle."""
    return replace(load(path), seconds_per_call=0.02)


def load_killing_once(path: Path | None) -> Rules:
    """Kills its process at the first ``KILL ONCE``; ``path`` is the mark that it did."""
    return Rules(kill_once=path)


if __name__ == "__main__":  # python -m tests.batch.rules IN OUT WORKERS: a run for a test to kill, resumed where there is one
    source, out, workers = sys.argv[1:]
    tag_files([source], out, Options(resume=True, workers=int(workers), loader=load_slow, chunk_calls=4, checkpoint_seconds=0.05))
