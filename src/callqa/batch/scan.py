"""The first pass over the inputs: hashes, how many calls there are, ids given twice, contacts per account and day.

Only ids and times are kept, a few bytes a call. What it finds goes to the second pass, so that a call's result depends on the whole
run (a sixth contact of the day) and yet chunks can be tagged in any process and resumed at any place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from callqa.batch.chunks import InputLines
from callqa.batch.files import GrowingFile
from callqa.batch.records import parse
from callqa.call import Call
from callqa.errors import InputError
from callqa.labels import LabelScheme
from callqa.sources import RawLine, iter_lines

if TYPE_CHECKING:
    from callqa.policy import DayContacts

_BUFFER = 2**20


@dataclass(frozen=True, slots=True)
class Scan:
    """What the first pass found.

    ``lines`` are those that hold something, ``lengths`` the number of the last of them in each input, ``repeated`` per input the lines
    whose call id was met before, with the place of the first.
    """

    lines: int
    lengths: Sequence[int]
    repeated: Mapping[int, Mapping[int, str]]


def hash_file(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file.

    Raises
    ------
    InputError
        It cannot be read.
    """
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb", buffering=0) as file:
            while block := file.read(_BUFFER):
                digest.update(block)
                size += len(block)
    except OSError as exc:
        raise InputError(f"cannot be read ({exc.strerror})", file=path) from exc
    return size, digest.hexdigest()


def scan(inputs: Sequence[InputLines], scheme: LabelScheme, contacts: Path, tick: Callable[[int], None]) -> Scan:
    """Look through all inputs once.

    Parameters
    ----------
    contacts
        File that is written: account and start time of every call that has both, for `read_contacts`.
    tick
        Told after every thousand lines or so how many have been read.
    """
    seen: set[int] = set()
    suspects: set[int] = set()
    lines, lengths = 0, [0] * len(inputs)
    out = GrowingFile(contacts)
    try:
        pending: list[bytes] = []
        for index, entry in enumerate(inputs):
            for line in iter_lines(entry.path):
                lines, lengths[index] = lines + 1, line.number
                data = _load(line, entry)
                key = _id_key(data)
                if key in seen:
                    suspects.add(key)
                else:
                    seen.add(key)
                    if data.get("account_id") and data.get("started_at"):
                        pending.append(orjson.dumps([data["account_id"], data["started_at"]], option=orjson.OPT_APPEND_NEWLINE))
                if lines % 1000 == 0:
                    out.append(b"".join(pending))
                    pending.clear()
                    tick(lines)
        out.append(b"".join(pending))
        out.sync()
    finally:
        out.close()
    return Scan(lines, lengths, _repeated(inputs, scheme, suspects) if suspects else {})


def _load(line: RawLine, entry: InputLines) -> dict[str, Any]:
    """The record on a line, empty where it has none; what is wrong with it the second pass will say."""
    if line.fault is not None:
        return {}
    try:
        data = orjson.loads(line.data)
    except orjson.JSONDecodeError:
        return {}
    if entry.converted and isinstance(data, dict):
        data = data.get("record")
    return data if isinstance(data, dict) else {}


def _id_key(data: dict[str, Any]) -> int:
    """A few bytes that stand for a call id, so that memory stays small; ids that share a key are compared in full."""
    return hash(str(data.get("call_id")))


def _repeated(inputs: Sequence[InputLines], scheme: LabelScheme, suspects: set[int]) -> dict[int, dict[int, str]]:
    """Lines that repeat the id of an earlier good call. A bad line takes no id: the corrected call after it still counts."""
    first: dict[str, str] = {}
    found: dict[int, dict[int, str]] = {}
    for index, entry in enumerate(inputs):
        for line in iter_lines(entry.path, quiet=True):
            if _id_key(_load(line, entry)) not in suspects:
                continue
            where, item = parse(line, entry.source, scheme, converted=entry.converted)
            if not isinstance(item, Call):
                continue
            place = entry.source if where is None else f"{entry.source}:{where}"
            if item.call_id in first:
                found.setdefault(index, {})[line.number] = first[item.call_id]
            else:
                first[item.call_id] = place
    return found


def read_contacts(path: Path) -> DayContacts:
    """The contacts that `scan` wrote, by account and day."""
    from callqa.policy import DayContacts  # scanning, which a run with workers begins with, needs no policy

    day = DayContacts()
    for account_id, started_at in _contact_lines(path):
        day.add(account_id, started_at)
    return day


def _contact_lines(path: Path) -> Iterator[tuple[str, datetime]]:
    with path.open("rb") as file:
        for line in file:
            account_id, started_at = orjson.loads(line)
            try:
                yield str(account_id), datetime.fromisoformat(started_at)
            except (TypeError, ValueError):
                continue  # the call itself is a reject, and says so
