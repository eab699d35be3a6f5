"""Policy files → `Policy`: read, put settings in, validate, merge what a file extends, compile. Nothing runs before all of it is right."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from callqa.errors import PolicyError
from callqa.labels import LabelScheme, load_scheme
from callqa.policy.calls import compile_call
from callqa.policy.conditions import TurnCondition
from callqa.policy.model import PolicyFile, Rule, RulePatch, Score
from callqa.policy.names import CallTest, Met, Names, Place, PlaceError, unknown
from callqa.policy.problems import explain_problem
from callqa.policy.reading import Document, read_document
from callqa.policy.turns import compile_turn
from callqa.shipped import shipped_path

MAX_CHAIN = 8  # policies extending policies; a longer chain nobody can follow


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule and the function that decides it."""

    rule: Rule
    test: CallTest
    met: Met  # of the test, as is `needs`
    needs: frozenset[str] | None
    dated: bool  # whether it is on on some days only
    source: str  # the file that says when it fires

    def enabled_on(self, day: date | None) -> bool:
        """Whether the rule is on at a day; a call of unknown day is judged by every rule."""
        first, last = self.rule.enabled_from, self.rule.enabled_to
        return day is None or ((first is None or day >= first) and (last is None or day <= last))


@dataclass(frozen=True)
class Policy:
    """A validated, compiled policy.

    ``sha256`` is over the bytes of its file and of every file it extends, so equal hashes mean equal rules.
    """

    name: str
    title_zh: str
    title_en: str
    source: str
    sha256: str
    rules: tuple[CompiledRule, ...]
    score: Score
    settings: Mapping[str, str | int | float | bool]
    lists: Mapping[str, Sequence[str]]
    events: Mapping[str, TurnCondition]
    scheme: LabelScheme
    files: tuple[str, ...] = ()

    @cached_property
    def active(self) -> tuple[CompiledRule, ...]:
        """The rules that are on."""
        return tuple(entry for entry in self.rules if entry.rule.enabled)

    @cached_property
    def by_code(self) -> Mapping[str, CompiledRule]:
        """Rules by their code."""
        return {entry.rule.code: entry for entry in self.rules}

    def __reduce__(self) -> tuple[Any, ...]:
        """Compiled conditions are closures, which cannot be pickled: a worker reads the file again; the hash tells whether it changed."""
        return _reload, (self.source, self.sha256, self.scheme)


def _reload(source: str, sha256: str, scheme: LabelScheme) -> Policy:
    policy = load_policy(Path(source), scheme)
    if policy.sha256 != sha256:
        raise PolicyError("was changed while a run used it", file=source)
    return policy


def load_policy(path: Path | None = None, scheme: LabelScheme | None = None) -> Policy:
    """Read a policy, whole and right or not at all.

    Parameters
    ----------
    path
        A policy file; ``None`` for the shipped default, ``policies/default.yaml``.
    scheme
        The label scheme that rules may speak of; the shipped one where none is given.

    Raises
    ------
    PolicyError
        Names file, line and field of the first thing that is wrong, with a suggestion for a mistyped name.

    Examples
    --------
    >>> policy = load_policy()
    >>> policy.name
    'default'
    """
    problems: list[PolicyError] = []
    policy = _load(path, scheme, problems)
    if policy is None:
        first, more = problems[0], len(problems) - 1
        if more:
            first = PolicyError(f"{first.message} (and {more} more)", file=first.file, line=first.line, field=first.field)
        raise first
    return policy


def policy_problems(path: Path, scheme: LabelScheme | None = None) -> list[PolicyError]:
    """Everything that is wrong with a policy file; empty where it is right."""
    problems: list[PolicyError] = []
    try:
        _load(path, scheme, problems)
    except PolicyError as exc:
        problems.append(exc)
    return problems


def _load(path: Path | None, scheme: LabelScheme | None, problems: list[PolicyError]) -> Policy | None:
    path = shipped_path("policies/default.yaml") if path is None else Path(path)
    scheme = load_scheme() if scheme is None else scheme
    documents = _chain(path)
    settings = _settings(documents)
    files: list[PolicyFile] = []
    for document in documents:
        file = _validated(document, settings, problems)
        if file is not None:
            files.append(file)
    if problems:
        return None
    merged = _merge(documents, files, scheme, problems)
    if problems:
        return None
    top = files[-1]
    digest = hashlib.sha256(b"".join(hashlib.sha256(document.raw).digest() for document in documents)).hexdigest()
    return Policy(
        name=top.name,
        title_zh=top.title.zh,
        title_en=top.title.en,
        source=str(path),
        sha256=digest,
        rules=merged.rules,
        score=merged.score,
        settings=settings,
        lists=merged.lists,
        events=merged.events,
        scheme=scheme,
        files=tuple(document.source for document in documents),
    )


def _chain(path: Path) -> list[Document]:
    """The file and all it extends, the base first."""
    documents: list[Document] = []
    seen: list[Path] = []
    while True:
        if path.resolve() in seen:
            raise documents[-1].error("extends a policy that extends this one", ("extends",))
        if len(documents) == MAX_CHAIN:
            raise documents[-1].error(f"is a chain of more than {MAX_CHAIN} policies", ("extends",))
        seen.append(path.resolve())
        try:
            documents.append(read_document(path))
        except PolicyError as exc:
            if documents and "cannot be read" in exc.message:
                raise documents[-1].error(f"{path.name} {exc.message}", ("extends",)) from exc
            raise
        base = documents[-1].data.get("extends")
        if not isinstance(base, str):
            return documents[::-1]
        path = path.parent / base


