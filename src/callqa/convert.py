"""Transcripts and labelled data from one format into another; `callqa convert` and notebooks call it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import yaml

from callqa.call import Call
from callqa.errors import InputError
from callqa.export.doccano import write_doccano
from callqa.export.html import write_html
from callqa.export.label_studio import labelling_config, write_label_studio
from callqa.files import atomic_write
from callqa.labels import LabelScheme
from callqa.lang import Lang
from callqa.sources import FORMATS, ReadOptions, Reject, SeenIds, call_to_line, list_inputs, read_calls

TARGETS = ("jsonl", "label-studio", "doccano", "html")
SUFFIX = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "label-studio", ".html": "html"}
REJECTS = ".rejects.jsonl"  # put behind the output's name
CONFIG = ".config.xml"  # Label Studio's labelling configuration, put behind the tasks' name


@dataclass
class ConvertSummary:
    """What a conversion read and wrote; ``unsure`` are the calls whose agent was inferred with a confidence below 0.9."""

    files: int = 0
    calls: int = 0
    turns: int = 0
    rejects: int = 0
    unsure: int = 0


def convert_files(
    inputs: Sequence[str | Path],
    out: Path,
    scheme: LabelScheme,
    *,
    target: str = "jsonl",
    options: ReadOptions | None = None,
    change: Callable[[Call], Call] = lambda call: call,
    lang: Lang = "zh",
    advance: Callable[[int], None] = lambda _: None,
) -> ConvertSummary:
    """Read files of any supported format and write them as one file of another.

    What could not be read goes to ``<out>.rejects.jsonl``; a Label Studio project's configuration to ``<out>.config.xml``.

    Parameters
    ----------
    target
        One of `TARGETS`.
    change
        What is done to every call before it is written, `callqa.privacy.mask_call` for one.
    advance
        Told the number of calls read, now and then.

    Raises
    ------
    InputError
        An input cannot be opened, or options do not fit.
    OutputError
        The output cannot be written.
    """
    options = options or ReadOptions()
    if target not in TARGETS:
        raise InputError(f"must be one of {', '.join(TARGETS)}", field="to")
    if options.form is not None and options.form not in FORMATS:
        raise InputError(f"must be one of {', '.join(FORMATS)}", field="from")
    summary = ConvertSummary()
    rejects: list[Reject] = []
    paths = list_inputs(inputs)

    def calls() -> Iterator[Call]:
        seen = SeenIds()
        for path in paths:
            summary.files += 1
            for item in read_calls(path, scheme, options=options, seen=seen):
                advance(1)
                if isinstance(item, Reject):
                    rejects.append(item)
                    continue
                summary.calls += 1
                summary.turns += len(item.utterances)
                summary.unsure += item.extra.get("role_confidence", 1) < 0.9
                yield change(item)

    if target == "label-studio":
        write_label_studio(calls(), out, scheme)
        with atomic_write(out.with_name(out.name + CONFIG)) as file:
            file.write(labelling_config(scheme, lang).encode())
    elif target == "doccano":
        write_doccano(calls(), out, scheme)
    elif target == "html":
        write_html(calls(), out, scheme, lang)
    else:
        _write_jsonl(calls(), out)
    summary.rejects = len(rejects)
    _write_rejects(rejects, out.with_name(out.name + REJECTS))
    return summary


def _write_jsonl(calls: Iterable[Call], out: Path) -> None:
    with atomic_write(out) as file:
        for call in calls:
            file.write(call_to_line(call))


def _write_rejects(rejects: Sequence[Reject], path: Path) -> None:
    """Write the rejects; where there are none, take away those of an earlier conversion."""
    if not rejects:
        path.unlink(missing_ok=True)
        return
    with atomic_write(path) as file:
        for reject in rejects:
            record = {"file": reject.file, "line": reject.line, "field": reject.field, "reason": reject.reason, "call_id": reject.call_id}
            file.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))


def load_mapping(path: Path) -> ReadOptions:
    """How a shop's files are to be read, from a small YAML file: ``from``, ``agent``, ``columns`` (field: heading).

    Raises
    ------
    InputError
        Names the file and the field that is wrong.
    """
    try:
        data: Any = yaml.safe_load(path.read_bytes())
    except OSError as exc:
        raise InputError(f"cannot be read ({exc.strerror})", file=path) from exc
    except (yaml.YAMLError, UnicodeDecodeError) as exc:
        mark = getattr(exc, "problem_mark", None)
        raise InputError("is not valid YAML", file=path, line=mark.line + 1 if mark else None) from None
    if not isinstance(data, dict):
        raise InputError("must be a mapping", file=path)
    for key, value in data.items():
        if key not in ("from", "agent", "columns"):
            raise InputError("is unknown; known are from, agent, columns", file=path, field=str(key))
        if key != "columns" and not isinstance(value, str | int):
            raise InputError("must be a text", file=path, field=key)
    columns = data.get("columns", {})
    if not isinstance(columns, dict) or not all(isinstance(text, str) for pair in columns.items() for text in pair):
        raise InputError("must map fields to headings", file=path, field="columns")
    agent = data.get("agent")
    return ReadOptions(data.get("from"), None if agent is None else str(agent), columns)
