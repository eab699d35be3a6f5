"""Turn conditions as functions: `Facts` → mask of turns, and the words in a turn that met the condition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from rapidfuzz import fuzz, process

from callqa.call import Span
from callqa.labels import LabelScheme
from callqa.policy.conditions import (
    Bounds,
    Range,
    RegexCondition,
    RepeatCondition,
    ScoreBounds,
    SimilarCondition,
    Since,
    TextCondition,
    TurnCondition,
    Within,
)
from callqa.policy.facts import Facts, Mask, bits
from callqa.policy.words import Finder, KeywordFinder, RegexFinder, fold, spans_in

MaskOf = Callable[[Facts], Mask]
SpansOf = Callable[[Facts, int], tuple[Span, ...]]
Place = tuple[str | int, ...]
REPEATS_COMPARED = 200  # distinct earlier texts a turn is compared with: keeps a call of thousands of turns cheap


class PlaceError(Exception):
    """Something wrong at a place of the policy; the loader adds file and line."""

    def __init__(self, message: str, *place: str | int) -> None:
        super().__init__(message)
        self.message = message
        self.place: Place = place


def unknown(kind: str, name: str, known: Sequence[str], *place: str | int) -> PlaceError:
    """A name nobody defined, with the nearest one that exists."""
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else f"; known: {', '.join(sorted(known))}" if known else "; none is defined"
    return PlaceError(f"unknown {kind} {name!r}{hint}", *place)


@dataclass(frozen=True, slots=True)
class TurnTest:
    """A compiled turn condition."""

    mask: MaskOf
    spans: SpansOf
    label: str | None = None  # the one label it asks for


@dataclass(frozen=True)
class Names:
    """What conditions may refer to by name."""

    scheme: LabelScheme
    lists: dict[str, list[str]]
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


def limits(bounds: Bounds) -> Callable[[float], bool]:
    """The test that a figure lies within ``bounds``."""
    least, most, above, below = bounds.at_least, bounds.at_most, bounds.above, bounds.below

    def within(value: float) -> bool:
        return (
            (least is None or value >= least)
            and (most is None or value <= most)
            and (above is None or value > above)
            and (below is None or value < below)
        )

    return within


def _no_spans(facts: Facts, index: int) -> tuple[Span, ...]:
    return ()


def compile_turn(condition: TurnCondition, names: Names, *place: str | int) -> TurnTest:
    """Compile a turn condition.

    Raises
    ------
    PlaceError
        It names a label, list or event that does not exist, or a pattern that cannot be compiled.
    """
    # Cheap tests first: what they rule out, the dear ones need not look at.
    parts: list[MaskOf] = []
    spans: list[SpansOf] = []
    label: str | None = None
    if condition.role is not None:
        parts.append(_role(condition.role))
    if condition.turns is not None:
        parts.append(_range(condition.turns))
    if condition.label is not None or condition.subtype is not None:
        part, chosen = _labels(condition, names, *place)
        parts.append(part)
        spans.append(_label_spans(chosen, names.scheme))
        label = chosen[0] if len(chosen) == 1 else None
    if condition.severity is not None:
        parts.append(_severity(condition.severity, condition.label, names, *place))
    if condition.party is not None:
        parts.append(_party(frozenset(condition.party)))
    if condition.is_ is not None:
        events = [_event(name, names, *place, "is", index) for index, name in enumerate(condition.is_)]
        parts.append(_either([event.mask for event in events]))
        spans.extend(event.spans for event in events)
        if len(events) == 1 and label is None:
            label = events[0].label
    if condition.score is not None:
        parts.append(_score(condition.score, names, *place))
    for figure, bounds in (
        (_chars, condition.chars),
        (_fillers, condition.fillers),
        (_seconds, condition.seconds),
        (_chars_per_second, condition.chars_per_second),
        (_silence_before, condition.silence_before),
        (_overlap, condition.overlap),
    ):
        if bounds is not None:
            parts.append(_figure(figure, bounds))
    if condition.fillers is not None:
        spans.append(lambda facts, index: facts.call.utterances[index].fillers)
    if condition.text is not None:
        found, shown = _text(condition.text, condition.role, names, *place, "text")
        parts.append(found)
        spans.append(shown)
    if condition.regex is not None:
        found, shown = _regex(condition.regex, condition.role, *place, "regex")
        parts.append(found)
        spans.append(shown)
    if condition.similar is not None:
        parts.append(_similar(condition.similar, condition.role))
    if condition.repeats is not None:
        parts.append(_repeats(condition.repeats, condition.role))
    for key, side, nested in (("after", True, condition.after), ("before", False, condition.before)):
        if nested is not None:
            parts.append(_beside(compile_turn(nested, names, *place, key).mask, after=side))
    if condition.within is not None:
        parts.append(_within(condition.within, names, *place, "within"))
    if condition.since is not None:
        parts.append(_since(condition.since, names, *place, "since"))
    if condition.all is not None:
        tests = [compile_turn(part, names, *place, "all", index) for index, part in enumerate(condition.all)]
        parts.extend(test.mask for test in tests)
        spans.extend(test.spans for test in tests)
        label = label or next((test.label for test in tests if test.label), None)
    if condition.any is not None:
        tests = [compile_turn(part, names, *place, "any", index) for index, part in enumerate(condition.any)]
        parts.append(_either([test.mask for test in tests]))
        spans.append(_spans_of_met(tests))
    if condition.not_ is not None:
        parts.append(_negated(compile_turn(condition.not_, names, *place, "not").mask))
    return TurnTest(_every(parts), _union(spans), label)


def _every(parts: Sequence[MaskOf]) -> MaskOf:
    if len(parts) == 1:
        return parts[0]

    def mask(facts: Facts) -> Mask:
        found = facts.every
        for part in parts:
            found &= part(facts)
            if not found:
                return 0
        return found

    return mask


def _either(parts: Sequence[MaskOf]) -> MaskOf:
    if len(parts) == 1:
        return parts[0]

    def mask(facts: Facts) -> Mask:
        found = 0
        for part in parts:
            found |= part(facts)
        return found

    return mask


def _negated(part: MaskOf) -> MaskOf:
    return lambda facts: facts.every & ~part(facts)


def _union(parts: Sequence[SpansOf]) -> SpansOf:
    if not parts:
        return _no_spans

    def spans(facts: Facts, index: int) -> tuple[Span, ...]:
        return tuple(sorted({span for part in parts for span in part(facts, index)}))

    return spans


def _spans_of_met(tests: Sequence[TurnTest]) -> SpansOf:
    """Of alternatives, only those that the turn meets show their words."""

    def spans(facts: Facts, index: int) -> tuple[Span, ...]:
        return tuple(span for test in tests if test.mask(facts) >> index & 1 for span in test.spans(facts, index))

    return spans


def _role(role: str) -> MaskOf:
    return lambda facts: facts.role(role)


def _event(name: str, names: Names, *place: str | int) -> TurnTest:
    if name not in names.events:
        raise unknown("event", name, list(names.events), *place)
    test = names.events[name]
    key = ("event", name)

    def mask(facts: Facts) -> Mask:
        found = facts.memo.get(key)
        if found is None:
            found = facts.memo[key] = test.mask(facts)
        return found

    return TurnTest(mask, test.spans, test.label)


def _range(where: Range) -> MaskOf:
    def whole(first: int, last: int) -> Mask:
        return ((1 << max(last, 0)) - 1) & ~((1 << max(first, 0)) - 1)

    def ends(count: int) -> tuple[int, int]:
        low = max((where.from_ or 1) - 1, count - where.last if where.last is not None else 0)
        high = min(count, *(end for end in (where.first, where.to) if end is not None), count)
        return low, high

    def mask(facts: Facts) -> Mask:
        if where.of == "all":
            return whole(*ends(facts.count))
        index = facts.index(where.of)
        low, high = ends(len(index))
        return sum(1 << turn for turn in index[max(low, 0) : max(high, 0)])

    return mask


def _labels(condition: TurnCondition, names: Names, *place: str | int) -> tuple[MaskOf, list[str]]:
    scheme = names.scheme
    chosen = condition.label if condition.label is not None else list(scheme.names)
    for index, name in enumerate(chosen):
        if name not in scheme:
            raise unknown("label", name, scheme.names, *place, "label", index)
    if condition.subtype is None:
        if len(chosen) == 1:
            only = chosen[0]
            return lambda facts: facts.labels.get(only, 0), chosen
        return _either([_label_mask(name) for name in chosen]), chosen
    keys: list[tuple[str, str]] = []
    for index, sub in enumerate(condition.subtype):
        having = [(name, sub) for name in chosen if any(entry.name == sub for entry in scheme[name].subtypes)]
        if not having:
            raise unknown("sub-type", sub, [entry.name for name in chosen for entry in scheme[name].subtypes], *place, "subtype", index)
        keys.extend(having)
    if len(keys) == 1:
        key = keys[0]
        return lambda facts: facts.subtypes.get(key, 0), [key[0]]

    def mask(facts: Facts) -> Mask:
        found = 0
        for key in keys:
            found |= facts.subtypes.get(key, 0)
        return found

    return mask, list(dict.fromkeys(label for label, _ in keys))


def _label_mask(name: str) -> MaskOf:
    return lambda facts: facts.labels.get(name, 0)


def _label_spans(labels: Sequence[str], scheme: LabelScheme) -> SpansOf:
    marked = frozenset(name for name in labels if scheme[name].marks == "spans")

    def spans(facts: Facts, index: int) -> tuple[Span, ...]:
        turn = facts.call.utterances[index]
        found: list[Span] = []
        for name in labels:
            if name in turn.labels:
                found.extend(turn.fillers if name in marked else turn.evidence.get(name, ()))
        return tuple(found)

    return spans


def _severity(least: str, labels: Sequence[str] | None, names: Names, *place: str | int) -> MaskOf:
    ranks = names.scheme.severity_rank
    if least not in ranks:
        raise unknown("severity", least, list(ranks), *place, "severity")
    rank = ranks[least]
    wanted = None if labels is None else frozenset(labels)

    def mask(facts: Facts) -> Mask:
        found = 0
        tagged = 0
        for name, turns in facts.labels.items():
            if wanted is None or name in wanted:
                tagged |= turns
        for index in bits(tagged):
            turn = facts.call.utterances[index]
            for name in turn.labels:
                if (wanted is None or name in wanted) and ranks[names.scheme.severity_of(name, turn.subtypes.get(name, ()))] >= rank:
                    found |= 1 << index
                    break
        return found

    return mask


def _party(parties: frozenset[str]) -> MaskOf:
    def mask(facts: Facts) -> Mask:
        call = facts.call
        if not call.party_from:
            return facts.every if call.party in parties else 0
        return sum(1 << index for index, turn in enumerate(call.utterances) if call.party_at(turn.turn) in parties)

    return mask


def _score(bounds: ScoreBounds, names: Names, *place: str | int) -> MaskOf:
    label, within = bounds.label, limits(bounds)
    if label not in names.scheme:
        raise unknown("label", label, names.scheme.names, *place, "score", "label")

    def mask(facts: Facts) -> Mask:
        return sum(1 << index for index, turn in enumerate(facts.call.utterances) if label in turn.scores and within(turn.scores[label]))

    return mask


def _figure(figure: Callable[[Facts, int], float | None], bounds: Bounds) -> MaskOf:
    within = limits(bounds)

    def mask(facts: Facts) -> Mask:
        found = 0
        for index in range(facts.count):
            value = figure(facts, index)
            if value is not None and within(value):
                found |= 1 << index
        return found

    return mask


def _chars(facts: Facts, index: int) -> float:
    return len(facts.folded[index])


def _fillers(facts: Facts, index: int) -> float:
    return len(facts.call.utterances[index].fillers)


def _seconds(facts: Facts, index: int) -> float | None:
    turn = facts.call.utterances[index]
    return None if turn.start_ms is None or turn.end_ms is None else (turn.end_ms - turn.start_ms) / 1000


def _chars_per_second(facts: Facts, index: int) -> float | None:
    seconds = _seconds(facts, index)
    return len(facts.folded[index]) / seconds if seconds and seconds > 0 else None


def _silence_before(facts: Facts, index: int) -> float | None:
    gap = facts.gaps_ms[index]
    return None if gap is None else max(gap, 0) / 1000


def _overlap(facts: Facts, index: int) -> float | None:
    gap = facts.gaps_ms[index]
    return None if gap is None else max(-gap, 0) / 1000


def _found(finder: Finder, role: str | None) -> MaskOf:
    def mask(facts: Facts) -> Mask:
        text, index = facts.lines(role)
        found = 0
        for line in finder.lines(text):
            found |= 1 << index[line]
        return found

    return mask


def _shown(finder: Finder) -> SpansOf:
    return lambda facts, index: spans_in(finder, facts.call.utterances[index].text)


def _text(condition: TextCondition, role: str | None, names: Names, *place: str | int) -> tuple[MaskOf, SpansOf]:
    parts: list[MaskOf] = []
    spans: list[SpansOf] = []
    if condition.any is not None:
        words = names.words(condition.any, *place, "any")
        finder = KeywordFinder(words)
        if condition.at_least == 1:
            parts.append(_found(finder, role))
        else:
            if condition.at_least > len(set(words)):
                raise PlaceError(f"asks for {condition.at_least} of {len(set(words))} words", *place, "at_least")
            parts.append(_several([_found(KeywordFinder([word]), role) for word in dict.fromkeys(words)], condition.at_least))
        spans.append(_shown(finder))
    if condition.all is not None:
        words = names.words(condition.all, *place, "all")
        parts.extend(_found(KeywordFinder([word]), role) for word in words)
        spans.append(_shown(KeywordFinder(words)))
    if condition.none is not None:
        parts.append(_negated(_found(KeywordFinder(names.words(condition.none, *place, "none")), role)))
    return _every(parts), _union(spans)


def _several(parts: Sequence[MaskOf], least: int) -> MaskOf:
    def mask(facts: Facts) -> Mask:
        # reached[k] holds the turns in which at least k + 1 words have been met so far
        reached = [0] * least
        for part in parts:
            met = part(facts)
            for level in range(least - 1, 0, -1):
                reached[level] |= reached[level - 1] & met
            reached[0] |= met
        return reached[-1]

    return mask


def _regex(condition: RegexCondition, role: str | None, *place: str | int) -> tuple[MaskOf, SpansOf]:
    finders: dict[str, Finder] = {}
    for key, patterns in (("match", condition.match), ("exclude", condition.exclude)):
        for index, pattern in enumerate(patterns or ()):
            try:
                RegexFinder([pattern])
            except ValueError as exc:
                raise PlaceError(f"is not a regular expression callqa can run: {exc}", *place, key, index) from exc
        if patterns:
            finders[key] = RegexFinder(patterns)
    parts = [_found(finders["match"], role)]
    if "exclude" in finders:
        parts.append(_negated(_found(finders["exclude"], role)))
    return _every(parts), _shown(finders["match"])


def _similar(condition: SimilarCondition, role: str | None) -> MaskOf:
    examples = [fold(example) for example in condition.to]
    cutoff = condition.at_least * 100

    def mask(facts: Facts) -> Mask:
        return sum(
            1 << index
            for index in facts.index(role)
            if process.extractOne(facts.folded[index], examples, scorer=fuzz.ratio, processor=None, score_cutoff=cutoff) is not None
        )

    return mask


def _repeats(condition: RepeatCondition, role: str | None) -> MaskOf:
    cutoff = condition.similarity * 100

    def mask(facts: Facts) -> Mask:
        found = 0
        said: dict[str, list[int]] = {"agent": [], "customer": []}  # how often each distinct text has been said
        texts: dict[str, list[str]] = {"agent": [], "customer": []}
        for index in facts.index(role):
            text = facts.folded[index]
            if len(text) < condition.min_chars:
                continue
            speaker = facts.call.utterances[index].speaker
            earlier = texts[speaker][-REPEATS_COMPARED:]
            skipped = len(texts[speaker]) - len(earlier)
            same = process.extractOne(text, earlier, scorer=fuzz.ratio, processor=None, score_cutoff=cutoff)
            if same is None:
                texts[speaker].append(text)
                said[speaker].append(1)
                continue
            at = skipped + same[2]
            said[speaker][at] += 1
            if said[speaker][at] >= condition.times:
                found |= 1 << index
        return found

    return mask


def _beside(event: MaskOf, *, after: bool) -> MaskOf:
    def mask(facts: Facts) -> Mask:
        met = event(facts)
        if not met:
            return 0
        lowest = met & -met
        return facts.every & ~(lowest | (lowest - 1)) if after else lowest - 1

    return mask


def _within(condition: Within, names: Names, *place: str | int) -> MaskOf:
    event = compile_turn(condition.of, names, *place, "of").mask
    turns, side = condition.turns, condition.side

    def mask(facts: Facts) -> Mask:
        met = event(facts)
        found = 0
        if side != "before":
            found |= near_after(met, turns)
        if side != "after":
            found |= near_before(met, turns)
        return found & facts.every

    return mask


def near_after(mask: Mask, turns: int) -> Mask:
    """Turns that stand one to ``turns`` places after a turn of ``mask``.

    Examples
    --------
    >>> bin(near_after(0b001, 2))
    '0b110'
    """
    found = 0
    for step in range(1, min(turns, mask.bit_length() + turns) + 1):
        found |= mask << step
    return found


def near_before(mask: Mask, turns: int) -> Mask:
    """Turns that stand one to ``turns`` places before a turn of ``mask``."""
    found = 0
    for step in range(1, min(turns, mask.bit_length()) + 1):
        found |= mask >> step
    return found


def _since(condition: Since, names: Names, *place: str | int) -> MaskOf:
    event = compile_turn(condition.turn, names, *place, "turn").mask
    without = compile_turn(condition.without, names, *place, "without").mask

    def mask(facts: Facts) -> Mask:
        met = event(facts)
        if not met:
            return 0
        ended = without(facts)
        found = 0
        open_ = False
        # One pass over the turns from the first event on; an event that is itself answered in the same turn opens nothing.
        for index in range((met & -met).bit_length() - 1, facts.count):
            if ended >> index & 1:
                open_ = False
            elif open_:
                found |= 1 << index
            if met >> index & 1 and not ended >> index & 1:
                open_ = True
        return found

    return mask
