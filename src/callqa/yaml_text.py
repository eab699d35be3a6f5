"""YAML, parsed by libyaml wherever it finds what PyYAML's own parser finds, in a tenth of its time."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import yaml

try:
    from yaml._yaml import CParser
except ImportError:  # a PyYAML that was built without libyaml
    CParser = None  # type: ignore[assignment,misc]

Value = TypeVar("Value")

# libyaml lets pass what PyYAML refuses (a tab, ?, ! or byte order mark in odd places, # right behind the | of a block), and counts the
# lines of empty values otherwise at rare line breaks.
_READ_OTHERWISE = re.compile("[\t?!\ufeff\x85\u2028\u2029]|[|>][-+0-9]*#")


class TextLoader(yaml.SafeLoader):
    """`yaml.SafeLoader`; with ``libyaml`` the events that it makes nodes of come from there.

    Nodes are composed in Python even so: in C nothing would guard the stack against a text that is nested a million deep.
    """

    def __init__(self, text: str, *, libyaml: bool = False) -> None:
        super().__init__("" if libyaml else text)
        if libyaml:
            events = CParser(text)
            for name in ("check_event", "peek_event", "get_event"):
                setattr(self, name, getattr(events, name))


Loader = TypeVar("Loader", bound=TextLoader)


def parse_text(text: str, loader: type[Loader], parse: Callable[[Loader], Value]) -> Value:
    """What ``parse`` makes of a text by way of a loader. Whatever libyaml stumbles over, PyYAML reads again: it says what is wrong."""
    if CParser is not None and not _READ_OTHERWISE.search(text):
        with suppress(yaml.YAMLError, ValueError, RecursionError):
            return parse(loader(text, libyaml=True))
    return parse(loader(text))


def load_yaml(raw: bytes) -> Any:
    """What `yaml.safe_load` returns, or raises.

    Examples
    --------
    >>> load_yaml("groups: {day: [今天, 明天]}".encode())
    {'groups': {'day': ['今天', '明天']}}
    """
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return yaml.safe_load(raw)
    return parse_text(text, TextLoader, TextLoader.get_single_data)
