"""YAML with the line of every value, so that an error can say where it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from callqa.errors import PolicyError
from callqa.policy.names import Place
from callqa.yaml_text import TextLoader, parse_text

MAX_BYTES = 4_000_000  # a policy is a document people read; what is larger is something else


class _Loader(TextLoader):
    """YAML 1.2's plain scalars: ``no`` and ``on`` are words and 21:00 is a text, as people who write policies expect.

    Aliases are refused: a few lines of them can stand for billions of values, and lists, events and settings do their work readably.
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(
                problem="aliases (*name) are not used in policies; use lists, events or settings", problem_mark=self.get_mark()
            )
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regex) for tag, regex in resolvers if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:int")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), list("-+0123456789"))


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed YAML file: its value, its bytes, and the line of every place in it."""

    source: str
    raw: bytes
    data: dict[str, Any]
    lines: dict[Place, int]

    def line(self, place: Place) -> int | None:
        """Line of a place, or of the nearest part of it that stands in the file."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place)

    def error(self, message: str, place: Place = ()) -> PolicyError:
        """An error at a place of this file."""
        return PolicyError(message, file=self.source, line=self.line(place), field=dotted(place) or None)


def dotted(place: Place) -> str:
    """A place as people write it.

    Examples
    --------
    >>> dotted(("rules", 2, "when", "turn"))
    'rules[2].when.turn'
    """
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def read_document(path: Path) -> Document:
    """Read a YAML mapping.

    Raises
    ------
    PolicyError
        The file cannot be read, is not UTF-8, is not YAML, holds a key twice, or is no mapping.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as exc:
        raise PolicyError(f"cannot be read ({exc.strerror})", file=path) from exc
    return parse_document(raw, source=str(path))


def parse_document(raw: bytes, *, source: str) -> Document:
    """Build a `Document` from bytes; see `read_document`."""
    if len(raw) > MAX_BYTES:
        raise PolicyError(f"is larger than {MAX_BYTES} bytes", file=source)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = raw[: exc.start].count(b"\n") + 1
        raise PolicyError("is not UTF-8; save it as UTF-8", file=source, line=line) from exc
    try:
        data, lines = parse_text(text, _Loader, lambda loader: _parsed(loader, source))
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark
        raise PolicyError(f"is not valid YAML: {exc.problem}", file=source, line=mark.line + 1 if mark else None) from exc
    except yaml.YAMLError as exc:
        raise PolicyError("is not valid YAML: it holds a character that YAML does not allow", file=source) from exc
    except ValueError as exc:  # a date such as 2026-02-30
        raise PolicyError(f"is not valid YAML: {exc}", file=source) from exc
    except RecursionError as exc:
        raise PolicyError("is nested too deeply", file=source) from exc
    return Document(source, raw, data, lines)


def _parsed(loader: _Loader, source: str) -> tuple[dict[str, Any], dict[Place, int]]:
    lines: dict[Place, int] = {}
    node = loader.get_single_node()
    if not isinstance(node, yaml.MappingNode):
        raise PolicyError("must be a mapping of fields", file=source)
    _walk(loader, node, (), lines, source)
    return loader.construct_document(node), lines


def _walk(loader: _Loader, node: yaml.Node, place: Place, lines: dict[Place, int], source: str) -> None:
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        seen: set[Any] = set()
        for key_node, value in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == "tag:yaml.org,2002:merge":
                raise PolicyError("keys must be plain words", file=source, line=key_node.start_mark.line + 1, field=dotted(place) or None)
            key = key_node.value
            below = (*place, key)
            if key in seen:
                raise PolicyError("stands twice", file=source, line=key_node.start_mark.line + 1, field=dotted(below))
            seen.add(key)
            lines[below] = key_node.start_mark.line + 1
            _walk(loader, value, below, lines, source)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(loader, value, (*place, index), lines, source)
