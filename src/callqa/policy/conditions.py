"""The policy language: what a condition may say, as pydantic models.

Two kinds. A `TurnCondition` picks turns of a call; a `CallCondition` holds for a call or not. All operators that stand in one condition
must hold together; ``all``, ``any`` and ``not`` combine conditions. The models are the only definition of the language: the JSON Schema
for editors and the operator table of docs/policy.md are generated from them, and `callqa.policy.compile` turns them into functions.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from callqa.call import Party, Speaker

MAX_STARS = 2  # gaps in one keyword: more would let a keyword match half the turn
STAR_CHARS = 8  # characters a gap may span
SETTING_PATTERN = r"^\$[a-z][a-z0-9_]*$"


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str | dict) else value


def _schema_of(kind: str) -> dict[str, Any]:
    """Any value may also be the name of a setting (``$name``): it is put in before validation."""
    return {"anyOf": [{"type": kind}, {"type": "string", "pattern": SETTING_PATTERN}]}


Number = Annotated[float, WithJsonSchema(_schema_of("number"))]
Whole = Annotated[int, Field(ge=1), WithJsonSchema(_schema_of("integer"))]
Name = Annotated[str, Field(min_length=1)]
LabelName = Annotated[str, WithJsonSchema({"type": "string", "callqa": "label"})]
SubTypeName = Annotated[str, WithJsonSchema({"type": "string", "callqa": "subtype"})]
SeverityName = Annotated[str, WithJsonSchema({"type": "string", "callqa": "severity"})]


def _clock(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d|24:00", value):
        return value
    raise ValueError('must be a time of day such as "09:00"')


Clock = Annotated[str, BeforeValidator(_clock), WithJsonSchema({"type": "string", "pattern": r"^(\d\d:\d\d|\$[a-z][a-z0-9_]*)$"})]


def _keyword(value: str) -> str:
    inner = value.removeprefix("^").removesuffix("$")
    if not inner.strip("* "):
        raise ValueError("is an empty keyword")
    if value.startswith("*") or value.endswith("*"):
        raise ValueError("a keyword cannot begin or end with *")
    if value.count("*") > MAX_STARS:
        raise ValueError(f"a keyword holds at most {MAX_STARS} gaps (*)")
    return value


Keyword = Annotated[str, Field(min_length=1), BeforeValidator(lambda value: _keyword(value) if isinstance(value, str) else value)]
Keywords = Annotated[list[Keyword], Field(min_length=1), BeforeValidator(_as_list)]
Texts = Annotated[list[Name], Field(min_length=1), BeforeValidator(_as_list)]


class Strict(BaseModel):
    """Base of every part of the language: unknown fields are errors, values are not changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


class Bounds(Strict):
    """Limits of a figure; all that are given must hold."""

    at_least: Number | None = Field(None, description="不小于 | no less than this")
    at_most: Number | None = Field(None, description="不大于 | no more than this")
    above: Number | None = Field(None, description="大于 | more than this")
    below: Number | None = Field(None, description="小于 | less than this")

    @model_validator(mode="after")
    def _some_bound(self) -> Bounds:
        if self.at_least is None and self.at_most is None and self.above is None and self.below is None:
            raise ValueError("needs at_least, at_most, above or below")
        return self


class ScoreBounds(Bounds):
    """Limits of a label's calibrated score."""

    label: LabelName = Field(description="标签 | the label whose score is meant")


class Range(Strict):
    """Which turns, by their place in the call."""

    first: Whole | None = Field(None, description="前 N 轮 | the first N turns")
    last: Whole | None = Field(None, description="后 N 轮 | the last N turns")
    from_: Whole | None = Field(None, alias="from", description="从第 N 轮起 | from the N-th turn on")
    to: Whole | None = Field(None, description="到第 N 轮止 | up to the N-th turn")
    of: Literal["all", "agent", "customer"] = Field("all", description="按谁的轮次计 | whose turns are counted")

    @model_validator(mode="after")
    def _some_end(self) -> Range:
        if self.first is None and self.last is None and self.from_ is None and self.to is None:
            raise ValueError("needs first, last, from or to")
        return self


class TextCondition(Strict):
    """Keywords in a turn. Punctuation, spaces and case do not count.

    ``*`` is a gap of up to eight characters, ``^`` and ``$`` the beginning and end of the turn, ``@name`` a list of the policy.
    """

    any: Keywords | None = Field(None, description="包含任一 | has any of these")
    all: Keywords | None = Field(None, description="全部包含 | has all of these")
    none: Keywords | None = Field(None, description="都不包含 | has none of these")
    at_least: Whole = Field(1, description="any 中至少 N 个不同的词 | how many different ones of `any`")

    @model_validator(mode="after")
    def _some_words(self) -> TextCondition:
        if self.any is None and self.all is None and self.none is None:
            raise ValueError("needs any, all or none")
        if self.at_least > 1 and self.any is None:
            raise ValueError("at_least counts the words of any, which is missing")
        return self


