"""Where an error says it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from callqa import errors
from callqa.errors import CallqaError, InputError


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (InputError("is bad"), "is bad"),
        (InputError("is bad", file=Path("a.jsonl")), "a.jsonl: is bad"),
        (InputError("is bad", file="a.jsonl", line=3), "a.jsonl:3: is bad"),
        (InputError("is bad", file="a.jsonl", line=3, field="due"), "a.jsonl:3: due: is bad"),
        (InputError("is bad", line=3), "line 3: is bad"),
        (InputError("is bad", field="due"), "due: is bad"),
    ],
)
def test_place_comes_first(error: InputError, text: str) -> None:
    assert str(error) == text


def test_there_is_one_family() -> None:
    raised = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]
    assert all(issubclass(kind, CallqaError) for kind in raised)
