"""Calls by hand in a line, inputs from them, and what a result folder holds."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from callqa.batch import Options
from tests.batch.rules import load

FILES = {"calls.csv", "segments.csv", "rejects.jsonl", "run.json", "tagged"}


def call(call_id: str, *texts: str, **fields: Any) -> dict[str, Any]:
    turns = [{"turn": n, "speaker": ("agent", "customer")[n % 2 == 0], "text": text} for n, text in enumerate(texts, 1)]
    return {"call_id": call_id, **fields, "utterances": turns}


def write(path: Path, *lines: Any) -> Path:
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)) + "\n" for line in lines), "utf-8")
    return path


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def quick(**more: Any) -> Options:
    return Options(**{"loader": load, "workers": 1, **more})


def contents(out: Path) -> dict[str, bytes]:
    return {str(p.relative_to(out)): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file() and p.name != "run.json"}
