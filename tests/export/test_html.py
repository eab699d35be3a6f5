from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from callqa.call import Call, Flag, FlagHit, Utterance
from callqa.export.html import call_html, marked_text, write_html
from callqa.labels import load_scheme
from callqa.lang import Lang

SCHEME = load_scheme()
ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</td></table><iframe src=//evil>",
    "&lt;b&gt;",
    "javascript:alert(1)",
    "\u202e<b>",
]
TAGS = (
    {"html", "head", "meta", "title", "style", "body", "h1", "h2", "section"}
    | {"dl", "dt", "dd", "ul", "li", "table", "tr", "td", "mark", "u", "b"}
)  # fmt: skip


class Tags(HTMLParser):
    """All tags, attributes and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def page(tmp_path: Path, call: Call, lang: Lang = "zh") -> tuple[str, Tags]:
    write_html([call], tmp_path / "a.html", SCHEME, lang)
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    parsed = Tags()
    parsed.feed(text)
    return text, parsed


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_was_said_stays_text(tmp_path: Path, attack: str) -> None:
    turn = Utterance(1, "agent", attack, evidence={"misconduct": ((0, 3),)}, fillers=((2, 4),), labels=("misconduct",))
    flag = Flag(attack, "notice", hits=(FlagHit(1),), name_zh=attack, advice_zh=attack)
    _, parsed = page(tmp_path, Call(attack, (turn,), agent_id=attack, flags=(flag,)))
    assert {tag for tag, _ in parsed.tags} <= TAGS
    assert {name for _, attributes in parsed.tags for name in attributes} <= {"lang", "charset", "http-equiv", "content", "name", "class"}
    assert parsed.text.count(attack) >= 3


def test_the_page_loads_and_runs_nothing(tmp_path: Path) -> None:
    text, parsed = page(tmp_path, Call("c1", (Utterance(1, "agent", "您好"),)))
    [policy] = [attrs["content"] for tag, attrs in parsed.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert policy is not None and style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert not re.search(r"https?://|src=|href=|url\(|@import|style=", text)


def test_people_read_it_in_their_language(tmp_path: Path) -> None:
    turn = Utterance(1, "agent", "你就是个骗子", 61_000, labels=("pressure_tactic",), subtypes={"pressure_tactic": ("insult",)})
    flag = Flag("insult", "violation", 10, (FlagHit(1),), name_zh="辱骂客户", name_en="Insult", advice_zh="请致歉", advice_en="Apologise")
    call = Call("c1", (turn,), party="third_party", score=90.0, flags=(flag,))
    _, zh = page(tmp_path, call)
    _, en = page(tmp_path, call, "en")
    for words in ("违规 · 辱骂客户（第 1 句） — 请致歉", "施压：辱骂嘲讽", "第三方", "01:01", "坐席"):
        assert words in zh.text
    for words in ("Violation · Insult (turn 1) — Apologise", "Pressure tactic: Insult", "third party"):
        assert words in en.text


def test_spans_are_shown_where_they_stand() -> None:
    assert marked_text("那个今天必须", [(2, 6), (4, 6)], [(0, 2)]) == "<u>那个</u><mark>今天必须</mark>"
    assert marked_text("a&b", [(0, 2)], [(1, 3)]) == "<mark>a</mark><mark><u>&amp;</u></mark><u>b</u>"


def test_a_page_of_many_calls(tmp_path: Path) -> None:
    calls = [Call(f"c{n}", (Utterance(1, "agent", "您好"),)) for n in range(3)]
    assert write_html(calls, tmp_path / "a.html", SCHEME, "en", title="Day") == 3
    assert all(call_html(call, SCHEME, "en") in (tmp_path / "a.html").read_text(encoding="utf-8") for call in calls)
