"""Call conditions as functions: `Facts` → the turns that show that the condition holds, or ``None`` where it does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from callqa.call import Span
from callqa.policy import call_tests
from callqa.policy.conditions import CallCondition
from callqa.policy.facts import Facts, Mask
from callqa.policy.names import CallTest, Detail, Names, SpansOf, any_needs, no_detail, no_spans
from callqa.policy.turns import compile_turn


def compile_call(condition: CallCondition, names: Names, *place: str | int) -> CallTest:
    """Compile a call condition.

    Raises
    ------
    PlaceError
        It names something that does not exist, or a pattern that cannot be compiled.
    """
    # Cheap tests first: `_all` stops at the first that does not hold.
    tests: list[CallTest] = []
    if condition.time is not None:
        tests.append(call_tests.time_test(condition.time))
    if condition.data is not None:
        tests.append(call_tests.data_test(condition.data))
    if condition.promise is not None:
        tests.append(call_tests.promise_test(condition.promise))
    if condition.contacts is not None:
        tests.append(call_tests.contacts_test(condition.contacts))
    if condition.turn is not None:
        turn = compile_turn(condition.turn, names, *place, "turn")
        mask, first = turn.mask, turn.lowest
        tests.append(
            CallTest(
                lambda facts: mask(facts, facts.every) or None,
                turn.spans,
                no_detail,
                turn.label,
                turn.needs,
                lambda facts: first(facts, facts.every) != 0,
            )
        )
    if condition.count is not None:
        tests.append(call_tests.count_test(condition.count, names, *place, "count"))
    if condition.share is not None:
        tests.append(call_tests.share_test(condition.share, names, *place, "share"))
    if condition.order is not None:
        tests.append(call_tests.order_test(condition.order, names, *place, "order"))
    if condition.lacks is not None:
        tests.append(call_tests.lacks_test(condition.lacks, names, *place, "lacks"))
    if condition.measure is not None:
        tests.append(call_tests.measure_test(condition.measure))
    if condition.all is not None:
        tests.extend(compile_call(part, names, *place, "all", index) for index, part in enumerate(condition.all))
    if condition.any is not None:
        tests.append(_any([compile_call(part, names, *place, "any", index) for index, part in enumerate(condition.any)]))
    if condition.not_ is not None:
        holds = compile_call(condition.not_, names, *place, "not").holds
        tests.append(CallTest(lambda facts: None if holds(facts) else 0, no_spans, no_detail))
    return tests[0] if len(tests) == 1 else _all(tests)


def _all(tests: Sequence[CallTest]) -> CallTest:
    parts = [(test.met, test.exists) for test in tests]
    shown_late = [test.met for test in tests if test.exists is not None]

    def met(facts: Facts) -> Mask | None:
        found = 0
        for part, exists in parts:
            if exists is not None:
                if not exists(facts):
                    return None
                continue
            mask = part(facts)
            if mask is None:
                return None
            found |= mask
        # Which turns show what was only known to hold is asked once all of it holds: mostly it does not.
        for part in shown_late:
            found |= part(facts) or 0
        return found

    return CallTest(
        met,
        _spans_of(tests),
        _detail_of(tests),
        next((test.label for test in tests if test.label), None),
        next((test.needs for test in tests if test.needs is not None), None),
    )


def _any(tests: Sequence[CallTest]) -> CallTest:
    parts = [test.met for test in tests]

    def met(facts: Facts) -> Mask | None:
        found: Mask | None = None
        for part in parts:
            mask = part(facts)
            if mask is not None:
                found = mask if found is None else found | mask
        return found

    return CallTest(met, _spans_of(tests), _detail_of(tests), needs=any_needs([test.needs for test in tests]))


def _spans_of(tests: Sequence[CallTest]) -> SpansOf:
    worded = [test for test in tests if test.spans is not no_spans]
    if not worded:
        return no_spans

    def spans(facts: Facts, index: int) -> tuple[Span, ...]:
        found: set[Span] = set()
        for test in worded:
            mask = facts.memo.get(test.met)
            if mask is None:
                mask = facts.memo[test.met] = test.met(facts) or 0
            if mask >> index & 1:
                found.update(test.spans(facts, index))
        return tuple(sorted(found))

    return spans


def _detail_of(tests: Sequence[CallTest]) -> Detail:
    figured = [test for test in tests if test.detail is not no_detail]
    if not figured:
        return no_detail

    def detail(facts: Facts) -> Mapping[str, Any]:
        return {key: value for test in figured if test.met(facts) is not None for key, value in test.detail(facts).items()}

    return detail
