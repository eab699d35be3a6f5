"""JSON Schema of policies and of their test calls, for editors that complete and check them while they are written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from callqa.labels import LabelScheme
from callqa.policy.cases import CaseFile
from callqa.policy.model import PolicyFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def policy_schema(scheme: LabelScheme) -> dict[str, Any]:
    """Schema of a policy file, with the labels, sub-types and severities of a label scheme as choices.

    Examples
    --------
    >>> from callqa.labels import load_scheme
    >>> policy_schema(load_scheme())["properties"]["extends"]["anyOf"][0]["type"]
    'string'
    """
    return _schema(PolicyFile, scheme)


def cases_schema(scheme: LabelScheme) -> dict[str, Any]:
    """Schema of a file of test calls."""
    return _schema(CaseFile, scheme)


def schema_text(schema: Mapping[str, Any]) -> str:
    """A schema as the shipped files hold it."""
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


def _schema(model: type[BaseModel], scheme: LabelScheme) -> dict[str, Any]:
    choices = {
        "label": list(scheme.names),
        "subtype": list(dict.fromkeys(sub.name for label in scheme for sub in label.subtypes)),
        "severity": [severity.name for severity in scheme.severities],
    }
    made: dict[str, Any] = _filled(model.model_json_schema(by_alias=True), choices)
    return {"$schema": DIALECT, **made}


def _filled(node: Any, choices: Mapping[str, list[str]]) -> Any:
    """The schema with the names of the label scheme put in, and a single value allowed where the models take it for a list of one."""
    if isinstance(node, list):
        return [_filled(entry, choices) for entry in node]
    if not isinstance(node, dict):
        return node
    if "callqa" in node:
        return {"type": "string", "enum": choices[node["callqa"]]}
    filled = {key: _filled(value, choices) for key, value in node.items()}
    if filled.get("type") == "array" and isinstance(filled.get("items"), dict) and filled["items"].get("type") == "string":
        alone = filled["items"]
        shown = {key: filled.pop(key) for key in ("title", "description", "default") if key in filled}
        return {"anyOf": [filled, alone], **shown}
    return filled
