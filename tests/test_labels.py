"""The label scheme: what the guide says of it, what a file may say, and a label that nobody had thought of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from callqa.errors import SchemeError
from callqa.labels import load_scheme, parse_scheme

SCHEME = load_scheme()
GUIDE = (Path(__file__).parents[1] / "docs" / "labelling-guide.md").read_text(encoding="utf-8")


def shipped() -> dict[str, object]:
    data = yaml.safe_load((Path(__file__).parents[1] / "src" / "callqa" / "labels.yaml").read_text(encoding="utf-8"))
    assert isinstance(data, dict)
    return data


def test_it_has_the_labels_and_roles_of_the_guide() -> None:
    rows = re.findall(r"^\| `(\w+)` (\S+?)(?: \(extension\))? \| (agent|customer) \|", GUIDE, re.M)
    assert [(label.name, label.zh.split("/")[0], label.role) for label in SCHEME] == [(n, zh.split("/")[0], r) for n, zh, r in rows]


def test_it_has_every_subtype_of_the_guide_with_its_severity() -> None:
    section = GUIDE.split("## 3. Sub-types")[1].split("## 4.")[0]
    in_guide = set(re.findall(r"`(\w+)`", section)) - {*SCHEME.names, "fillers", "text"}
    assert {sub.name for label in SCHEME for sub in label.subtypes} == in_guide
    for severity in ("notice", "caution", "violation"):
        (line,) = re.findall(rf"\*{severity}\*: (.*)", section)
        names = set(re.findall(r"`(\w+)`", line))
        assert {sub.name for sub in SCHEME["pressure_tactic"].subtypes if sub.severity == severity} == names


def test_core_labels_are_the_first_five() -> None:
    assert SCHEME.core == SCHEME.names[:5]


def test_severity_is_the_gravest_subtypes_or_the_labels_own() -> None:
    assert SCHEME.severity_of("pressure_tactic", ("consequence_notice", "insult")) == "violation"
    assert SCHEME.severity_of("filler_words") == "notice"
    assert SCHEME.worst([]) is None


def test_a_seventh_label_needs_no_code() -> None:
    data = shipped()
    assert isinstance(data["labels"], list)
    data["labels"].append(
        {"name": "sarcasm", "zh": "讽刺", "en": "Sarcasm", "role": "agent", "guide": "2", "colour": "CCCCCC", "severity": "caution"}
    )
    scheme = parse_scheme(yaml.safe_dump(data).encode(), source="labels.yaml")
    assert scheme.names[-1] == "sarcasm"
    assert scheme["sarcasm"].severity == "caution"
    assert scheme.sha256 != SCHEME.sha256


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda label: label.update(role="robot"), "labels[0].role"),
        (lambda label: label.pop("zh"), "labels[0].zh"),
        (lambda label: label["subtypes"][1].update(severity="bad"), "labels[0].subtypes[1].severity"),
        (lambda label: label["subtypes"][1].update(name=label["subtypes"][0]["name"]), "labels[0].subtypes"),
        (lambda label: label.update(name="filler_words"), "labels"),
        (lambda label: label.update(subtypes=[]), "labels[0].subtypes"),
    ],
)
def test_a_wrong_field_is_named(change: object, field: str) -> None:
    data = shipped()
    assert callable(change) and isinstance(data["labels"], list)
    change(data["labels"][0])
    with pytest.raises(SchemeError) as error:
        parse_scheme(yaml.safe_dump(data).encode(), source="mine.yaml")
    assert (error.value.file, error.value.field) == ("mine.yaml", field)


@pytest.mark.parametrize("raw", [b"[", b"- 1", b"format: 2", b"format: 1\nseverities: {}"])
def test_what_is_no_scheme_is_told(raw: bytes) -> None:
    with pytest.raises(SchemeError, match=r"mine\.yaml"):
        parse_scheme(raw, source="mine.yaml")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SchemeError, match="cannot be read"):
        load_scheme(tmp_path / "none.yaml")


def test_asking_for_what_is_not_there() -> None:
    assert "sarcasm" not in SCHEME
    with pytest.raises(SchemeError, match="sarcasm"):
        SCHEME["sarcasm"]
    with pytest.raises(SchemeError, match="wit"):
        SCHEME["pressure_tactic"].subtype("wit")
