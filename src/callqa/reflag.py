"""A changed policy on results that stand: flags, scores and tables made anew, without tagging again.

The folder changes as a whole. New files grow in ``OUT/.callqa`` and are renamed into place at the end; ``run.json`` is put aside first and
written last. A run that is killed in between leaves a folder that no command takes for finished, and `reflag` run again repairs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from callqa.batch.counts import Counts
from callqa.batch.files import GrowingFile, make_folder, move_durably
from callqa.batch.lock import run_lock
from callqa.batch.output import LOCK, RUN, TAGGED, WORK, clear_work, read_json, write_json
from callqa.batch.plan import Plan
from callqa.batch.tables import TABLES
from callqa.call import Call
from callqa.errors import OutputError
from callqa.export.sheet import CsvTable, Words, csv_header
from callqa.labels import LabelScheme
from callqa.policy import DayContacts, Policy, apply_policy
from callqa.sources import Reject, call_to_line, read_located

ASIDE = "run-before-flag.json"
FLUSH_CALLS = 256  # calls whose results are held before they are written


@dataclass(frozen=True, slots=True)
class ReflagSummary:
    """What re-applying a policy did."""

    out: Path
    policy: Policy
    counts: Counts
    changed: int  # calls whose flags or score are others now


def reflag(out: Path, policy: Policy, scheme: LabelScheme, advance: Callable[[int], None] = lambda _calls: None) -> ReflagSummary:
    """Apply a policy to the tagged results in a folder, in place.

    Parameters
    ----------
    out
        Result folder of a finished ``callqa tag``.
    policy, scheme
        The policy, and the label scheme the results were tagged by.
    advance
        Told of every so many calls done.

    Raises
    ------
    OutputError
        It is no folder of a finished run, a result in it is damaged, another run holds it, or it cannot be written.
    """
    if not out.is_dir():
        raise OutputError("is no folder", file=out)
    work = out / WORK
    make_folder(work)
    try:
        with run_lock(work / LOCK):
            record = read_json(out / RUN) or read_json(work / ASIDE)
            plan = _plan(record, out)
            day = _contacts(out, plan, scheme)
            counts, changed = _write_aside(out, plan, policy, scheme, day, advance)
            _swap_in(out, plan)
            if (out / "calls.parquet").exists():
                from callqa.batch.parquet import write_parquet

                write_parquet(out, plan, scheme)
            write_json(out / RUN, _record(record, policy, counts))
            clear_work(out)
    finally:
        with suppress(OSError):  # not empty: the lock of another run
            work.rmdir()
    return ReflagSummary(out, policy, counts, changed)


def _plan(record: Any, out: Path) -> Plan:
    try:
        return Plan.from_json(record)
    except (KeyError, TypeError):
        raise OutputError("is not the folder of a finished run of callqa tag", file=out) from None


def _part_calls(path: Path, scheme: LabelScheme) -> Iterator[Call]:
    """The calls of one part. A part is empty where every call of its input was rejected."""
    if path.exists() and path.stat().st_size == 0:
        return
    for _line, item in read_located(path, scheme):
        if isinstance(item, Reject):
            raise OutputError(f"is damaged ({item.reason}); tag again", file=path, line=item.line, field=item.field)
        yield item


def _contacts(out: Path, plan: Plan, scheme: LabelScheme) -> DayContacts:
    day = DayContacts()
    for entry in plan.inputs:
        for call in _part_calls(out / TAGGED / entry.part, scheme):
            day.add(call.account_id, call.started_at)
    return day


def result_contacts(out: Path, scheme: LabelScheme) -> DayContacts:
    """Contacts per account and day over the calls of a finished result folder.

    Raises
    ------
    OutputError
        It is no folder of a finished run, or a result in it is damaged.
    """
    return _contacts(out, _plan(read_json(out / RUN), out), scheme)


def result_calls(out: Path, scheme: LabelScheme) -> Iterator[Call]:
    """The tagged calls of a finished result folder, in order.

    Raises
    ------
    OutputError
        It is no folder of a finished run, or a result in it is damaged.
    """
    for entry in _plan(read_json(out / RUN), out).inputs:
        yield from _part_calls(out / TAGGED / entry.part, scheme)


def _write_aside(
    out: Path, plan: Plan, policy: Policy, scheme: LabelScheme, day: DayContacts, advance: Callable[[int], None]
) -> tuple[Counts, int]:
    """Write the new parts and tables into the work folder; what they count, and the number of calls that changed."""
    counts, changed = Counts(), 0
    words = Words(scheme, plan.lang)
    tables = {table.name: GrowingFile(_aside(out, f"{table.name}.csv")) for table in TABLES}
    for table in TABLES:
        tables[table.name].append(csv_header(table.columns(scheme), plan.lang))
    try:
        for entry in plan.inputs:
            part = GrowingFile(_aside(out, entry.part))
            try:
                for calls in _groups(_part_calls(out / TAGGED / entry.part, scheme)):
                    flagged = [apply_policy(call, policy, scheme, day) for call in calls]
                    changed += sum((one.flags, one.score) != (other.flags, other.score) for one, other in zip(calls, flagged, strict=True))
                    counts.add_calls(flagged)
                    part.append(b"".join(map(call_to_line, flagged)))
                    for table in TABLES:
                        rows = CsvTable()
                        for call in flagged:
                            rows.add(table.rows(entry.source, call, scheme, words))
                        tables[table.name].append(rows.take())
                    advance(len(flagged))
                part.sync()
            finally:
                part.close()
        for file in tables.values():
            file.sync()
    finally:
        for file in tables.values():
            file.close()
    return counts, changed


def _groups(calls: Iterator[Call]) -> Iterator[list[Call]]:
    group: list[Call] = []
    for call in calls:
        group.append(call)
        if len(group) == FLUSH_CALLS:
            yield group
            group = []
    if group:
        yield group


def _aside(out: Path, name: str) -> Path:
    return out / WORK / f"{name}.flag"


def _swap_in(out: Path, plan: Plan) -> None:
    """Put ``run.json`` aside, then rename the new files into place."""
    if (out / RUN).exists():
        move_durably(out / RUN, out / WORK / ASIDE)
    for entry in plan.inputs:
        move_durably(_aside(out, entry.part), out / TAGGED / entry.part)
    for table in TABLES:
        move_durably(_aside(out, f"{table.name}.csv"), out / f"{table.name}.csv")


def _record(record: dict[str, Any], policy: Policy, counts: Counts) -> dict[str, Any]:
    """The run's record with the new policy and its flags; what was tagged and rejected stays as it was."""
    fresh = counts.to_json()
    return {
        **record,
        "policy": {"name": policy.name, "sha256": policy.sha256},
        "counts": {**record["counts"], "flags": fresh["flags"], "severities": fresh["severities"]},
        "flagged_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
