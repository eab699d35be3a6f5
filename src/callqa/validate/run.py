"""Files of labelled data → everything that is wrong with them, and what they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from callqa.call import Call
from callqa.errors import InputError
from callqa.files import atomic_write
from callqa.labels import LabelScheme
from callqa.sources import JSONL, Reject, SeenIds, call_to_line, detect_format, iter_lines, list_inputs, parse_line, read_located
from callqa.sources.lines import is_plain_utf8
from callqa.validate.duplicates import near_duplicates, transcript_key
from callqa.validate.fixes import fix_call
from callqa.validate.problems import Problem
from callqa.validate.rules import check_call


@dataclass
class Report:
    """Problems in the order of the files, and counts of what the files hold.

    ``labels`` counts turns by label, ``subtypes`` by ``label/subtype``, ``parties`` counts calls; ``fixed`` are the calls put right.
    """

    problems: list[Problem] = field(default_factory=list)
    files: int = 0
    calls: int = 0
    turns: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    subtypes: Counter[str] = field(default_factory=Counter)
    parties: Counter[str] = field(default_factory=Counter)
    fixed: list[str] = field(default_factory=list)

    @property
    def errors(self) -> int:
        """How many problems are errors."""
        return sum(problem.level == "error" for problem in self.problems)


def validate_files(
    paths: Sequence[str | Path],
    scheme: LabelScheme,
    *,
    against: Sequence[str | Path] = (),
    fix: bool = False,
    advance: Callable[[int], None] = lambda _: None,
) -> Report:
    """Check labelled files against the guide.

    Parameters
    ----------
    against
        Test data: calls that nearly are one of theirs are errors.
    fix
        Put right what is safe, in the files themselves (callqa JSONL only); what was put right is no longer a problem.
    advance
        Told the number of calls read, now and then.

    Raises
    ------
    InputError
        A file cannot be opened, or the test data cannot be read.
    OutputError
        A file cannot be written.
    """
    report = Report()
    seen = SeenIds()
    places: dict[str, tuple[str, int | None]] = {}
    transcripts: dict[str, str] = {}
    calls: list[Call] = []
    for path in list_inputs(paths):
        report.files += 1
        if fix:
            report.fixed += fix_file(path, scheme)
        for line, item in read_located(path, scheme):
            advance(1)
            if isinstance(item, Reject):
                report.problems.append(Problem("unreadable", item.file, item.line, item.call_id, field=item.field, detail=item.reason))
                continue
            if twice := seen.reject(item, str(path), line):
                first, at = places[item.call_id]
                detail = first if at is None else f"{first}:{at}"
                report.problems.append(Problem("id_repeated", str(path), line, twice.call_id, field="call_id", detail=detail))
            places.setdefault(item.call_id, (str(path), line))
            report.problems += _of_call(item, scheme, str(path), line)
            same = transcripts.setdefault(transcript_key(item), item.call_id)
            if same != item.call_id:
                report.problems.append(Problem("same_transcript", str(path), line, item.call_id, detail=same))
            _count(report, item)
            if against:
                calls.append(item)
    if against:
        tests = [call for path in list_inputs(against) for call in _read_calls(path, scheme)]
        for call_id, test_id in near_duplicates(calls, tests).items():
            file, line = places[call_id]
            report.problems.append(Problem("leak", file, line, call_id, detail=test_id))
    return report


def _read_calls(path: Path, scheme: LabelScheme) -> Iterator[Call]:
    for _, item in read_located(path, scheme):
        if isinstance(item, Reject):
            raise item.error()
        yield item


def _of_call(call: Call, scheme: LabelScheme, file: str, line: int | None) -> Iterator[Problem]:
    for finding in check_call(call, scheme):
        yield Problem(finding.code, file, line, call.call_id, finding.turn, finding.field, finding.detail)


def _count(report: Report, call: Call) -> None:
    report.calls += 1
    report.turns += len(call.utterances)
    report.parties[call.party or "none"] += 1
    for turn in call.utterances:
        report.labels.update(turn.labels)
        report.subtypes.update(f"{label}/{name}" for label, names in turn.subtypes.items() for name in names)


def fix_file(path: Path, scheme: LabelScheme) -> list[str]:
    """Put right in a JSONL file what is safe; the ids of the calls changed. Other lines, bad ones too, stay as they are.

    Raises
    ------
    InputError
        The file is not callqa's own JSONL, is packed or not UTF-8.
    OutputError
        It cannot be written.
    """
    if not is_plain_utf8(path) or detect_format(path) != JSONL:
        raise InputError("only plain UTF-8 files of callqa's JSONL can be fixed; convert it first", file=path)
    fixed: dict[int, bytes] = {}
    names: list[str] = []
    for line in iter_lines(path):
        item = parse_line(line, str(path), scheme)
        if isinstance(item, Call) and (better := fix_call(item, scheme)) is not item:
            fixed[line.number] = call_to_line(better)
            names.append(item.call_id)
    if fixed:
        with path.open("rb") as old, atomic_write(path) as new:
            for number, data in enumerate(old, 1):
                new.write(fixed.get(number, data))
    return names
