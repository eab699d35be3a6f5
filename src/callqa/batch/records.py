"""Lines of the inputs as calls or rejects, and the copies that inputs other than JSONL are read from.

A converted copy has a JSON object a line: ``{"line": 3, "record": {…}}`` or ``{"line": 4, "reject": [field, reason, call_id]}``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from callqa.call import Call
from callqa.labels import LabelScheme
from callqa.sources import RawLine, Reject, call_from_record, call_to_json, parse_line


def parse(line: RawLine, source: str, scheme: LabelScheme, *, converted: bool) -> tuple[int | None, Call | Reject]:
    """What stands on a line of an input or of its copy, with its line in the input as it came."""
    if not converted or line.fault is not None:
        return line.number, parse_line(line, source, scheme)
    data = orjson.loads(line.data)
    where: int | None = data["line"]
    if "reject" in data:
        field, reason, call_id = data["reject"]
        return where, Reject(source, where, field, reason, call_id)
    return where, call_from_record(data["record"], scheme)


def copy_lines(items: Iterable[tuple[int | None, Call | Reject]]) -> Iterable[bytes]:
    """Calls and rejects of any reader as lines of a copy."""
    for where, item in items:
        record: dict[str, Any] = {"line": where}
        if isinstance(item, Call):
            record["record"] = orjson.Fragment(call_to_json(item))
        else:
            record["reject"] = [item.field, item.reason, item.call_id]
        yield orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)


def reject_line(reject: Reject) -> bytes:
    """A reject as a line of ``rejects.jsonl``."""
    record = {"file": reject.file, "line": reject.line, "field": reject.field, "reason": reject.reason, "call_id": reject.call_id}
    return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
