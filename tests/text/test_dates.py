"""Every time a text names, with its place and kind. What each form means is tested with `callqa.promise.promise_date`."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callqa.text.date_forms import _FIRST, _FORMS, FORMS
from callqa.text.dates import bare_day, find_dates

TODAY = date(2026, 3, 5)  # a Thursday
DATA = Path(__file__).parents[2] / "data" / "train"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("十号发工资，下周五之前还", [("十号", "2026-03-10", "day"), ("下周五", "2026-03-13", "day")]),
        ("明天下午三点", [("明天下午三点", "2026-03-06", "day")]),
        ("昨天晚上", [("昨天晚上", "2026-03-04", "past")]),
        ("上周五", [("上周五", "2026-02-27", "past")]),
        ("初五初六", [("初五初六", "2026-03-24", "day")]),
        ("九月三号五号", [("九月三号五号", "2026-09-05", "day")]),
        ("二十八号到三十号", [("二十八号到三十号", "2026-03-30", "day")]),
        ("礼拜六，十四号", [("礼拜六，十四号", "2026-03-14", "day")]),
        ("五月三号劳动节", [("五月三号劳动节", "2026-05-03", "day")]),
        ("月底，马上", [("月底，马上", "2026-03-31", "span")]),
        ("晚上", [("晚上", "2026-03-05", "hour")]),
        ("马上", [("马上", "2026-03-05", "now")]),
        ("一周内", [("一周内", "2026-03-12", "span")]),
        ("三号楼二号线十五号文件", []),
        ("账号卡号工号", []),
        ("以后天天打", []),
        ("三五百", []),
        ("干五天", []),
        ("三十二号", []),
        ("13月45日", []),
        ("九四二点二四", []),
    ],
)
def test_times(text: str, found: list[tuple[str, str, str]]) -> None:
    assert [(text[one.start : one.end], str(one.day), one.kind) for one in find_dates(text, TODAY)] == found


@pytest.mark.parametrize(
    ("text", "day"), [("二十五吧", "2026-03-25"), ("嗯 4", "2026-04-04"), ("三千", None), ("十分", None), ("五百", None)]
)
def test_a_day_without_its_word(text: str, day: str | None) -> None:
    found = bare_day(text, TODAY)
    assert (None if found is None else str(found.day)) == day


def test_no_form_begins_with_a_character_the_search_passes_over() -> None:
    """`FORMS` looks at the first character before it tries the forms: that must lose none of them."""
    slow = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _FORMS.items()))
    texts = [
        "今天明天后天大后天听日名天厚天外后天昨天前天上周去年",
        "周五下周五这礼拜三拜六里拜一每周三本周内",
        "十号15号廿五号三月五号元月二号正月初五腊月二十六冬月初一",
        "农历三月初三大年三十过年初三初八",
        "月底上旬中旬下旬下个月底次月五号",
        "三天内半个月后一周内再过两天给我三天宽限五天",
        "最晚三天不出两天隔两天缓两天",
        "国庆前春节后元宵节清明端午七夕中秋重阳冬至小年腊八除夕",
        "平安夜圣诞双十一教师节儿童节妇女节情人节劳动节",
        "五一前",
        "十一前",
        "六一前",
        "年底年前赶过年季度末马上立刻这就等下待会现在就还挂了电话",
        "做完就还十分钟一刻钟半小时内24小时",
        "早上清早晌午傍晚夜里半夜黑里天黑收工打烊交班放学出站",
        "到家睡醒吃完饭挨晚擦黑下昼后晌八点零点12:30",
        "2026-03-05三月份二零二六年四月一日3/15",
    ]
    for text in texts:
        fast = [found.span() for found in FORMS.finditer(text)]
        assert fast == [found.span() for found in slow.finditer(text)], text


# every character that some form asks for, so that drawn texts hold many times and many near misses
_LETTERS = sorted({char for pattern in _FORMS.values() for char in pattern if char > "\u3000" or char.isdigit() or char in "-/.: "})
_WITHOUT_OPENING = re.compile(f"(?={_FIRST})(?:" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _FORMS.items()) + ")")


def _times(forms: re.Pattern[str], text: str) -> list[tuple[int, int, str | None]]:
    return [(*found.span(), found.lastgroup) for found in forms.finditer(text)]


@given(st.text(st.sampled_from(_LETTERS), min_size=1, max_size=60))
def test_the_second_look_before_the_forms_loses_none(text: str) -> None:
    assert _times(FORMS, text) == _times(_WITHOUT_OPENING, text)


@pytest.mark.parametrize("name", list(_FORMS))
@settings(max_examples=25)
@given(data=st.data())
def test_no_match_of_a_form_is_passed_over(name: str, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(_FORMS[name], fullmatch=False, alphabet=st.sampled_from(_LETTERS)))
    assert _times(FORMS, text) == _times(_WITHOUT_OPENING, text)


def test_the_second_look_loses_none_of_the_labelled_calls() -> None:
    for path in sorted(DATA.glob("*.jsonl")):
        for text in re.findall(r'"text": ?"([^"]*)"', path.read_text(encoding="utf-8")):
            assert _times(FORMS, text) == _times(_WITHOUT_OPENING, text), text
