"""The one place where the stages meet: transcripts in, analysed calls out. Neither reads files nor prints."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Protocol

from callqa.call import Call
from callqa.policy import DayContacts, Policy, apply_to_all
from callqa.promise import fill_promises
from callqa.taggers.manifest import Head
from callqa.text.asr import prepare


class Tagger(Head, Protocol):
    """What the pipeline needs of a model; `callqa.taggers.model.Model` is one.

    ``tag`` sets labels, sub-types, fillers, scores, evidence and parties, and reads no gold field. A call's result must not
    depend on the calls it is tagged with: a resumed run cuts its work into the same pieces, but two machines may not.
    """

    def tag(self, calls: Sequence[Call], *, fast: bool = False) -> list[Call]:
        """The calls, tagged, in the same order."""


class Stopwatch:
    """Seconds spent per stage, added up over every call of `lap`.

    Examples
    --------
    >>> watch = Stopwatch()
    >>> watch.lap("read")
    >>> list(watch.seconds)
    ['read']
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = perf_counter()

    def lap(self, stage: str) -> None:
        """Book the time since the last lap under ``stage``."""
        now = perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._since
        self._since = now


def analyse(
    calls: Sequence[Call],
    model: Tagger,
    policy: Policy,
    *,
    fast: bool = False,
    day: DayContacts | None = None,
    watch: Stopwatch | None = None,
) -> list[Call]:
    """Tag calls, fill the slots of their promises and hold them against the policy.

    Gold or earlier results that a call brings along are taken off first: who is on the line is inferred, never read.

    Parameters
    ----------
    calls
        Transcripts; their order is kept.
    model, policy
        What `load_model` and `load_policy` return.
    fast
        Leave the sentence encoder out.
    day
        Contacts per account and day over the whole run, for rules that count them.
    watch
        Books the seconds of the stages ``tag``, ``promise`` and ``policy``.

    Returns
    -------
    list of Call
        One for each of ``calls``, with labels, parties, promises, flags and score set.
    """
    bare = [call.unlabelled() if call.labelled else call for call in calls]
    watch = watch or Stopwatch()
    watch.lap("read")
    ready = [prepare(call) for call in bare]
    found = model.tag([item.call for item in ready], fast=fast)
    tagged = [item.restore(call, model.scheme) for item, call in zip(ready, found, strict=True)]
    watch.lap("tag")
    promised = [fill_promises(call) for call in tagged]
    watch.lap("promise")
    flagged = apply_to_all(promised, policy, model.scheme, day)
    watch.lap("policy")
    return flagged
