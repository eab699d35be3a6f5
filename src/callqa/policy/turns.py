"""Turn conditions as functions: `Facts` → mask of turns, and the words in a turn that met the condition."""

from __future__ import annotations

from collections.abc import Sequence

from callqa.call import Span
from callqa.policy import turn_tests as tests
from callqa.policy.conditions import Since, TurnCondition, Within
from callqa.policy.facts import Facts, Mask, bits
from callqa.policy.names import Names, SpansOf, TurnTest, any_needs, no_spans, unknown
from callqa.policy.turn_figures import figure_test


def compile_turn(condition: TurnCondition, names: Names, *place: str | int) -> TurnTest:
    """Compile a turn condition.

    Raises
    ------
    PlaceError
        It names a label, list or event that does not exist, or a pattern that cannot be compiled.
    """
    # Cheap tests first: what they rule out, the dear ones need not look at.
    parts: list[TurnTest] = []
    role = condition.role
    if role is not None:
        parts.append(tests.role_test(role))
    if condition.label is not None or condition.subtype is not None:
        parts.append(tests.label_test(condition, names, *place))
    if condition.turns is not None:
        parts.append(tests.range_test(condition.turns))
    if condition.severity is not None:
        parts.append(tests.severity_test(condition.severity, condition.label, names, *place))
    if condition.party is not None:
        parts.append(tests.party_test(frozenset(condition.party)))
    if condition.is_ is not None:
        parts.append(_either([_event(name, names, *place, "is", index) for index, name in enumerate(condition.is_)]))
    if condition.score is not None:
        parts.append(tests.score_test(condition.score, names, *place))
    for figure, bounds in (
        ("chars", condition.chars),
        ("fillers", condition.fillers),
        ("seconds", condition.seconds),
        ("chars_per_second", condition.chars_per_second),
        ("silence_before", condition.silence_before),
        ("overlap", condition.overlap),
    ):
        if bounds is not None:
            parts.append(figure_test(figure, bounds))
    if condition.text is not None:
        parts.append(_every(tests.text_tests(condition.text, role, names, *place, "text")))
    if condition.regex is not None:
        parts.append(_every(tests.regex_tests(condition.regex, role, *place, "regex")))
    if condition.similar is not None:
        parts.append(tests.similar_test(condition.similar, role))
    if condition.repeats is not None:
        parts.append(tests.repeats_test(condition.repeats, role))
    for key, nested in (("after", condition.after), ("before", condition.before)):
        if nested is not None:
            parts.append(_beside(compile_turn(nested, names, *place, key), after=key == "after"))
    if condition.within is not None:
        parts.append(_within(condition.within, names, *place, "within"))
    if condition.since is not None:
        parts.append(_since(condition.since, names, *place, "since"))
    if condition.all is not None:
        parts.extend(compile_turn(part, names, *place, "all", index) for index, part in enumerate(condition.all))
    if condition.any is not None:
        parts.append(_either([compile_turn(part, names, *place, "any", index) for index, part in enumerate(condition.any)]))
    if condition.not_ is not None:
        parts.append(tests.negated(compile_turn(condition.not_, names, *place, "not")))
    found = condition.regex is not None or (condition.text is not None and (condition.text.any or condition.text.all) is not None)
    if role is not None and len(parts) == 2 and found:
        # Words are found in the turns of the role alone, so the role need not be tested again.
        del parts[0]
    return _every(parts)


def _every(parts: Sequence[TurnTest]) -> TurnTest:
    if len(parts) == 1:
        return parts[0]
    masks = [part.mask for part in parts]
    narrowing, last = masks[:-1], parts[-1].lowest

    def mask(facts: Facts, among: Mask) -> Mask:
        for part in masks:
            among = part(facts, among)
            if not among:
                return 0
        return among

    def first(facts: Facts, among: Mask) -> Mask:
        for part in narrowing:
            among = part(facts, among)
            if not among:
                return 0
        return last(facts, among)

    spans = [part.spans for part in parts if part.spans is not no_spans]
    return TurnTest(
        mask,
        _union(spans),
        next((part.label for part in parts if part.label), None),
        next((part.needs for part in parts if part.needs is not None), None),
        first,
    )


