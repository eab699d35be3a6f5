"""Sums of money in running speech."""

from __future__ import annotations

import pytest

from callqa.text.money import find_sums


@pytest.mark.parametrize(
    ("text", "sums"),
    [
        ("先还三块二毛七，剩下的两三千", ["3.27", "2000.00"]),
        ("尾号三三零九，分三期，一期一千八", ["1800.00"]),
        ("三天八点两期", []),
        ("五百到一千", ["500.00"]),
        ("三到五千", ["3000.00"]),
        ("四千八百块", ["4800.00"]),
        ("千八百块", ["800.00"]),
        ("四百八十块", ["480.00"]),
        ("百八十块", ["80.00"]),
        ("剩八百 九百", ["800.00"]),
        ("五百 三百", ["500.00", "300.00"]),
        ("一分不少，一毛不差", []),
        ("八分钱", ["0.08"]),
        ("工号1160", []),
        ("百分之五", []),
        ("几千块", []),
        ("一块一，两块一毛", ["1.10", "2.10"]),
        ("一块儿一块一块还", []),
        ("99999999999999", []),
        ("0块，五百", ["500.00"]),
        ("9" * 300, []),
        ("还" + "三" * 300 + "，五百块", ["500.00"]),
    ],
)
def test_sums(text: str, sums: list[str]) -> None:
    assert [str(one.value) for one in find_sums(text)] == sums


def test_spans_cover_the_whole_sum() -> None:
    text = "我先还三千二百五十块六毛吧"
    (one,) = find_sums(text)
    assert text[one.start : one.end] == "三千二百五十块六毛"
    assert one.unit
    assert not one.loose


@pytest.mark.parametrize("text", ["两三千", "一千多", "三百来块", "三千左右", "五百到一千", "千把块"])
def test_about_is_told(text: str) -> None:
    assert find_sums(text)[0].loose
