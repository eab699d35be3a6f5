"""A finished run as a Prometheus textfile, for the node exporter's textfile collector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from time import time

from callqa.batch.options import RunSummary
from callqa.files import atomic_write


def write_metrics(path: Path, summary: RunSummary) -> None:
    """Write the figures of a run, whole or not at all.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    with atomic_write(path) as file:
        file.write("".join(f"{line}\n" for line in metric_lines(summary, time())).encode("utf-8"))
    path.chmod(0o644)  # the exporter runs as another user, and there is nothing personal in it


def metric_lines(summary: RunSummary, finished: float) -> Iterator[str]:
    """The lines of the file; ``finished`` in seconds since 1970."""
    counts = summary.counts
    yield from _metric("callqa_calls", "Calls tagged by the last run.", {"": counts.calls})
    yield from _metric("callqa_turns", "Turns tagged by the last run.", {"": counts.turns})
    yield from _metric("callqa_rejects", "Inputs the last run refused.", {"": counts.rejected})
    yield from _metric("callqa_flagged_calls", "Calls that carry a flag, by its code.", _by("code", counts.flags))
    yield from _metric("callqa_flags", "Flags by severity.", _by("severity", counts.severities))
    yield from _metric("callqa_labelled_turns", "Turns that carry a label.", _by("label", counts.labels))
    yield from _metric("callqa_stage_seconds", "Seconds of all workers by stage.", _by("stage", summary.stages))
    yield from _metric("callqa_run_seconds", "Seconds the last run took.", {"": summary.seconds})
    yield from _metric("callqa_last_success_timestamp_seconds", "When the last run finished.", {"": finished})


def _by(name: str, values: Mapping[str, float]) -> dict[str, float]:
    return {f'{{{name}="{_escaped(key)}"}}': value for key, value in sorted(values.items())}


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _metric(name: str, about: str, samples: Mapping[str, float]) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} gauge"
    for labels, value in samples.items():
        yield f"{name}{labels} {value:.10g}"
