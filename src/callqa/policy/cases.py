"""A policy's own test calls: short hand-written calls, each with the rule it is about and whether that rule must fire.

The cases of a policy stand in a YAML file beside it (``default.cases.yaml``). They are small tagged calls, so they test rules, not models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from callqa.call import Call, Party, PartyChange, Span, Speaker, Utterance
from callqa.errors import PolicyError
from callqa.labels import LabelScheme
from callqa.policy.apply import apply_policy
from callqa.policy.conditions import Name, Strict
from callqa.policy.contacts import DayContacts
from callqa.policy.loading import Policy
from callqa.policy.model import Code
from callqa.policy.names import PlaceError, unknown
from callqa.policy.problems import explain_problem
from callqa.policy.reading import read_document
from callqa.promise import fill_promises

CASES_FORMAT = 1


def _spoken(value: Any) -> Any:
    """``A: …`` and ``C: …`` are short for a turn of the agent or the customer without tags."""
    if isinstance(value, str):
        side, colon, text = value.partition(":")
        if not colon or side not in ("A", "C") or not text.strip():
            raise ValueError('must be "A: what the agent says" or "C: what the customer says"')
        return {"agent" if side == "A" else "customer": text.strip()}
    return value


class CaseTurn(Strict):
    """One turn: who speaks and what, its tags, and what else a rule may look at."""

    agent: str | None = Field(None, description="坐席说的话 | what the agent says")
    customer: str | None = Field(None, description="对方说的话 | what the other side says")
    tags: list[Name] = Field(default_factory=list, description="标签或 标签/子类 | labels, or label/sub-type")
    fillers: list[Name] = Field(default_factory=list, description="语气词（按顺序） | the filler words, in order")
    seconds: Annotated[list[float], Field(min_length=2, max_length=2)] | None = Field(None, description="起止秒 | start and end in seconds")
    scores: dict[str, float] = Field(default_factory=dict, description="分数 | scores of labels")

    @model_validator(mode="after")
    def _one_speaker(self) -> CaseTurn:
        if (self.agent is None) == (self.customer is None):
            raise ValueError("needs either agent or customer")
        return self


ShortTurn = Annotated[CaseTurn, BeforeValidator(_spoken, json_schema_input_type=str | CaseTurn)]


class Case(Strict):
    """One test call and what must come of it."""

    rule: Code = Field(description="规则编号 | the rule it is about")
    name: Name = Field(description="说明 | what the case shows")
    fires: bool = Field(description="应否触发 | whether the rule must fire")
    covers: list[Name] = Field(default_factory=list, description="对应条目 | the points of the standard it shows")
    shows: Annotated[list[int], Field(min_length=1)] | None = Field(None, description="证据轮 | the turns that must show it")
    party: Party = Field("debtor", description="接听者 | who is on the line")
    handover: dict[int, Party] = Field(default_factory=dict, description="换人 | from which turn another party holds the line")
    started_at: datetime = Field(datetime.fromisoformat("2026-03-05T10:00:00+08:00"), description="开始时间 | when the call begins")
    due: Decimal | None = Field(None, description="应还（元） | all that is overdue")
    minimum_due: Decimal | None = Field(None, description="最低（元） | the least that cures")
    contact: Annotated[int, Field(ge=1)] = Field(1, description="当日第几次联系 | which contact of its day the call is")
    turns: Annotated[list[ShortTurn], Field(min_length=1)] = Field(description="对话 | the turns")


class CaseFile(Strict):
    """A file of test calls."""

    format: Annotated[int, Field(ge=CASES_FORMAT, le=CASES_FORMAT)] = Field(description="格式号 | format number, 1")
    cases: Annotated[list[Case], Field(min_length=1)] = Field(description="用例 | test calls")


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of one case."""

    case: Case
    passed: bool
    turns: tuple[int, ...] | None  # the turns that showed the rule; None where it did not fire


def load_cases(path: Path, policy: Policy) -> CaseFile:
    """Read a file of cases.

    Raises
    ------
    PolicyError
        Names file, line and field: not valid, a rule the policy lacks, a tag the label scheme lacks, or a filler the turn does not hold.
    """
    document = read_document(path)
    try:
        file = CaseFile.model_validate(document.data)
    except ValidationError as exc:
        place, message = explain_problem(exc.errors()[0], CaseFile)
        raise document.error(message, place) from exc
    for index, case in enumerate(file.cases):
        try:
            if case.rule not in policy.by_code:
                raise unknown("rule", case.rule, list(policy.by_code), "cases", index, "rule")
            case_call(case, policy.scheme, "cases", index)
        except PlaceError as problem:
            raise document.error(problem.message, problem.place) from problem
    return file


