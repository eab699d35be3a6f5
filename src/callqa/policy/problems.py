"""Pydantic's findings in the words of a person who writes policies, with a suggestion where a name was mistyped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from callqa.policy.names import Place

_KINDS = {
    "string_type": "must be a text",
    "string_too_short": "must not be empty",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping of fields",
    "model_attributes_type": "must be a mapping of fields",
    "date_type": "must be a date such as 2026-01-31",
    "date_parsing": "must be a date such as 2026-01-31",
    "date_from_datetime_parsing": "must be a date such as 2026-01-31",
    "date_from_datetime_inexact": "must be a date such as 2026-01-31",
    "missing": "is missing",
}


def explain_problem(problem: ErrorDetails, root: type[BaseModel]) -> tuple[Place, str]:
    """Place and message of one finding of pydantic.

    Parameters
    ----------
    problem
        One entry of ``ValidationError.errors()``.
    root
        The model that was validated; its fields are what a mistyped name is compared with.
    """
    place: Place = tuple(part for part in problem["loc"] if part != "[key]")
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "extra_forbidden":
        return place, "is not a field here" + suggestion(str(place[-1]), fields_at(root, place[:-1]))
    if kind == "literal_error":
        known = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        return place, f"must be one of {', '.join(known)}" + suggestion(str(problem["input"]), known, listed=False)
    if kind == "value_error":
        return place, str(context.get("error", problem["msg"]))
    if kind == "string_pattern_mismatch":
        return place, f"{problem['input']!r} must match {context.get('pattern')}"
    if kind == "too_short":
        return place, "must hold at least " + ("one entry" if context.get("min_length") == 1 else f"{context.get('min_length')} entries")
    if kind == "too_long":
        return place, f"must hold at most {context.get('max_length')} entries"
    if kind in ("greater_than_equal", "greater_than", "less_than_equal", "less_than"):
        return place, problem["msg"].replace("Input should", "must")
    return place, _KINDS.get(kind, problem["msg"].replace("Input should", "must"))


def suggestion(word: str, known: list[str], *, listed: bool = True) -> str:
    """The nearest of some names, or all of them where none is near.

    Examples
    --------
    >>> suggestion("sevrity", ["severity", "points"])
    '; did you mean severity?'
    """
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; fields: {', '.join(known)}" if listed and known else ""


def fields_at(root: type[BaseModel], place: Place) -> list[str]:
    """Names of the fields that may stand at a place of a model."""
    model: Any = root
    for part in place:
        model = _step(model, part)
        if model is None:
            return []
    return [field.alias or name for name, field in model.model_fields.items()] if _is_model(model) else []


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _bare(annotation: Any) -> Any:
    """An annotation without Annotated and None."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, UnionType):
            rest = [arg for arg in get_args(annotation) if arg is not type(None)]
            annotation = rest[0]
        else:
            return annotation


def _step(annotation: Any, part: str | int) -> Any:
    """What stands under one part of a place."""
    if _is_model(annotation):
        fields: Mapping[str, Any] = annotation.model_fields
        for name, field in fields.items():
            if part in (name, field.alias):
                return _bare(field.annotation)
        return None
    args = get_args(annotation)
    return _bare(args[-1]) if args else None