def _settings(documents: list[Document]) -> dict[str, str | int | float | bool]:
    settings: dict[str, str | int | float | bool] = {}
    for index, document in enumerate(documents):
        given = document.data.get("settings") or {}
        if isinstance(given, dict):
            if index and settings:
                for name in given:
                    if name not in settings and f"${name}".encode() not in document.raw:
                        raise _as_error(unknown("setting", str(name), list(settings), "settings", str(name)), document)
            settings.update(given)
    return settings


def _validated(document: Document, settings: Mapping[str, Any], problems: list[PolicyError]) -> PolicyFile | None:
    try:
        data = {key: value if key in ("settings", "extends") else _put_in(value, settings, (key,)) for key, value in document.data.items()}
    except PlaceError as problem:
        problems.append(_as_error(problem, document))
        return None
    try:
        return PolicyFile.model_validate(data)
    except ValidationError as exc:
        # A mistyped field first: that the right one is missing only follows from it.
        for entry in sorted(exc.errors(), key=lambda entry: entry["type"] != "extra_forbidden"):
            place, message = explain_problem(entry, PolicyFile)
            problems.append(document.error(message, place))
        return None


def _put_in(value: Any, settings: Mapping[str, Any], place: Place) -> Any:
    """The value with every ``$name`` replaced by the setting it names."""
    if isinstance(value, str) and value.startswith("$"):
        name = value[1:]
        if name not in settings:
            raise unknown("setting", name, list(settings), *place)
        return settings[name]
    if isinstance(value, dict):
        return {key: _put_in(entry, settings, (*place, key)) for key, entry in value.items()}
    if isinstance(value, list):
        return [_put_in(entry, settings, (*place, index)) for index, entry in enumerate(value)]
    return value


def _as_error(problem: PlaceError, document: Document) -> PolicyError:
    return document.error(problem.message, problem.place)


@dataclass
class _Merged:
    rules: tuple[CompiledRule, ...]
    score: Score
    lists: Mapping[str, Sequence[str]]
    events: Mapping[str, TurnCondition]


def _merge(documents: list[Document], files: list[PolicyFile], scheme: LabelScheme, problems: list[PolicyError]) -> _Merged:
    """Later files over earlier ones, then every event and rule compiled; what is wrong goes to ``problems``."""
    lists: dict[str, list[str]] = {}
    rules: dict[str, Rule] = {}
    origin: dict[tuple[str, str], tuple[Document, Place]] = {}  # (code, field) → where it is said
    events: dict[str, tuple[Document, PolicyFile]] = {}
    score, score_from = Score(), documents[0]

    def note(document: Document, message: str, *place: str | int) -> None:
        problems.append(document.error(message, place))

    for document, file in zip(documents, files, strict=True):
        lists.update(file.lists)
        for name, words in file.more_words.items():
            if name in lists:
                lists[name] = [*lists[name], *words]
            else:
                problems.append(_as_error(unknown("list", name, list(lists), "more_words", name), document))
        events.update(dict.fromkeys(file.events, (document, file)))
        for index, rule in enumerate(file.rules):
            if rule.code in rules:
                note(document, f"{rule.code} is a rule of the extended policy; change it under override", "rules", index, "code")
            rules[rule.code] = rule
            origin.update({(rule.code, name): (document, ("rules", index, name)) for name in RulePatch.model_fields})
        for code, patch in file.override.items():
            if code not in rules:
                problems.append(_as_error(unknown("rule", code, list(rules), "override", code), document))
                continue
            changes = {name: getattr(patch, name) for name in patch.model_fields_set}
            rules[code] = rules[code].model_copy(update=changes)
            origin.update({(code, name): (document, ("override", code, name)) for name in changes})
        if file.score is not None:
            score, score_from = file.score, document

    names = Names(scheme, _expanded(lists, scheme, documents, problems))
    for name, (document, file) in events.items():
        try:
            # An event may use those that stand before it, so none can lead back to itself.
            names.events[name] = compile_turn(file.events[name], names, "events", name)
        except PlaceError as problem:
            problems.append(_as_error(problem, document))
    merged_events = {name: file.events[name] for name, (_, file) in events.items()}
    if problems:
        return _Merged((), score, names.lists, merged_events)
    compiled: list[CompiledRule] = []
    for code, rule in rules.items():
        document, place = origin[code, "when"]
        try:
            test = compile_call(rule.when, names, *place)
            dated = rule.enabled_from is not None or rule.enabled_to is not None
            compiled.append(CompiledRule(rule, test, test.met, test.needs, dated, document.source))
        except PlaceError as problem:
            problems.append(_as_error(problem, document))
        if rule.severity not in scheme.severity_rank:
            document, place = origin[code, "severity"]
            problems.append(_as_error(unknown("severity", rule.severity, list(scheme.severity_rank), *place), document))
    for index, code in enumerate(score.zero_tolerance):
        if code not in rules:
            problems.append(_as_error(unknown("rule", code, list(rules), "score", "zero_tolerance", index), score_from))
    for severity in score.floors:
        if severity not in scheme.severity_rank:
            problems.append(_as_error(unknown("severity", severity, list(scheme.severity_rank), "score", "floors", severity), score_from))
    return _Merged(tuple(compiled), score, names.lists, merged_events)


def _expanded(
    lists: Mapping[str, list[str]], scheme: LabelScheme, documents: list[Document], problems: list[PolicyError]
) -> dict[str, list[str]]:
    """Lists with the words of the lists that they take in, which must stand before them."""
    done: dict[str, list[str]] = {}
    for name, words in lists.items():
        try:
            done[name] = Names(scheme, done).words(words, "lists", name)
        except PlaceError as problem:
            document = next(entry for entry in reversed(documents) if name in (entry.data.get("lists") or {}))
            problems.append(_as_error(problem, document))
    return done
