"""The label scheme: which labels exist, on whose turns they stand, their sub-types and severities.

Loaded from ``labels.yaml``; nothing else in the package names a label to decide what may be trained or shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import yaml

from callqa.errors import SchemeError
from callqa.yaml_text import load_yaml

SCHEME_FORMAT = 1

Role = Literal["agent", "customer"]
Listener = Literal["any", "not_debtor"]
Marks = Literal["none", "spans", "promise"]


@dataclass(frozen=True, slots=True)
class Severity:
    """One step of the severity scale; a higher ``rank`` is graver."""

    name: str
    rank: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class SubType:
    """One kind of a label, with its own severity (guide, section 3)."""

    name: str
    severity: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Label:
    """One label of the scheme (guide, section 2)."""

    name: str
    role: Role
    zh: str
    en: str
    guide: str
    colour: str
    core: bool = False
    listener: Listener = "any"
    marks: Marks = "none"
    severity: str = "info"
    subtypes: tuple[SubType, ...] = ()

    def subtype(self, name: str) -> SubType:
        """The sub-type called ``name``; `SchemeError` where the label has none such."""
        for sub in self.subtypes:
            if sub.name == name:
                return sub
        raise SchemeError(f"label {self.name} has no sub-type {name!r}")


@dataclass(frozen=True)
class LabelScheme:
    """All labels, in the order in which reports show them.

    Examples
    --------
    >>> scheme = load_scheme()
    >>> [label.name for label in scheme if label.role == "customer"]
    ['hardship_disclosure', 'ptp_commitment']
    >>> scheme["pressure_tactic"].subtype("insult").severity
    'violation'
    >>> scheme.worst(["notice", "violation", "caution"])
    'violation'
    """

    labels: tuple[Label, ...]
    severities: tuple[Severity, ...]
    sha256: str
    source: str

    def __iter__(self) -> Iterator[Label]:
        return iter(self.labels)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Label:
        try:
            return self._by_name[name]
        except KeyError:
            raise SchemeError(f"no label {name!r} in {self.source}") from None

    @cached_property
    def _by_name(self) -> dict[str, Label]:
        return {label.name: label for label in self.labels}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of all labels, in order."""
        return tuple(label.name for label in self.labels)

    @cached_property
    def core(self) -> tuple[str, ...]:
        """Names of the labels over which macro figures are taken."""
        return tuple(label.name for label in self.labels if label.core)

    @cached_property
    def severity_rank(self) -> dict[str, int]:
        """Rank of each severity; the larger, the graver."""
        return {severity.name: severity.rank for severity in self.severities}

    def worst(self, severities: list[str] | tuple[str, ...]) -> str | None:
        """The gravest of ``severities``, ``None`` where there is none."""
        return max(severities, key=self.severity_rank.__getitem__, default=None)

    def severity_of(self, label: str, subtypes: tuple[str, ...] | list[str] = ()) -> str:
        """Severity of a label that stands with ``subtypes``: the gravest of them, else the label's own."""
        entry = self[label]
        found = [entry.subtype(name).severity for name in subtypes]
        return self.worst(found) or entry.severity


def load_scheme(path: Path | None = None) -> LabelScheme:
    """Read a label scheme; the shipped one where no path is given.

    Raises
    ------
    SchemeError
        Names the file and the field that is wrong.
    """
    if path is None:
        source, raw = "labels.yaml", resources.files("callqa").joinpath("labels.yaml").read_bytes()
    else:
        source = str(path)
        try:
            raw = path.read_bytes()
        except OSError as exc:
            raise SchemeError(f"cannot be read ({exc.strerror})", file=path) from exc
    return parse_scheme(raw, source=source)


def parse_scheme(raw: bytes, *, source: str) -> LabelScheme:
    """Build a scheme from the bytes of a ``labels.yaml``."""
    try:
        data: Any = load_yaml(raw)
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        raise SchemeError("is not valid YAML", file=source, line=mark.line + 1 if mark else None) from exc
    if not isinstance(data, dict):
        raise SchemeError("must be a mapping", file=source)
    if data.get("format") != SCHEME_FORMAT:
        raise SchemeError(f"must be {SCHEME_FORMAT}", file=source, field="format")
    fields = _Fields(source)
    severities = tuple(
        Severity(fields.text(entry, "name", at), rank, fields.text(entry, "zh", at), fields.text(entry, "en", at))
        for rank, (at, entry) in enumerate(fields.items(data, "severities", ""))
    )
    known = {severity.name for severity in severities}
    labels = tuple(_label(fields, entry, at, known) for at, entry in fields.items(data, "labels", ""))
    fields.unique([label.name for label in labels], "labels")
    return LabelScheme(labels, severities, hashlib.sha256(raw).hexdigest(), source)


def _label(fields: _Fields, entry: dict[str, Any], at: str, severities: set[str]) -> Label:
    def subtype(sub: dict[str, Any], place: str) -> SubType:
        severity = fields.choice(sub, "severity", place, severities)
        return SubType(fields.text(sub, "name", place), severity, fields.text(sub, "zh", place), fields.text(sub, "en", place))

    subtypes = tuple(subtype(sub, place) for place, sub in fields.items(entry, "subtypes", at, optional=True))
    fields.unique([sub.name for sub in subtypes], f"{at}.subtypes")
    return Label(
        name=fields.text(entry, "name", at),
        role=fields.choice(entry, "role", at, {"agent", "customer"}),
        zh=fields.text(entry, "zh", at),
        en=fields.text(entry, "en", at),
        guide=fields.text(entry, "guide", at),
        colour=fields.text(entry, "colour", at),
        core=bool(entry.get("core", False)),
        listener=fields.choice(entry, "listener", at, {"any", "not_debtor"}, default="any"),
        marks=fields.choice(entry, "marks", at, {"none", "spans", "promise"}, default="none"),
        severity=fields.choice(entry, "severity", at, severities, default="info"),
        subtypes=subtypes,
    )


class _Fields:
    """Typed look-ups in a parsed YAML tree that name the place of what is wrong."""

    def __init__(self, source: str) -> None:
        self.source = source

    def fail(self, field: str, message: str) -> SchemeError:
        return SchemeError(message, file=self.source, field=field)

    def items(self, data: dict[str, Any], key: str, at: str, *, optional: bool = False) -> list[tuple[str, dict[str, Any]]]:
        place = f"{at}.{key}" if at else key
        value = data.get(key)
        if value is None and optional:
            return []
        if not isinstance(value, list) or not value or not all(isinstance(entry, dict) for entry in value):
            raise self.fail(place, "must be a list of mappings")
        return [(f"{place}[{index}]", entry) for index, entry in enumerate(value)]

    def text(self, data: dict[str, Any], key: str, at: str) -> str:
        value = data.get(key)
        if not isinstance(value, str) or not value:
            raise self.fail(f"{at}.{key}", "must be a text")
        return value

    def choice(self, data: dict[str, Any], key: str, at: str, allowed: set[str], default: str | None = None) -> Any:
        value = data.get(key, default)
        if value not in allowed:
            raise self.fail(f"{at}.{key}", f"must be one of {', '.join(sorted(allowed))}")
        return value

    def unique(self, names: list[str], at: str) -> None:
        if len(set(names)) != len(names):
            raise self.fail(at, "names a thing twice")