def _either(parts: Sequence[TurnTest]) -> TurnTest:
    if len(parts) == 1:
        return parts[0]
    masks, firsts = [part.mask for part in parts], [part.lowest for part in parts]

    def mask(facts: Facts, among: Mask) -> Mask:
        found = 0
        for part in masks:
            found |= part(facts, among)
        return found

    def first(facts: Facts, among: Mask) -> Mask:
        found = 0
        for part in firsts:
            met = part(facts, among)
            if met:
                found = met
                among &= met - 1  # of the others, only an earlier turn counts
                if not among:
                    break
        return found

    def spans(facts: Facts, index: int) -> tuple[Span, ...]:
        # Of alternatives, only those that the turn meets show their words.
        return tuple(sorted({span for part in parts if part.mask(facts, 1 << index) for span in part.spans(facts, index)}))

    return TurnTest(mask, spans, needs=any_needs([part.needs for part in parts]), first=first)


def _union(parts: Sequence[SpansOf]) -> SpansOf:
    if not parts:
        return no_spans
    if len(parts) == 1:
        return parts[0]

    def spans(facts: Facts, index: int) -> tuple[Span, ...]:
        return tuple(sorted({span for part in parts for span in part(facts, index)}))

    return spans


def _event(name: str, names: Names, *place: str | int) -> TurnTest:
    if name not in names.events:
        raise unknown("event", name, list(names.events), *place)
    test = names.events[name]
    mask_of_all, lowest = test.mask, test.lowest
    whole, start = ("event", name), ("first", name)

    def mask(facts: Facts, among: Mask) -> Mask:
        found = facts.memo.get(whole)
        if found is None:
            # Of all turns, since others will ask for the rest: several rules speak of an event.
            found = facts.memo[whole] = mask_of_all(facts, facts.every)
        return found & among

    def first(facts: Facts, among: Mask) -> Mask:
        found = facts.memo.get(whole)
        if found is not None:
            found &= among
            return found & -found
        if among == facts.every:
            found = facts.memo.get(start)
            if found is None:
                found = facts.memo[start] = lowest(facts, among)
            return found
        return lowest(facts, among)

    return TurnTest(mask, test.spans, test.label, test.needs, first)


def _beside(event: TurnTest, *, after: bool) -> TurnTest:
    first = event.lowest

    def mask(facts: Facts, among: Mask) -> Mask:
        met = first(facts, facts.every)
        if not met:
            return 0
        return among & ~(met | (met - 1)) if after else among & (met - 1)

    return TurnTest(mask, no_spans)


def _within(condition: Within, names: Names, *place: str | int) -> TurnTest:
    event = compile_turn(condition.of, names, *place, "of").mask
    turns, side = condition.turns, condition.side

    def mask(facts: Facts, among: Mask) -> Mask:
        met = event(facts, facts.every)
        found = 0
        if side != "before":
            found |= near_after(met, turns)
        if side != "after":
            found |= near_before(met, turns)
        return found & among

    return TurnTest(mask, no_spans)


def near_after(mask: Mask, turns: int) -> Mask:
    """Turns that stand one to ``turns`` places after a turn of ``mask``.

    Examples
    --------
    >>> bin(near_after(0b001, 2))
    '0b110'
    """
    return _smear(mask, turns) << 1


def near_before(mask: Mask, turns: int) -> Mask:
    """Turns that stand one to ``turns`` places before a turn of ``mask``.

    Examples
    --------
    >>> bin(near_before(0b1000, 2))
    '0b110'
    """
    turns = min(turns, mask.bit_length())
    return _smear(mask, turns) >> turns if turns else 0


def _smear(mask: Mask, width: int) -> Mask:
    """Every bit of ``mask`` and the ``width`` - 1 bits above it, in about log2(width) steps."""
    done = 1
    while done < width:
        step = min(done, width - done)
        mask |= mask << step
        done += step
    return mask


def _since(condition: Since, names: Names, *place: str | int) -> TurnTest:
    event = compile_turn(condition.turn, names, *place, "turn").mask
    without = compile_turn(condition.without, names, *place, "without").mask

    def mask(facts: Facts, among: Mask) -> Mask:
        upto = (1 << among.bit_length()) - 1
        met = event(facts, upto)
        if not met:
            return 0
        ended = without(facts, upto & ~((met & -met) - 1))
        opened = met & ~ended  # an event that is itself answered in the same turn opens nothing
        found = 0
        for index in bits(among & ~ended):
            before = (1 << index) - 1
            if (opened & before).bit_length() > (ended & before).bit_length():  # the last event is later than the last answer
                found |= 1 << index
        return found

    return TurnTest(mask, no_spans)
