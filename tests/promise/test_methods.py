"""Means of payment: what commits to one, and what only names it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callqa.promise import promise_method
from callqa.promise.methods import _SIGNS, METHODS


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("我从app里还", "app"),
        ("我手机上点一下就完了", "app"),
        ("我在手机银行上还最低", "app"),
        ("用你们那个APP还", "app"),
        ("微信转给你", "wechat"),
        ("我扫那个码", "wechat"),
        ("走官方公众号", "wechat"),
        ("在小程序里还", "wechat"),
        ("我支付宝里头有", "alipay"),
        ("用支付宝付", "alipay"),
        ("我给你转账", "bank_transfer"),
        ("走对公转过去", "bank_transfer"),
        ("我用网银", "bank_transfer"),
        ("走我工资卡转", "bank_transfer"),
        ("我用手机银行转", "bank_transfer"),
        ("打到你们那个账号上", "bank_transfer"),
        ("让它自动扣", "auto_debit"),
        ("存进去你们扣", "auto_debit"),
        ("到时候系统划扣", "auto_debit"),
        ("你们十五号自己来扣就是了", "auto_debit"),
        ("我明天去柜台交", "counter"),
        ("去网点存", "counter"),
        ("我上银行存", "counter"),
        ("到营业厅交", "counter"),
        ("我去贵台还", "counter"),
        ("我拿现金来", "cash"),
        ("给你现钱", "cash"),
        ("我用云闪付", "other"),
        ("到柜员机上存", "other"),
        ("邮局寄", "other"),
        ("我明天还", None),
        ("给你转五百", None),
        ("app我不会弄", None),
        ("我不会用微信", None),
        ("没得现钱", None),
        ("支付宝限额了", None),
        ("转哪个账户", None),
        ("手机欠费了", None),
        ("信用社取了钱给你", None),
    ],
)
def test_method(text: str, method: str | None) -> None:
    assert promise_method(text) == method


def test_one_that_is_refused_gives_way_to_the_other() -> None:
    assert promise_method("不会用那个app，我让我婆娘拿微信弄") == "wechat"


@pytest.mark.parametrize("method", [method for method, _ in METHODS])
@given(data=st.data())
def test_the_quick_look_passes_over_no_means(method: str, data: st.DataObject) -> None:
    assert _SIGNS.search(data.draw(st.from_regex(dict(METHODS)[method])))