class RegexCondition(Strict):
    """Regular expressions over a turn without punctuation and spaces (RE2 syntax: linear time, no look-around or back-references)."""

    match: Texts = Field(description="匹配任一 | matches any of these")
    exclude: Texts | None = Field(None, description="且都不匹配 | and none of these")


class SimilarCondition(Strict):
    """The turn says nearly the same as one of the examples."""

    to: Texts = Field(description="例句 | example sentences")
    at_least: Annotated[float, Field(gt=0, le=1)] = Field(0.75, description="相似度 0–1 | similarity, 1 is the same")


class RepeatCondition(Strict):
    """The same speaker says the same, or nearly, for the N-th time."""

    times: Annotated[int, Field(ge=2), WithJsonSchema(_schema_of("integer"))] = Field(description="第几次起 | from which time on")
    similarity: Annotated[float, Field(gt=0, le=1)] = Field(0.9, description="相似度 0–1 | from which similarity it counts as the same")
    min_chars: Whole = Field(6, description="少于此字数不计 | shorter turns do not count")


class Within(Strict):
    """Not farther than ``turns`` from a turn that meets ``of``."""

    turns: Whole = Field(description="轮数 | how many turns")
    of: TurnCondition = Field(description="参照轮 | the turns from which it is counted")
    side: Literal["after", "before", "both"] = Field("after", description="之后/之前/前后 | on which side of them")


class Since(Strict):
    """After the last turn that meets ``turn``, with none that meets ``without`` in between (this turn included)."""

    turn: TurnCondition = Field(description="之前出现的轮 | what stood before")
    without: TurnCondition = Field(description="其后未出现 | what has not been said since")


class TurnCondition(Strict):
    """Picks turns of a call."""

    is_: Annotated[list[Name], BeforeValidator(_as_list)] | None = Field(
        None, alias="is", description="事件 | meets one of these events of the policy"
    )
    role: Speaker | None = Field(None, description="说话人 | who speaks")
    label: Annotated[list[LabelName], BeforeValidator(_as_list)] | None = Field(None, description="标签 | one of these labels stands")
    subtype: Annotated[list[SubTypeName], BeforeValidator(_as_list)] | None = Field(
        None, description="子类 | one of these sub-types stands"
    )
    severity: SeverityName | None = Field(None, description="严重度不低于 | a label of at least this severity stands")
    score: ScoreBounds | None = Field(None, description="分数 | calibrated score of a label")
    party: Annotated[list[Party], BeforeValidator(_as_list)] | None = Field(None, description="对方身份 | who is on the line")
    turns: Range | None = Field(None, description="轮次范围 | place in the call")
    text: TextCondition | None = Field(None, description="关键词 | keywords")
    regex: RegexCondition | None = Field(None, description="正则 | regular expressions")
    similar: SimilarCondition | None = Field(None, description="近似例句 | near-duplicate of example sentences")
    repeats: RepeatCondition | None = Field(None, description="重复 | said for the N-th time")
    chars: Bounds | None = Field(None, description="字数 | characters, punctuation not counted")
    fillers: Bounds | None = Field(None, description="语气词数 | number of filler words")
    seconds: Bounds | None = Field(None, description="时长（秒） | length in seconds")
    chars_per_second: Bounds | None = Field(None, description="语速（字/秒） | speaking rate")
    silence_before: Bounds | None = Field(None, description="此前静默（秒） | seconds of silence before the turn")
    overlap: Bounds | None = Field(None, description="抢话（秒） | seconds spoken over the turn before")
    after: TurnCondition | None = Field(None, description="在…之后 | after the first turn that meets this")
    before: TurnCondition | None = Field(None, description="在…之前 | before the first turn that meets this")
    within: Within | None = Field(None, description="在…的 N 轮内 | within N turns of another")
    since: Since | None = Field(None, description="…之后尚未… | after one thing and no other since")
    all: Annotated[list[TurnCondition], Field(min_length=1)] | None = Field(None, description="全部满足 | all of these")
    any: Annotated[list[TurnCondition], Field(min_length=1)] | None = Field(None, description="任一满足 | any of these")
    not_: TurnCondition | None = Field(None, alias="not", description="不满足 | not this")

    @model_validator(mode="after")
    def _some_operator(self) -> TurnCondition:
        if not self.model_fields_set:
            raise ValueError("is an empty condition")
        return self


class Count(Bounds):
    """How many turns meet a condition."""

    of: TurnCondition = Field(description="被计数的轮 | the turns counted")


class Share(Bounds):
    """Which share of some turns meets a condition, 0 to 1."""

    of: TurnCondition = Field(description="分子 | the turns counted")
    among: TurnCondition = Field(description="分母 | the turns they are a share of")


class Order(Strict):
    """``then`` stands after ``first``."""

    first: TurnCondition = Field(description="先 | what comes first")
    then: TurnCondition = Field(description="后 | what comes after it")
    within: Whole | None = Field(None, description="N 轮内 | at most this many turns later")


