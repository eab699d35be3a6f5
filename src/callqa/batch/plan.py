"""What a run is going to do: its inputs, model, policy and options. Two runs of the same plan write the same bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from callqa import __version__
from callqa.lang import Lang
from callqa.sources.inputs import PACKED
from callqa.sources.raw import ReadOptions

PLAN_FORMAT = 1  # of the work folder; a run begun by another format cannot be resumed
STDIN = "-"


@dataclass(frozen=True, slots=True)
class Input:
    """One input file.

    ``source`` is the path or URL as named by the user, ``part`` the file name of its results in ``tagged/``. ``version`` is what a
    remote file system says of the file's state. ``copy`` is the file in the work folder that is read instead, where there is one, and
    ``converted`` says that it holds records of another format than JSONL (`callqa.batch.records`).
    """

    source: str
    part: str
    bytes: int
    sha256: str
    version: str | None = None
    copy: str | None = None
    converted: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that the bytes of a result depend on."""

    inputs: tuple[Input, ...]
    model: str
    model_sha256: str
    policy: str
    policy_sha256: str
    fast: bool
    lang: Lang
    read: ReadOptions
    chunk_calls: int
    callqa: str = __version__
    format: int = PLAN_FORMAT

    def to_json(self) -> dict[str, Any]:
        """As the work folder and ``run.json`` hold it."""
        return {
            "format": self.format,
            "callqa": self.callqa,
            "inputs": [asdict(entry) for entry in self.inputs],
            "model": {"name": self.model, "sha256": self.model_sha256},
            "policy": {"name": self.policy, "sha256": self.policy_sha256},
            "options": {
                "fast": self.fast,
                "lang": self.lang,
                "from": self.read.form,
                "agent": self.read.agent,
                "columns": dict(self.read.columns),
                "chunk_calls": self.chunk_calls,
            },
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Plan:
        """Read back what `to_json` wrote, ``run.json`` included.

        Raises
        ------
        KeyError, TypeError
            It is no such record.
        """
        model, policy, options = data["model"], data["policy"], data["options"]
        return cls(
            inputs=tuple(Input(*(entry[name] for name in Input.__slots__)) for entry in data["inputs"]),
            model=model["name"],
            model_sha256=model["sha256"],
            policy=policy["name"],
            policy_sha256=policy["sha256"],
            fast=options["fast"],
            lang=options["lang"],
            read=ReadOptions(options["from"], options["agent"], options["columns"]),
            chunk_calls=options["chunk_calls"],
            callqa=data["callqa"],
            format=data["format"],
        )

    def changes(self, later: Plan) -> list[str]:
        """What ``later`` does differently, a short phrase each; empty where it may go on with this plan's work.

        Examples
        --------
        >>> one = Plan((Input("a.jsonl", "a.jsonl", 3, "ab"),), "m1", "f" * 64, "p", "0" * 64, False, "en", ReadOptions(), 64)
        >>> two = Plan((Input("a.jsonl", "a.jsonl", 4, "cd"),), "m1", "e" * 64, "p", "0" * 64, True, "en", ReadOptions(), 64)
        >>> one.changes(two)
        ['input a.jsonl has changed', 'the model has changed (m1 ffffffff, now m1 eeeeeeee)', '--fast was off, is on']
        """
        old, new = ({entry.source: entry.sha256 for entry in plan.inputs} for plan in (self, later))
        found = [f"input {source} has changed" for source in old if source in new and old[source] != new[source]]
        found += [f"input {source} is missing now" for source in old if source not in new]
        found += [f"input {source} is new" for source in new if source not in old]
        if not found and list(old) != list(new):
            found.append("the inputs stand in another order")
        for what, was, now in (
            ("model", (self.model, self.model_sha256), (later.model, later.model_sha256)),
            ("policy", (self.policy, self.policy_sha256), (later.policy, later.policy_sha256)),
        ):
            if was[1] != now[1]:
                found.append(f"the {what} has changed ({was[0]} {was[1][:8]}, now {now[0]} {now[1][:8]})")
        if self.fast != later.fast:
            found.append(f"--fast was {_on(self.fast)}, is {_on(later.fast)}")
        for name, old_value, new_value in (
            ("--lang", self.lang, later.lang),
            ("--from", self.read.form, later.read.form),
            ("--agent", self.read.agent, later.read.agent),
            ("--columns", dict(self.read.columns), dict(later.read.columns)),
            ("the size of chunks", self.chunk_calls, later.chunk_calls),
            ("callqa", self.callqa, later.callqa),
            ("the format of the work folder", self.format, later.format),
        ):
            if old_value != new_value:
                found.append(f"{name} was {old_value or 'not given'}, is {new_value or 'not given'}")
        return found


def _on(value: bool) -> str:
    return "on" if value else "off"


def part_names(sources: Sequence[str]) -> list[str]:
    """File names in ``tagged/`` for inputs, in their order: the stem, with a number where two inputs share it.

    Names that differ only in case count as the same, for some file systems think so.

    Examples
    --------
    >>> part_names(["a/day.jsonl", "b/day.jsonl.gz", "-", "s3://bucket/x/Day.csv"])
    ['day.jsonl', 'day-2.jsonl', 'stdin.jsonl', 'Day-3.jsonl']
    """
    stems = [_stem(source) for source in sources]
    taken: set[str] = set()
    names: list[str] = []
    for stem in stems:
        name, number = stem, 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.casefold())
        names.append(f"{name}.jsonl")
    return names


def _stem(source: str) -> str:
    if source == STDIN:
        return "stdin"
    name = PurePosixPath(source.split("?", 1)[0]).name if is_url(source) else Path(source).name
    for packed in PACKED:
        name = name.removesuffix(packed)
    return Path(name).stem.lstrip(".") or "input"


def is_url(source: str) -> bool:
    """Whether an input is named by a URL (``s3://…``) rather than a path.

    Examples
    --------
    >>> is_url("s3://bucket/day.jsonl"), is_url("C:/day.jsonl"), is_url("day.jsonl")
    (True, False, False)
    """
    return re.match(r"[a-z][a-z0-9+.-]+://", source) is not None
