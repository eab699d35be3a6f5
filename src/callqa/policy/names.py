"""What policies refer to by name, and the error for a name that nobody defined."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from operator import ge, gt, le, lt
from typing import Any

from callqa.call import Span
from callqa.labels import LabelScheme
from callqa.policy.conditions import Bounds
from callqa.policy.facts import Facts, Mask

Place = tuple[str | int, ...]
MaskOf = Callable[[Facts, Mask], Mask]  # of some turns, those that meet a test
SpansOf = Callable[[Facts, int], tuple[Span, ...]]
Met = Callable[[Facts], Mask | None]
Detail = Callable[[Facts], Mapping[str, Any]]


class PlaceError(Exception):
    """Something wrong at a place of a policy; the loader adds file and line."""

    def __init__(self, message: str, *place: str | int) -> None:
        super().__init__(message)
        self.message = message
        self.place: Place = place


def unknown(kind: str, name: str, known: Sequence[str], *place: str | int) -> PlaceError:
    """The error for a name nobody defined, with the nearest one that exists.

    Examples
    --------
    >>> unknown("label", "presure_tactic", ["pressure_tactic", "misconduct"]).message
    "unknown label 'presure_tactic'; did you mean pressure_tactic?"
    """
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else f"; known: {', '.join(sorted(known))}" if known else "; none is defined"
    return PlaceError(f"unknown {kind} {name!r}{hint}", *place)


@dataclass(frozen=True, slots=True)
class TurnTest:
    """A compiled turn condition. Asked of few turns, it need not look at the others."""

    mask: MaskOf
    spans: SpansOf
    label: str | None = None  # the one label it asks for
    needs: frozenset[str] | None = None  # no turn meets it where none of these labels and sub-types stands; None: no such shortcut
    first: MaskOf | None = None  # the first turn that meets it, where that is cheaper to say than all of them

    @property
    def lowest(self) -> MaskOf:
        """Of some turns, the first that meets it."""
        return self.first or _lowest_of(self.mask)


def _lowest_of(mask: MaskOf) -> MaskOf:
    def lowest(facts: Facts, among: Mask) -> Mask:
        met = mask(facts, among)
        return met & -met

    return lowest


@dataclass(frozen=True, slots=True)
class CallTest:
    """A compiled call condition."""

    met: Met
    spans: SpansOf
    detail: Detail
    label: str | None = None  # the one label it rests on
    needs: frozenset[str] | None = None  # it cannot hold where none of these labels and sub-types stands; None: no such shortcut
    exists: Callable[[Facts], bool] | None = None  # whether it holds, where that is cheaper to say than which turns show it

    def holds(self, facts: Facts) -> bool:
        """Whether the condition holds."""
        return self.exists(facts) if self.exists is not None else self.met(facts) is not None


def no_detail(facts: Facts) -> Mapping[str, Any]:
    """No figures."""
    return {}


@dataclass(frozen=True)
class Names:
    """Label scheme, keyword lists and events that conditions may refer to."""

    scheme: LabelScheme
    lists: Mapping[str, Sequence[str]]
    events: dict[str, TurnTest] = field(default_factory=dict)

    def words(self, keywords: Sequence[str], *place: str | int) -> list[str]:
        """Keywords with ``@name`` replaced by the list's words."""
        found: list[str] = []
        for index, word in enumerate(keywords):
            if word.startswith("@"):
                if word[1:] not in self.lists:
                    raise unknown("list", word[1:], list(self.lists), *place, index)
                found.extend(self.lists[word[1:]])
            else:
                found.append(word)
        return found

    def require_label(self, name: str, *place: str | int) -> None:
        """Raise `PlaceError` where the scheme has no such label."""
        if name not in self.scheme:
            raise unknown("label", name, self.scheme.names, *place)

    def require_severity(self, name: str, *place: str | int) -> None:
        """Raise `PlaceError` where the scheme has no such severity."""
        if name not in self.scheme.severity_rank:
            raise unknown("severity", name, list(self.scheme.severity_rank), *place)


def limits(bounds: Bounds) -> Callable[[float], bool]:
    """The test that a figure lies within ``bounds``."""
    limit_of = ((le, bounds.at_least), (ge, bounds.at_most), (lt, bounds.above), (gt, bounds.below))
    # Each is the limit compared with the figure: ``le(at_least, figure)``.
    tests = [partial(compare, limit) for compare, limit in limit_of if limit is not None]
    if len(tests) == 1:
        return tests[0]
    return lambda value: all(test(value) for test in tests)


def any_needs(parts: Sequence[frozenset[str] | None]) -> frozenset[str] | None:
    """Labels of which one must stand for any of several tests to be met; ``None`` where one of them needs none."""
    return None if None in parts else frozenset().union(*(part for part in parts if part is not None))


def no_spans(facts: Facts, index: int) -> tuple[Span, ...]:
    """The words of a condition that no words meet."""
    return ()