def case_call(case: Case, scheme: LabelScheme, *place: str | int) -> Call:
    """The call of a case.

    Raises
    ------
    PlaceError
        A tag or a filler that does not fit.
    """
    turns = tuple(_utterance(turn, number + 1, scheme, *place, "turns", number) for number, turn in enumerate(case.turns))
    call = Call(
        "case",
        turns,
        started_at=case.started_at,
        account_id="case",
        due=case.due,
        minimum_due=case.minimum_due,
        party=case.party,
        party_from=tuple(PartyChange(turn, party) for turn, party in sorted(case.handover.items())),
        labelled=True,
    )
    return fill_promises(call, scheme)


def _utterance(turn: CaseTurn, number: int, scheme: LabelScheme, *place: str | int) -> Utterance:
    speaker: Speaker = "customer" if turn.agent is None else "agent"
    text = turn.agent or turn.customer or ""
    tagged: dict[str, list[str]] = {}
    for index, tag in enumerate(turn.tags):
        label, _, sub = tag.partition("/")
        if label not in scheme:
            raise unknown("label", label, scheme.names, *place, "tags", index)
        if scheme[label].role != speaker:
            raise PlaceError(f"{label} never stands on a turn of the {speaker}", *place, "tags", index)
        subs = tagged.setdefault(label, [])
        if sub:
            known = [entry.name for entry in scheme[label].subtypes]
            if sub not in known:
                raise unknown("sub-type", sub, known, *place, "tags", index)
            subs.append(sub)
    fillers: list[Span] = []
    start = 0
    for index, word in enumerate(turn.fillers):
        at = text.find(word, start)
        if at < 0:
            raise PlaceError("is not in the turn, or not in this order", *place, "fillers", index)
        start = at + len(word)
        fillers.append((at, start))
    return Utterance(
        number,
        speaker,
        text,
        start_ms=None if turn.seconds is None else round(turn.seconds[0] * 1000),
        end_ms=None if turn.seconds is None else round(turn.seconds[1] * 1000),
        labels=tuple(label for label in scheme.names if label in tagged),
        subtypes={label: tuple(subs) for label, subs in tagged.items() if subs},
        fillers=tuple(fillers),
        scores=turn.scores,
    )


def run_case(case: Case, policy: Policy) -> CaseResult:
    """Apply the policy to the call of one case."""
    call = case_call(case, policy.scheme)
    day = DayContacts()
    for back in range(case.contact):
        day.add("case", case.started_at - timedelta(minutes=back))
    flagged = apply_policy(call, policy, policy.scheme, day)
    turns = next((flag.turns for flag in flagged.flags if flag.code == case.rule), None)
    passed = (turns is not None) == case.fires and (case.shows is None or turns == tuple(case.shows))
    return CaseResult(case, passed, turns)


def run_cases(cases: Sequence[Case], policy: Policy) -> list[CaseResult]:
    """Apply the policy to every case, in order."""
    return [run_case(case, policy) for case in cases]


def untested(cases: Sequence[Case], policy: Policy) -> list[str]:
    """Codes of active rules that lack a case which fires or one which nearly does."""
    fired = {case.rule for case in cases if case.fires}
    spared = {case.rule for case in cases if not case.fires}
    return [entry.rule.code for entry in policy.active if entry.rule.code not in fired & spared]


def failure(result: CaseResult) -> str:
    """One line that says what a failed case did instead."""
    case = result.case
    if case.fires and result.turns is None:
        return "did not fire"
    if not case.fires and result.turns is not None:
        return f"fired on turns {list(result.turns)}"
    return f"shows turns {list(result.turns or ())} instead of {case.shows}"


def cases_beside(policy: Path) -> Path:
    """Where a policy's cases lie unless somebody says otherwise: ``default.yaml`` → ``default.cases.yaml``.

    Raises
    ------
    PolicyError
        There is no such file.
    """
    path = policy.with_suffix(".cases.yaml")
    if not path.exists():
        raise PolicyError("no file of cases lies beside it; name one", file=policy)
    return path
