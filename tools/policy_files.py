"""policies/*.json, the schemas of policies and their test calls, and the table of operators in docs/policy.md: all from the models."""

from __future__ import annotations

from pathlib import Path

from callqa.labels import load_scheme
from callqa.policy.describe import operators, wording
from callqa.policy.measures import MEASURES
from callqa.policy.schema import cases_schema, policy_schema, schema_text
from tools.paths import ROOT

BEGIN, END = "<!-- operators: begin (python -m tools.generate) -->", "<!-- operators: end -->"
TITLES = {"CallCondition": "Call conditions", "TurnCondition": "Turn conditions"}


def table() -> str:
    """Operators and measures with what they mean in both languages."""
    zh, en = operators("zh"), operators("en")
    parts = []
    for model, title in TITLES.items():
        rows = [f"| `{name}` | {words} | {dict(zh[model])[name]} |" for name, words in en[model]]
        parts.append("\n".join([f"### {title}", "", "| operator | holds when | 含义 |", "|---|---|---|", *rows]))
    rows = [f"| `{name}` | {wording(words, 'en')} | {wording(words, 'zh')} |" for name, (_, words) in MEASURES.items()]
    parts.append("\n".join(["### Measures", "", "| name | figure | 含义 |", "|---|---|---|", *rows]))
    return "\n\n".join(parts)


def files() -> dict[Path, str]:
    """Path → content."""
    scheme = load_scheme()
    page = ROOT / "docs" / "policy.md"
    head, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    return {
        ROOT / "policies" / "schema.json": schema_text(policy_schema(scheme)),
        ROOT / "policies" / "cases.schema.json": schema_text(cases_schema(scheme)),
        page: f"{head}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}",
    }
