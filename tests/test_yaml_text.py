"""`parse_text` finds what PyYAML's own parser finds, in good texts and in broken ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from callqa.errors import PolicyError
from callqa.policy.reading import parse_document
from callqa.yaml_text import TextLoader, load_yaml, parse_text

ROOT = Path(__file__).parents[1]
SHIPPED = [*sorted((ROOT / "policies").glob("*.yaml")), *sorted((ROOT / "src").rglob("*.yaml"))]
LINES = [line for path in SHIPPED for line in path.read_text("utf-8").splitlines()]
ODD = [
    *"\t\n\r#!|>%@`{}[]~\\=\"'\x00\ufeff\x85\u2028呃😀\ud800",
    *("? ", ": ", "- ", ", ", "&a ", "*a", "|#", "<<: ", "---\n", "...\n", "\n\n", "  ", "2026-02-30", "0x1F", "no"),
]


@st.composite
def broken(draw: st.DrawFn) -> str:
    """Some lines of the shipped files with a few edits."""
    first = draw(st.integers(0, len(LINES) - 1))
    text = "\n".join(LINES[first : first + draw(st.integers(1, 12))])
    for _ in range(draw(st.integers(0, 3))):
        at, cut = draw(st.integers(0, len(text))), draw(st.integers(0, 3))
        text = text[:at] + draw(st.sampled_from(ODD)) + text[at + cut :]
    return text


def nodes(node: yaml.Node | None) -> Any:
    """A tree of nodes as values that can be compared, each with its line."""
    if node is None:
        return None
    value = node.value
    if isinstance(node, yaml.MappingNode):
        value = [(nodes(key), nodes(below)) for key, below in node.value]
    elif isinstance(node, yaml.SequenceNode):
        value = [nodes(below) for below in node.value]
    return node.tag, node.start_mark.line if node.value else None, value


def outcome(text: str, *, quick: bool) -> Any:
    try:
        parsed = parse_text(text, TextLoader, TextLoader.get_single_node) if quick else yaml.SafeLoader(text).get_single_node()
        return nodes(parsed)
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        return str(exc), mark and mark.line


@given(broken())
def test_the_same_nodes_or_the_same_fault(text: str) -> None:
    assert outcome(text, quick=True) == outcome(text, quick=False)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_files(path: Path) -> None:
    raw = path.read_bytes()
    assert load_yaml(raw) == yaml.safe_load(raw)


def test_not_utf8_is_a_fault_of_yaml() -> None:
    with pytest.raises(yaml.YAMLError):
        load_yaml(b"a: \xff")


def test_depth_is_no_crash() -> None:
    with pytest.raises(PolicyError, match="nested too deeply"):
        parse_document(b"a: " + b"[" * 1_000_000, source="deep.yaml")
