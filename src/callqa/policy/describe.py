"""A rule in words: what it asks of a call, why it stands, what it costs. The words of operators are those of the models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from callqa.lang import Lang, say
from callqa.policy.conditions import CallCondition, TurnCondition
from callqa.policy.loading import CompiledRule, Policy

_INDENT = "  "
WORDS_SHOWN = 12  # of a keyword list; the rest stands in the file


def wording(description: str | None, lang: Lang) -> str:
    """One language of a field's description, ``中文 | English``.

    Examples
    --------
    >>> wording("标签 | one of these labels stands", "zh")
    '标签'
    """
    zh, _, en = (description or "").partition(" | ")
    return zh if lang == "zh" else en or zh


def explain_rule(entry: CompiledRule, policy: Policy, lang: Lang) -> list[str]:
    """Lines that tell a QA person what a rule is."""
    rule, scheme = entry.rule, policy.scheme
    severity = next(step for step in scheme.severities if step.name == rule.severity)
    points = f"{rule.points:g}"
    if rule.per_hit:
        most = "" if rule.max_points is None else say(lang, f", at most {rule.max_points:g}", f"，上限 {rule.max_points:g}")
        points += say(lang, " for every turn", "（逐处）") + most
    lines = [
        f"{rule.code}  {say(lang, rule.name.en, rule.name.zh)}",
        f"{say(lang, 'Severity', '严重度')}: {say(lang, severity.en, severity.zh)}   {say(lang, 'Points', '扣分')}: {points}",
        f"{say(lang, 'Why', '缘由')}: {say(lang, rule.why.en, rule.why.zh)}   [{rule.why.source}]",
        f"{say(lang, 'Advice', '建议')}: {say(lang, rule.advice.en, rule.advice.zh)}",
    ]
    if not rule.enabled:
        lines.append(say(lang, "This rule is off.", "该规则已停用。"))
    if rule.enabled_from is not None or rule.enabled_to is not None:
        lines.append(f"{say(lang, 'In force', '生效')}: {rule.enabled_from or ''} – {rule.enabled_to or ''}")
    if rule.needs_review:
        lines.append(say(lang, "A person must look before it counts.", "须人工复核后生效。"))
    if rule.code in policy.score.zero_tolerance:
        lines.append(say(lang, "Zero tolerance: the score becomes 0.", "零容忍：得分归零。"))
    lines.append(f"{say(lang, 'Fires when', '触发条件')}:")
    lines.extend(_INDENT + line for line in describe(rule.when, lang))
    for name in sorted(events_of(rule.when, policy.events)):
        lines.append(f"{say(lang, 'Event', '事件')} {name}:")
        lines.extend(_INDENT + line for line in describe(policy.events[name], lang))
    lines.append(f"{say(lang, 'Stands in', '出处文件')}: {entry.source}")
    return lines


def describe(condition: BaseModel, lang: Lang) -> Iterator[str]:
    """A condition as indented lines, its operators in words."""
    for name, field in type(condition).model_fields.items():
        value = getattr(condition, name)
        if name not in condition.model_fields_set or value is None:
            continue
        yield from _lines(wording(field.description, lang), value, lang)


def _lines(words: str, value: Any, lang: Lang) -> Iterator[str]:
    if isinstance(value, BaseModel):
        yield f"{words}:"
        for line in describe(value, lang):
            yield _INDENT + line
    elif isinstance(value, list) and value and isinstance(value[0], BaseModel):
        yield f"{words}:"
        for entry in value:
            for number, line in enumerate(describe(entry, lang)):
                yield f"{'- ' if number == 0 else _INDENT}{line}"
    elif isinstance(value, list):
        shown = [str(entry) for entry in value[:WORDS_SHOWN]]
        more = len(value) - len(shown)
        yield f"{words}: {say(lang, ', ', '、').join(shown)}" + (say(lang, f" and {more} more", f" 等 {len(value)} 个") if more else "")
    elif isinstance(value, bool):
        yield f"{words}: {say(lang, 'yes' if value else 'no', '是' if value else '否')}"
    else:
        yield f"{words}: {value:g}" if isinstance(value, float) else f"{words}: {value}"


def events_of(condition: BaseModel, events: Mapping[str, TurnCondition]) -> set[str]:
    """Names of the events that a condition speaks of, those that they speak of included."""
    found: set[str] = set()
    for part in parts_of(condition):
        if isinstance(part, TurnCondition):
            for name in set(part.is_ or ()) - found:
                found.add(name)
                found |= events_of(events[name], events)
    return found


def parts_of(condition: BaseModel) -> Iterator[BaseModel]:
    """A condition and every condition within it."""
    yield condition
    for name in condition.model_fields_set:
        value = getattr(condition, name)
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, BaseModel):
                yield from parts_of(entry)


def operators(lang: Lang) -> dict[str, list[tuple[str, str]]]:
    """Operators of call and turn conditions with what they mean, as docs/policy.md lists them."""
    return {
        model.__name__: [(field.alias or name, wording(field.description, lang)) for name, field in model.model_fields.items()]
        for model in (CallCondition, TurnCondition)
    }
