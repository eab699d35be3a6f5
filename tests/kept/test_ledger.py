"""Promises against payments."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.call import Call, Promise, Utterance
from callqa.kept import Payment, PromiseOutcome, settle
from callqa.kept.ledger import promise_of

CALL = datetime.fromisoformat("2026-03-05T10:12:00+08:00")


def promise(amount: str = "500", due: str = "2026-03-08", call_id: str = "c1", account: str = "k1") -> PromiseOutcome:
    return PromiseOutcome(
        call_id, 2, "a1", "north", account, CALL, date.fromisoformat(due), None, Decimal(amount), complete=False, status="unmatched"
    )


def paid(amount: str, at: str, line: int = 2, account: str = "k1") -> Payment:
    moment = datetime.fromisoformat(at) if "T" in at else date.fromisoformat(at)
    return Payment(account, moment, Decimal(amount), line)


def settled(*payments: Payment, due: str = "2026-03-08", grace: int = 0, as_of: str = "2026-04-01") -> PromiseOutcome:
    return settle([promise(due=due)], payments, as_of=date.fromisoformat(as_of), grace_days=grace)[0]


@pytest.mark.parametrize(
    ("payments", "status", "shortfall"),
    [
        ([("500.00", "2026-03-08")], "kept", "0"),
        ([("500.01", "2026-03-06")], "kept", "0"),
        ([("499.99", "2026-03-08")], "partly", "0.01"),
        ([("200", "2026-03-06"), ("300", "2026-03-08")], "kept", "0"),
        ([("200", "2026-03-06"), ("300", "2026-03-09")], "partly", "300"),
        ([("500", "2026-03-09")], "broken", "500"),
        ([("500", "2026-03-04")], "broken", "500"),
        ([("500", "2026-03-05T10:11:59+08:00")], "broken", "500"),
        ([("500", "2026-03-05T10:12:00+08:00")], "kept", "0"),
        ([("500", "2026-03-08T23:59:59+08:00")], "kept", "0"),
        ([("500", "2026-03-09T00:00:00+08:00")], "broken", "500"),
        ([("500", "2026-03-08T15:59:59+00:00")], "kept", "0"),  # 23:59:59 where the call was
        ([("500", "2026-03-08T16:00:00+00:00")], "broken", "500"),
        ([("500", "2026-03-08T12:00:00")], "kept", "0"),  # no zone: the call's
        ([("500", "2026-03-05")], "kept", "0"),  # the day alone: the call's own day counts
        ([], "broken", "500"),
    ],
)
def test_kept_to_the_cent_and_to_the_day(payments: list[tuple[str, str]], status: str, shortfall: str) -> None:
    outcome = settled(*(paid(amount, at, line) for line, (amount, at) in enumerate(payments, 2)))
    assert outcome.status == status
    assert outcome.shortfall == Decimal(shortfall)


def test_grace_days() -> None:
    late = paid("500", "2026-03-09")
    assert settled(late).status == "broken"
    assert settled(late, grace=1).status == "kept"
    assert settled(paid("500", "2026-03-10"), grace=1).status == "broken"


@pytest.mark.parametrize(("as_of", "status"), [("2026-03-07", "not_due"), ("2026-03-08", "not_due"), ("2026-03-09", "broken")])
def test_a_promise_is_due_when_its_day_is_over(as_of: str, status: str) -> None:
    assert settled(as_of=as_of).status == status


def test_a_promise_kept_early_is_kept_before_it_is_due() -> None:
    assert settled(paid("500", "2026-03-06"), as_of="2026-03-06").status == "kept"


def test_grace_puts_off_when_a_promise_is_due() -> None:
    assert settled(grace=2, as_of="2026-03-10").status == "not_due"


def test_another_account_s_payment_counts_for_nothing() -> None:
    assert settled(paid("500", "2026-03-06", account="k2")).status == "broken"


def test_a_payment_serves_one_promise_alone() -> None:
    two = [promise(call_id="c1"), promise(call_id="c2", due="2026-03-10")]
    outcomes = settle(two, [paid("500", "2026-03-07", 2)], as_of=date(2026, 4, 1))
    assert [(one.call_id, one.status) for one in outcomes] == [("c1", "kept"), ("c2", "broken")]
    assert [one.payment_lines for one in outcomes] == [(2,), ()]


def test_payments_go_where_they_fit() -> None:
    two = [promise("500", "2026-03-08", call_id="c1"), promise("1000", "2026-03-10", call_id="c2")]
    payments = [paid("1000", "2026-03-06", 2), paid("500", "2026-03-07", 3)]
    outcomes = settle(two, payments, as_of=date(2026, 4, 1))
    assert [one.status for one in outcomes] == ["kept", "kept"]
    assert [one.payment_lines for one in outcomes] == [(3,), (2,)]


def test_what_keeps_a_promise_is_not_given_to_one_that_cannot_be_kept() -> None:
    two = [promise("2000", "2026-03-08", call_id="c1"), promise("500", "2026-03-10", call_id="c2")]
    outcomes = settle(two, [paid("500", "2026-03-06", 2)], as_of=date(2026, 4, 1))
    assert [one.status for one in outcomes] == ["broken", "kept"]


def test_many_payments_of_one_account_add_up() -> None:
    payments = [paid("25", "2026-03-06", line) for line in range(2, 42)]
    outcome = settled(*payments)
    assert outcome.status == "kept"
    assert outcome.paid == 500
    assert len(outcome.payment_lines) == 20


@given(
    st.lists(st.tuples(st.integers(1, 90_000), st.integers(0, 12), st.sampled_from(["k1", "k2"])), max_size=8),
    st.lists(st.tuples(st.integers(1, 90_000), st.integers(-1, 14), st.sampled_from(["k1", "k2"])), max_size=10),
)
def test_no_cent_is_counted_twice(promises: list[tuple[int, int, str]], payments: list[tuple[int, int, str]]) -> None:
    made = [
        promise(str(Decimal(cents) / 100), date(2026, 3, 5 + ahead).isoformat(), call_id=f"c{index}", account=account)
        for index, (cents, ahead, account) in enumerate(promises)
    ]
    money = [
        paid(str(Decimal(cents) / 100), date(2026, 3, 5 + ahead).isoformat(), line, account)
        for line, (cents, ahead, account) in enumerate(payments, 2)
    ]
    outcomes = settle(made, money, as_of=date(2026, 4, 1))
    by_line = {one.line: one for one in money}
    used = [line for one in outcomes for line in one.payment_lines]
    assert len(used) == len(set(used))
    for one in outcomes:
        assert one.paid == sum((by_line[line].amount for line in one.payment_lines), Decimal(0))
        assert (one.status == "kept") == (one.paid >= (one.promised or 0))
        assert all(by_line[line].account_id == one.account_id for line in one.payment_lines)
    assert outcomes == settle(made, list(reversed(money)), as_of=date(2026, 4, 1))


@pytest.mark.parametrize(
    ("account", "slots", "words", "reason"),
    [
        (None, Promise(date(2026, 3, 8), Decimal(500)), "好", "no_account"),
        ("k1", Promise(None, Decimal(500)), "好", "no_date"),
        ("k1", Promise(date(2026, 3, 8), None), "好", "no_amount"),
        ("k1", Promise(date(2026, 3, 8), "minimum"), "好", "no_amount"),
        ("k1", Promise(date(2026, 3, 8), Decimal(500)), "算了，我不还了", "withdrawn"),
        ("k1", Promise(date(2026, 3, 8), Decimal(500)), "好", None),
    ],
)
def test_what_cannot_be_held_against_payments_says_why(account: str | None, slots: Promise, words: str, reason: str | None) -> None:
    turns = (Utterance(1, "customer", "…", ptp=slots), Utterance(2, "customer", words))
    _, outcome = promise_of(Call("c1", turns, started_at=CALL, account_id=account))
    assert outcome is not None
    assert outcome.reason == reason
    assert settle([outcome], [], as_of=date(2026, 4, 1))[0].status == ("broken" if reason is None else "unmatched")
