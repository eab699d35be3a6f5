"""The single tests of a turn condition, each a `TurnTest`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz import fuzz, process

from callqa.call import Span
from callqa.policy.conditions import (
    Range,
    RegexCondition,
    RepeatCondition,
    ScoreBounds,
    SimilarCondition,
    TextCondition,
    TurnCondition,
)
from callqa.policy.facts import Facts, Mask, bits, mask_of
from callqa.policy.names import MaskOf, Names, PlaceError, SpansOf, TurnTest, limits, no_spans, unknown
from callqa.policy.words import Finder, KeywordFinder, RegexFinder, fold, spans_in

REPEATS_COMPARED = 200  # earlier turns a turn is compared with: keeps a call of thousands of turns cheap


def role_test(role: str) -> TurnTest:
    """Turns of one speaker."""
    if role == "agent":
        return TurnTest(lambda facts, among: among & facts.agent, no_spans)
    return TurnTest(lambda facts, among: among & facts.customer, no_spans)


def negated(test: TurnTest) -> TurnTest:
    """Turns that do not meet a test."""
    return TurnTest(lambda facts, among: among & ~test.mask(facts, among), no_spans)


def range_test(where: Range) -> TurnTest:
    """Turns by their place."""

    key = ("range", where.first, where.last, where.from_, where.to, where.of)

    def mask(facts: Facts, among: Mask) -> Mask:
        found = facts.memo.get(key)
        if found is None:
            found = facts.memo[key] = turns_of(facts)
        return found & among

    def turns_of(facts: Facts) -> Mask:
        index = facts.index(None if where.of == "all" else where.of)
        count = len(index)
        low = max((where.from_ or 1) - 1, 0 if where.last is None else count - where.last)
        high = min(count if where.first is None else where.first, count if where.to is None else where.to)
        return mask_of(index[low:high])

    return TurnTest(mask, no_spans)


def label_test(condition: TurnCondition, names: Names, *place: str | int) -> TurnTest:
    """Turns on which a label, or a sub-type of one, stands."""
    scheme = names.scheme
    chosen = list(scheme.names) if condition.label is None else condition.label
    for index, name in enumerate(chosen):
        names.require_label(name, *place, "label", index)
    if condition.subtype is None:
        if len(chosen) == 1:
            only = chosen[0]
            return TurnTest(lambda facts, among: facts.labels.get(only, 0) & among, _spans_of(chosen, names), only, frozenset(chosen))

        def labels(facts: Facts, among: Mask) -> Mask:
            found = 0
            for name in chosen:
                found |= facts.labels.get(name, 0)
            return found & among

        return TurnTest(labels, _spans_of(chosen, names), needs=frozenset(chosen))
    keys: list[tuple[str, str]] = []
    for index, sub in enumerate(condition.subtype):
        having = [(name, sub) for name in chosen if any(entry.name == sub for entry in scheme[name].subtypes)]
        if not having:
            raise unknown("sub-type", sub, [entry.name for name in chosen for entry in scheme[name].subtypes], *place, "subtype", index)
        keys.extend(having)
    of = list(dict.fromkeys(label for label, _ in keys))

    def subtypes(facts: Facts, among: Mask) -> Mask:
        found = 0
        for key in keys:
            found |= facts.subtypes.get(key, 0)
        return found & among

    return TurnTest(subtypes, _spans_of(of, names), of[0] if len(of) == 1 else None, frozenset(condition.subtype))


def _spans_of(labels: Sequence[str], names: Names) -> SpansOf:
    """The tagger's evidence for a label; for a label that marks spans, those spans."""
    return _label_spans(tuple((name, names.scheme[name].marks == "spans") for name in labels))


@lru_cache(maxsize=256)  # one function for all rules of a label, so that they share the hits of a call
def _label_spans(labels: tuple[tuple[str, bool], ...]) -> SpansOf:
    def spans(facts: Facts, index: int) -> tuple[Span, ...]:
        turn = facts.call.utterances[index]
        found: tuple[Span, ...] = ()
        for name, marked in labels:
            if name in turn.labels:
                found += turn.fillers if marked else turn.evidence.get(name, ())
        return found

    return spans


def severity_test(least: str, labels: Sequence[str] | None, names: Names, *place: str | int) -> TurnTest:
    """Turns on which a label of at least a severity stands."""
    names.require_severity(least, *place, "severity")
    ranks, rank = names.scheme.severity_rank, names.scheme.severity_rank[least]
    wanted = [label for label in names.scheme if labels is None or label.name in labels]
    grave = frozenset((label.name, sub.name) for label in wanted for sub in label.subtypes if ranks[sub.severity] >= rank)
    bare = [label.name for label in wanted if ranks[label.severity] >= rank]  # grave where no sub-type says otherwise

    def mask(facts: Facts, among: Mask) -> Mask:
        found = 0
        for key, turns in facts.subtypes.items():
            if key in grave:
                found |= turns
        for name in bare:
            turns = facts.labels.get(name, 0)
            if turns:
                for key, typed in facts.subtypes.items():
                    if key[0] == name:
                        turns &= ~typed
                found |= turns
        return found & among

    return TurnTest(mask, no_spans)


