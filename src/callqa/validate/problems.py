"""What can be wrong with a labelled call, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from callqa.lang import Lang, say

Level = Literal["error", "warning"]

# code: level, English, Chinese. {0} is the detail that a finding carries; never transcript text.
PROBLEMS: dict[str, tuple[Level, str, str]] = {
    "unreadable": ("error", "{0}", "无法读取：{0}"),
    "not_labelled": ("warning", "the call has no labels", "该通话没有标注"),
    "no_party": ("error", "party is missing: who is on the line?", "缺少 party（接听人）"),
    "party_repeated": ("warning", "party_from hands the line to who holds it already", "party_from 与当前接听人相同"),
    "wrong_role": ("error", "{0} never stands on this speaker's turn", "{0} 不应标在该角色的话轮上"),
    "wrong_listener": ("error", "{0} never stands while the debtor is on the line", "本人接听时不应标 {0}"),
    "no_subtype": ("error", "{0} needs a sub-type", "{0} 缺少子类"),
    "subtype_without_label": ("error", "sub-types of {0}, which is not among the labels", "有 {0} 的子类但没有该标签"),
    "no_spans": ("error", "{0} needs its spans in fillers", "{0} 缺少 fillers 位置"),
    "spans_without_label": ("error", "fillers without the label {0}", "有 fillers 但没有 {0} 标签"),
    "spans_disordered": ("error", "spans overlap or are not in order", "位置重叠或未按顺序"),
    "span_in_character": ("error", "a span cuts a character in two", "位置切开了一个字符"),
    "span_with_blank": ("warning", "a span begins or ends with a blank or punctuation", "位置首尾含空格或标点"),
    "no_slots": ("error", "{0} needs its slots in ptp", "{0} 缺少 ptp 槽位"),
    "slots_without_label": ("error", "ptp without a label that is a promise", "有 ptp 但没有承诺还款标签"),
    "promise_in_past": ("error", "the promised date lies before the call", "承诺日期早于通话日期"),
    "minimum_over_due": ("warning", "minimum_due is more than due", "最低还款额大于逾期总额"),
    "invisible": ("warning", "the text holds invisible characters", "文本含不可见字符"),
    "id_repeated": ("error", "the call id stands already in {0}", "通话 ID 已出现在 {0}"),
    "same_transcript": ("warning", "the transcript is that of {0}", "转写内容与 {0} 相同"),
    "leak": ("error", "the transcript is nearly that of {0}, which is kept for testing", "转写内容与测试集中的 {0} 几乎相同"),
}
FIXABLE = frozenset(
    {"party_repeated", "subtype_without_label"} | {"spans_without_label", "spans_disordered", "span_in_character", "span_with_blank"}
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where. ``code`` is a key of `PROBLEMS`, ``detail`` what its text leaves open."""

    code: str
    file: str
    line: int | None = None
    call_id: str | None = None
    turn: int | None = None
    field: str | None = None
    detail: str = ""

    @property
    def level(self) -> Level:
        """``error`` or ``warning``."""
        return PROBLEMS[self.code][0]

    @property
    def fixable(self) -> bool:
        """Whether ``--fix`` can put it right without a person's judgement."""
        return self.code in FIXABLE

    def text(self, lang: Lang) -> str:
        """What is wrong, for people.

        Examples
        --------
        >>> Problem("no_subtype", "a.jsonl", detail="misconduct").text("en")
        'misconduct needs a sub-type'
        """
        _, en, zh = PROBLEMS[self.code]
        return say(lang, en, zh).format(self.detail)

    def place(self) -> str:
        """Where it is, ``a.jsonl:3: c-1: turn 5``."""
        file = self.file if self.line is None else f"{self.file}:{self.line}"
        parts = (file, self.call_id, self.turn and f"turn {self.turn}", self.field)
        return ": ".join(str(part) for part in parts if part)