class Lacks(Strict):
    """A turn stands without what should come before or after it."""

    turn: TurnCondition = Field(description="出现的轮 | the turns that need it")
    earlier: TurnCondition | None = Field(None, description="之前缺少 | what should have come before")
    later: TurnCondition | None = Field(None, description="之后缺少 | what should have come after")
    within: Whole | None = Field(None, description="N 轮内 | at most this many turns away")

    @model_validator(mode="after")
    def _one_side(self) -> Lacks:
        if (self.earlier is None) == (self.later is None):
            raise ValueError("needs either earlier or later")
        return self


MeasureName = Literal[
    "turns", "agent_turns", "customer_turns", "duration", "fillers", "fillers_per_100_chars", "longest_silence", "silence_share",
    "agent_talk_share", "agent_chars_per_second", "overlaps", "overlap_seconds",
]  # fmt: skip


class Measure(Bounds):
    """A figure of the whole call."""

    name: MeasureName = Field(description="指标 | which figure")


Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class TimeCondition(Strict):
    """When the call began, by its own local clock."""

    outside: Annotated[list[Clock], Field(min_length=2, max_length=2)] | None = Field(None, description="不在时段内 | not between these")
    inside: Annotated[list[Clock], Field(min_length=2, max_length=2)] | None = Field(None, description="在时段内 | between these")
    weekday: Annotated[list[Weekday], Field(min_length=1), BeforeValidator(_as_list)] | None = Field(
        None, description="星期 | on these days"
    )

    @model_validator(mode="after")
    def _some_time(self) -> TimeCondition:
        if self.outside is None and self.inside is None and self.weekday is None:
            raise ValueError("needs outside, inside or weekday")
        return self


class DataCondition(Strict):
    """A field of the call's record: agent_id, account_id, due, minimum_due, party, model, or any other that the record carries."""

    field: Name = Field(description="字段 | which field")
    known: bool | None = Field(None, description="有值 | whether it has a value")
    one_of: Annotated[list[str | int | float | bool], Field(min_length=1)] | None = Field(None, description="等于任一 | is one of these")
    none_of: Annotated[list[str | int | float | bool], Field(min_length=1)] | None = Field(None, description="不等于 | is none of these")
    at_least: Number | None = Field(None, description="不小于 | no less than this")
    at_most: Number | None = Field(None, description="不大于 | no more than this")
    above: Number | None = Field(None, description="大于 | more than this")
    below: Number | None = Field(None, description="小于 | less than this")

    @model_validator(mode="after")
    def _some_test(self) -> DataCondition:
        if self.model_fields_set == {"field"}:
            raise ValueError("needs a test: known, one_of, none_of, at_least, at_most, above or below")
        return self


Slot = Literal["date", "amount", "method"]


class PromiseCondition(Strict):
    """The call's standing promise."""

    made: bool | None = Field(None, description="有承诺 | whether a promise stands")
    complete: bool | None = Field(None, description="三要素齐全 | whether date, amount and method are all named")
    missing: Annotated[list[Slot], Field(min_length=1), BeforeValidator(_as_list)] | None = Field(
        None, description="缺要素 | one of these is missing"
    )
    recapped: bool | None = Field(None, description="已二次确认 | whether the agent repeated it")
    withdrawn: bool | None = Field(None, description="已反悔 | whether it was taken back")
    days: Bounds | None = Field(None, description="距通话天数 | days from the call to the promised day")
    amount: Bounds | None = Field(None, description="金额（元） | the sum in yuan, minimum and full resolved")

    @model_validator(mode="after")
    def _some_state(self) -> PromiseCondition:
        if not self.model_fields_set:
            raise ValueError("is an empty condition")
        return self


class CallCondition(Strict):
    """Holds for a call or not."""

    turn: TurnCondition | None = Field(None, description="存在一轮 | some turn meets this")
    count: Count | None = Field(None, description="轮数 | how many turns meet this")
    share: Share | None = Field(None, description="占比 | which share of turns meets this")
    order: Order | None = Field(None, description="先后 | one thing, then another")
    lacks: Lacks | None = Field(None, description="缺前置或后续 | a turn without what should come before or after it")
    measure: Measure | None = Field(None, description="通话指标 | a figure of the call")
    time: TimeCondition | None = Field(None, description="时间 | time of day, weekday")
    data: DataCondition | None = Field(None, description="随录数据 | a field of the record")
    promise: PromiseCondition | None = Field(None, description="承诺状态 | state of the standing promise")
    contacts: Bounds | None = Field(None, description="当日第几次联系 | which contact with this account on this day, by local date")
    all: Annotated[list[CallCondition], Field(min_length=1)] | None = Field(None, description="全部满足 | all of these")
    any: Annotated[list[CallCondition], Field(min_length=1)] | None = Field(None, description="任一满足 | any of these")
    not_: CallCondition | None = Field(None, alias="not", description="不满足 | not this")

    @model_validator(mode="after")
    def _some_operator(self) -> CallCondition:
        if not self.model_fields_set:
            raise ValueError("is an empty condition")
        return self