def party_test(parties: frozenset[str]) -> TurnTest:
    """Turns while one of some parties is on the line."""

    def mask(facts: Facts, among: Mask) -> Mask:
        call = facts.call
        if not call.party_from:
            return among if call.party in parties else 0
        return mask_of([index for index in bits(among) if call.party_at(call.utterances[index].turn) in parties])

    return TurnTest(mask, no_spans)


def score_test(bounds: ScoreBounds, names: Names, *place: str | int) -> TurnTest:
    """Turns whose score of a label lies within limits."""
    label, within = bounds.label, limits(bounds)
    names.require_label(label, *place, "score", "label")

    def mask(facts: Facts, among: Mask) -> Mask:
        scores = [(index, facts.call.utterances[index].scores.get(label)) for index in bits(among)]
        return mask_of([index for index, score in scores if score is not None and within(score)])

    return TurnTest(mask, no_spans)


def _words_test(finder: Finder, role: str | None) -> TurnTest:
    # Both sides are searched apart even where no role is asked for: other conditions have mostly folded them already.
    roles = ("agent", "customer") if role is None else (role,)

    def mask(facts: Facts, among: Mask) -> Mask:
        found = 0
        for side in roles:
            text, index = facts.lines(side, among)
            if index:
                for line in finder.lines(text):
                    found |= 1 << index[line]
        return found

    def first(facts: Facts, among: Mask) -> Mask:
        found = 0
        for side in roles:
            text, index = facts.lines(side, among)
            line = finder.first(text) if index else None
            if line is not None:
                found = 1 << index[line]
                among &= found - 1  # of the other side, only an earlier turn counts
        return found

    return TurnTest(mask, lambda facts, index: spans_in(finder, facts.call.utterances[index].text), first=first)


def text_tests(condition: TextCondition, role: str | None, names: Names, *place: str | int) -> list[TurnTest]:
    """Turns with keywords: one test for each of ``any``, ``all`` and ``none``."""
    parts: list[TurnTest] = []
    if condition.any is not None:
        words = list(dict.fromkeys(names.words(condition.any, *place, "any")))
        together = _words_test(KeywordFinder(words), role)
        if condition.at_least > len(words):
            raise PlaceError(f"asks for {condition.at_least} of {len(words)} words", *place, "at_least")
        if condition.at_least > 1:
            each = [_words_test(KeywordFinder([word]), role) for word in words]
            together = TurnTest(_several(each, condition.at_least), together.spans)
        parts.append(together)
    if condition.all is not None:
        parts.extend(_words_test(KeywordFinder([word]), role) for word in names.words(condition.all, *place, "all"))
    if condition.none is not None:
        parts.append(negated(_words_test(KeywordFinder(names.words(condition.none, *place, "none")), role)))
    return parts


def _several(parts: Sequence[TurnTest], least: int) -> MaskOf:
    """Turns that meet at least ``least`` of some tests."""

    def mask(facts: Facts, among: Mask) -> Mask:
        reached = [0] * least  # reached[k]: turns that have met at least k + 1 tests so far
        for part in parts:
            met = part.mask(facts, among)
            for level in range(least - 1, 0, -1):
                reached[level] |= reached[level - 1] & met
            reached[0] |= met
        return reached[-1]

    return mask


def regex_tests(condition: RegexCondition, role: str | None, *place: str | int) -> list[TurnTest]:
    """Turns that match a regular expression, and those that do not match the excluded ones."""
    for key, patterns in (("match", condition.match), ("exclude", condition.exclude or ())):
        for index, pattern in enumerate(patterns):
            try:
                RegexFinder([pattern])
            except ValueError as exc:
                raise PlaceError(f"is not a regular expression callqa can run: {exc}", *place, key, index) from exc
    parts = [_words_test(RegexFinder(condition.match), role)]
    if condition.exclude is not None:
        parts.append(negated(_words_test(RegexFinder(condition.exclude), role)))
    return parts


def similar_test(condition: SimilarCondition, role: str | None) -> TurnTest:
    """Turns that say nearly what an example says: normalised edit similarity of the folded texts."""
    examples = [fold(example) for example in condition.to]
    cutoff = condition.at_least * 100

    def mask(facts: Facts, among: Mask) -> Mask:
        return mask_of(
            [
                index
                for index in bits(among & facts.role(role))
                if process.extractOne(facts.folded[index], examples, scorer=fuzz.ratio, processor=None, score_cutoff=cutoff) is not None
            ]
        )

    return TurnTest(mask, no_spans)


def repeats_test(condition: RepeatCondition, role: str | None) -> TurnTest:
    """Turns that say for the N-th time what their speaker has said before; turns of few characters do not count."""
    cutoff, earlier, least = condition.similarity * 100, condition.times - 1, condition.min_chars
    sides = ("agent", "customer") if role is None else (role,)

    def mask(facts: Facts, among: Mask) -> Mask:
        found = 0
        for side in sides:
            folded = facts.folded
            turns = [turn for turn in facts.index(side) if len(folded[turn]) >= least]
            said = [folded[turn] for turn in turns]
            for at in range(earlier, len(turns)):
                before = said[max(at - REPEATS_COMPARED, 0) : at]
                alike = process.extract(said[at], before, scorer=fuzz.ratio, processor=None, score_cutoff=cutoff, limit=earlier)
                if len(alike) == earlier:
                    found |= 1 << turns[at]
        return found & among

    return TurnTest(mask, no_spans)
