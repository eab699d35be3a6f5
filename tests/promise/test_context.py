"""Slots with their context: what the turn accepts, what it answers, where each slot stands."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from callqa.call import Call, SlotSource, Utterance
from callqa.errors import InputError
from callqa.promise import promise_slots

START = "2026-03-05T10:12:00+08:00"  # a Thursday


def call(*texts: str, started_at: str | None = START) -> Call:
    """A call of ``a:``/``c:`` turns."""
    speakers = {"a": "agent", "c": "customer"}
    turns = tuple(
        Utterance(number, "agent" if speakers[text[0]] == "agent" else "customer", text[2:]) for number, text in enumerate(texts, 1)
    )
    return Call("c1", turns, started_at=datetime.fromisoformat(started_at) if started_at else None)


def slots(*texts: str, started_at: str | None = START) -> tuple[date | None, Decimal | str | None, str | None]:
    """Slots of the last customer turn."""
    made = call(*texts, started_at=started_at)
    turn = max(one.turn for one in made.utterances if one.speaker == "customer")
    promise = promise_slots(made, turn)
    return promise.date, promise.amount, promise.method


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        # the guide's own example (5.5)
        (("a:我帮您备注明天还款两千可以吧", "c:好的"), (date(2026, 3, 6), Decimal(2000), None)),
        # a recap (5.15)
        (("a:二十号，一千五，对吧", "c:对"), (date(2026, 3, 20), Decimal(1500), None)),
        (("a:十五号，一千三百六十六，镇上网点柜台", "c:对着嘞"), (date(2026, 3, 15), Decimal(1366), "counter")),
        (("a:那您看十号先还两千，从app还，行不行", "c:中"), (date(2026, 3, 10), Decimal(2000), "app")),
        # what the turn itself says wins
        (("a:那明天还两千可以吧", "c:行，后天吧，一千五"), (date(2026, 3, 7), Decimal(1500), None)),
        (("a:十号两千，您看", "c:两千可以，十五号我来还"), (date(2026, 3, 15), Decimal(2000), None)),
        (("a:这个月十号五千行不行", "c:五千我没得 两千 十号"), (date(2026, 3, 10), Decimal(2000), None)),
        # answers
        (("a:哪天能还", "c:十五号"), (date(2026, 3, 15), None, None)),
        (("a:哪天还？", "c:二十五吧"), (date(2026, 3, 25), None, None)),
        (("a:一千啥时候", "c:下礼拜五吧"), (date(2026, 3, 13), Decimal(1000), None)),
        (("a:后天是七号，打多少呢", "c:先打三千五行不行"), (date(2026, 3, 7), Decimal(3500), None)),
        (("a:您是还全额还是先还最低？", "c:全额呀"), (None, "full", None)),
        (("a:九月十五 八百八", "c:嗯 十五 八百八"), (date(2026, 9, 15), Decimal(880), None)),
        # a time of day stands on the day under discussion
        (("a:那您明天几点还呢？", "c:下午三点转"), (date(2026, 3, 6), None, None)),
        (("a:那您明天几点还呢？", "c:今天下午三点就转"), (date(2026, 3, 5), None, None)),
        (("a:您明天还？", "c:不用，我马上转"), (date(2026, 3, 5), None, None)),
        # the agent's own days of notice are no proposal
        (("a:过了二十五号就上报征信了", "c:行，我还五百"), (None, Decimal(500), None)),
        (("a:账单日是十号，宽限期到十三号", "c:好好我还"), (None, None, None)),
        # the customer rounds the agent's sum
        (("a:最低九百一十二块零七分您先垫上行吗", "c:九百我可以的"), (None, Decimal("912.07"), None)),
        # a question of the customer's in between
        (("a:您先转三千六百九十六", "c:现在转？", "a:对，马上", "c:好好好我转"), (date(2026, 3, 5), Decimal(3696), None)),
        # how the money gets there
        (("a:今晚系统还会再扣一次", "c:那我今晚存四百进去"), (date(2026, 3, 5), Decimal(400), "auto_debit")),
        (("c:支付宝可以转吗", "a:可以", "c:好，吃完饭就转，五百"), (date(2026, 3, 5), Decimal(500), "alipay")),
        # what remains for the second day
        (("a:今晚先还三百，剩下的一千二，十号下午前", "c:十号开了支就还"), (date(2026, 3, 10), Decimal(1200), None)),
        # a sum that both have named, when the agent then asks for the day; of other earlier sums none
        (("a:先还三百行不", "c:三百行 咋还", "a:柜台也行 哪天去呢", "c:明天吧"), (date(2026, 3, 6), Decimal(300), None)),
        (("a:最低三百一十二块零七您先还", "c:三百行吧", "a:那您哪天方便", "c:后天"), (date(2026, 3, 7), Decimal("312.07"), None)),
        (("a:先还三百行不", "c:三百行 咋还", "a:柜台也行 手机也行", "c:那我明天去柜台"), (date(2026, 3, 6), None, "counter")),
        (("a:您啥安排", "c:我工资三千", "a:哪天发呢", "c:十号发了就还"), (date(2026, 3, 10), None, None)),
        # an event is no day
        (("a:今天还两千可以吧", "c:发了工资我就还你五百"), (None, Decimal(500), None)),
        (("a:那剩下的呢", "c:下来了马上还"), (None, None, None)),
    ],
)
def test_slots(texts: tuple[str, ...], expected: tuple[date | None, Decimal | str | None, str | None]) -> None:
    assert slots(*texts) == expected


def test_pieces_of_a_broken_sentence_belong_together() -> None:
    broken = call("a:您说个日子", "c:我下礼拜二", "c:拿到手我再转一百五", "c:用微信")
    promise = promise_slots(broken, 3)
    assert (promise.date, promise.amount, promise.method) == (date(2026, 3, 10), Decimal(150), "wechat")
    assert [promise.sources[slot].turn for slot in ("date", "amount", "method")] == [2, 3, 4]


def test_every_slot_says_where_it_stands() -> None:
    made = call("a:那十号先还两千可以吧", "c:好，我用微信")
    promise = promise_slots(made, 2)
    for slot, words in (("date", "十号"), ("amount", "两千"), ("method", "微信")):
        source = promise.sources[slot]
        assert source.turn is not None
        assert source.span is not None
        assert made.utterances[source.turn - 1].text[slice(*source.span)] == words


def test_spans_are_those_of_the_text_as_it_came() -> None:
    made = call("c:后天 我 还 你 三千 一百 二")
    source = promise_slots(made, 1).sources["amount"]
    assert promise_slots(made, 1).amount == Decimal(3120)
    assert source.span is not None
    assert made.utterances[0].text[slice(*source.span)] == "三千 一百 二"


@pytest.mark.parametrize(
    ("text", "slot", "reason"),
    [
        ("我一定还", "date", "not_said"),
        ("发了工资就还", "date", "event"),
        ("先还一半", "amount", "partial"),
        ("明天还", "method", "not_said"),
    ],
)
def test_an_empty_slot_says_why(text: str, slot: str, reason: str) -> None:
    assert promise_slots(call(f"c:{text}"), 1).sources[slot] == SlotSource(reason=reason)


def test_without_the_day_of_the_call_no_date_is_resolved() -> None:
    promise = promise_slots(call("c:十号还五百", started_at=None), 1)
    assert promise.date is None
    assert promise.sources["date"].reason == "no_call_date"
    assert promise.amount == Decimal(500)


@pytest.mark.parametrize(
    ("started_at", "expected"),
    [
        ("2026-03-05T23:58:00+08:00", date(2026, 3, 6)),
        ("2026-03-05T23:58:00-05:00", date(2026, 3, 6)),
        ("2026-03-05T00:01:00+14:00", date(2026, 3, 6)),
        ("2026-12-31T23:58:00+08:00", date(2027, 1, 1)),
        ("2024-02-28T23:58:00+00:00", date(2024, 2, 29)),
    ],
)
def test_days_count_from_the_local_date_of_the_call(started_at: str, expected: date) -> None:
    assert slots("c:我明天还", started_at=started_at)[0] == expected


def test_a_turn_that_is_not_there() -> None:
    with pytest.raises(InputError, match="no turn 9"):
        promise_slots(call("c:我明天还"), 9)


def test_what_a_turn_promises_does_not_depend_on_later_talk() -> None:
    short = call("a:十号两千可以吧", "c:好")
    longer = call("a:十号两千可以吧", "c:好", "a:那我记下了", "c:二十号再给三千")
    assert promise_slots(short, 2) == promise_slots(longer, 2)
