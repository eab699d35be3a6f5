"""A policy file as pydantic models: settings, word lists, events, rules, score."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from callqa.policy.conditions import CallCondition, Keywords, Name, Number, SeverityName, Strict, TurnCondition

POLICY_FORMAT = 1
CODE_PATTERN = r"^[A-Z][A-Z0-9_]{1,39}$"
KEY_PATTERN = r"^[a-z][a-z0-9_]*$"

Code = Annotated[str, Field(pattern=CODE_PATTERN)]
Key = Annotated[str, Field(pattern=KEY_PATTERN)]


class Words(Strict):
    """One wording in both languages."""

    zh: Name = Field(description="中文 | Chinese")
    en: Name = Field(description="英文 | English")


class Why(Words):
    """Why a rule stands and where that is written."""

    source: Name = Field(description="出处 | the document or practice it comes from")


class RulePatch(Strict):
    """Fields of a rule of the extended policy that this one changes."""

    name: Words | None = Field(None, description="名称 | name")
    why: Why | None = Field(None, description="缘由与出处 | why it stands, and its source")
    severity: SeverityName | None = Field(None, description="严重度 | how grave it is")
    points: Annotated[Number, Field(ge=0, le=100)] | None = Field(None, description="扣分 | points taken off")
    per_hit: bool | None = Field(None, description="逐处扣分 | points for every turn that shows it, not once a call")
    max_points: Annotated[Number, Field(ge=0, le=100)] | None = Field(None, description="扣分上限 | most points with per_hit")
    needs_review: bool | None = Field(None, description="需人工复核 | a person must look before it counts")
    enabled: bool | None = Field(None, description="启用 | whether the rule is on")
    enabled_from: date | None = Field(None, description="生效日 | first day, by the call's date")
    enabled_to: date | None = Field(None, description="失效日 | last day, by the call's date")
    advice: Words | None = Field(None, description="给坐席的建议 | advice to the agent")
    when: CallCondition | None = Field(None, description="条件 | the condition under which it fires")

    @model_validator(mode="after")
    def _dates_in_order(self) -> RulePatch:
        if self.enabled_from and self.enabled_to and self.enabled_to < self.enabled_from:
            raise ValueError("enabled_to lies before enabled_from")
        return self


class Rule(RulePatch):
    """One rule of the standard."""

    code: Code = Field(description="编号 | code, such as PRESSURE_INSULT")
    name: Words = Field(description="名称 | name")
    why: Why = Field(description="缘由与出处 | why it stands, and its source")
    severity: SeverityName = Field(description="严重度 | how grave it is")
    points: Annotated[Number, Field(ge=0, le=100)] = Field(description="扣分 | points taken off")
    per_hit: bool = Field(False, description="逐处扣分 | points for every turn that shows it, not once a call")
    needs_review: bool = Field(False, description="需人工复核 | a person must look before it counts")
    enabled: bool = Field(True, description="启用 | whether the rule is on")
    advice: Words = Field(description="给坐席的建议 | advice to the agent")
    when: CallCondition = Field(description="条件 | the condition under which it fires")


class Score(Strict):
    """How points become the call's score: 100 less the points of its flags."""

    floors: dict[SeverityName, Annotated[Number, Field(ge=0, le=100)]] = Field(
        default_factory=dict, description="保底分 | the score stays at or above this while no flag is graver"
    )
    zero_tolerance: list[Code] = Field(default_factory=list, description="零容忍 | rules whose flag sets the score to 0")


class PolicyFile(Strict):
    """A policy: one readable YAML file."""

    format: int = Field(description="格式号 | format number, 1")
    name: Key = Field(description="名字 | short name")
    title: Words = Field(description="标题 | title")
    extends: Name | None = Field(None, description="继承 | the policy file that this one extends, beside it")
    settings: dict[Key, str | int | float | bool] = Field(default_factory=dict, description="参数 | named values that rules use as $name")
    lists: dict[Key, Keywords] = Field(default_factory=dict, description="词表 | keyword lists that rules use as @name")
    more_words: dict[Key, Keywords] = Field(default_factory=dict, description="加词 | words added to a list of the extended policy")
    events: dict[Key, TurnCondition] = Field(default_factory=dict, description="事件 | named turn conditions, used by `is`")
    rules: list[Rule] = Field(default_factory=list, description="规则 | rules")
    override: dict[Code, RulePatch] = Field(default_factory=dict, description="改写 | changes to rules of the extended policy")
    score: Score | None = Field(None, description="计分 | how the score is made")

    @field_validator("format")
    @classmethod
    def _known_format(cls, value: int) -> int:
        if value != POLICY_FORMAT:
            raise ValueError(f"must be {POLICY_FORMAT}")
        return value

    @model_validator(mode="after")
    def _codes_once(self) -> PolicyFile:
        seen: set[str] = set()
        for rule in self.rules:
            if rule.code in seen:
                raise ValueError(f"rule {rule.code} stands twice")
            seen.add(rule.code)
        if self.override and self.extends is None:
            raise ValueError("override changes rules of an extended policy, but extends is missing")
        return self
        return self
