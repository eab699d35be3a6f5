"""What the user named → the inputs of a run: paths, folders, patterns, lists of them, URLs and standard input."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO, Any

from callqa.batch.chunks import InputLines
from callqa.batch.files import GrowingFile
from callqa.batch.plan import STDIN, Input, Plan, is_url, part_names
from callqa.batch.records import copy_lines
from callqa.batch.scan import hash_file
from callqa.errors import CallqaError, InputError
from callqa.labels import LabelScheme
from callqa.sources import list_inputs, read_located
from callqa.sources.detect import JSONL, detect_format
from callqa.sources.raw import ReadOptions

COPY = "input"  # copies of inputs in the work folder: input-0, input-1, …
_BUFFER = 2**20


def named_sources(inputs: Sequence[str | Path]) -> list[str]:
    """Paths and URLs of the inputs, each once, in the order named.

    ``-`` is standard input; ``@FILE`` a text file that names an input a line; ``s3://…`` and other URLs need ``callqa[remote]``.

    Raises
    ------
    InputError
        Something named does not exist or holds no transcript.
    """
    found: dict[str, None] = {}
    for given in map(str, inputs):
        if given == STDIN:
            found[STDIN] = None
        elif given.startswith("@"):
            found.update(dict.fromkeys(named_sources(_listed(Path(given[1:])))))
        elif is_url(given):
            found.update(dict.fromkeys(_remote(given)))
        else:
            found.update(dict.fromkeys(map(str, list_inputs([given]))))
    if not found:
        raise InputError("no inputs are named")
    return list(found)


def _listed(path: Path) -> list[str]:
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except OSError as exc:
        raise InputError(f"cannot be read ({exc.strerror})", file=path) from exc
    except UnicodeDecodeError as exc:
        raise InputError("is not UTF-8 text", file=path) from exc
    names = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if any(name.startswith("@") for name in names):
        raise InputError("a list of inputs cannot name another list", file=path)
    return names


def _remote(url: str) -> list[str]:
    """URLs of the files meant by a URL: itself, what a pattern fits, or what lies in a folder."""
    fsspec = _fsspec()
    try:
        system, path = fsspec.core.url_to_fs(url)
        if any(char in path for char in "*?["):
            names = sorted(name for name in system.glob(path) if system.isfile(name))
        elif system.isdir(path):
            names = sorted(system.find(path))
        else:
            names = [path] if system.exists(path) else []
    except (OSError, ValueError, ImportError) as exc:
        raise InputError(f"cannot be reached ({type(exc).__name__})", file=url) from exc
    if not names:
        raise InputError("no such file or folder", file=url)
    return [system.unstrip_protocol(name) for name in names]


def _fsspec() -> Any:
    try:
        import fsspec
    except ImportError:
        raise CallqaError("inputs named by URL need fsspec: pip install 'callqa[remote]'") from None
    return fsspec


@dataclass(frozen=True, slots=True)
class Intake:
    """How inputs are taken in.

    ``earlier`` is the plan of the run that is resumed: its copies are used again. ``stdin`` is read to its end where ``-`` is named.
    """

    work: Path
    scheme: LabelScheme
    read: ReadOptions
    stdin: IO[bytes]
    earlier: Plan | None = None

    def take(self, sources: Sequence[str]) -> tuple[Input, ...]:
        """Hash the inputs; copy into the work folder those that cannot be read twice, or line by line.

        Raises
        ------
        InputError
            An input cannot be read.
        OutputError
            A copy cannot be written.
        """
        kept = {} if self.earlier is None else {entry.source: entry for entry in self.earlier.inputs}
        parts = part_names(sources)
        return tuple(
            self._take(source, parts[number], self.work / _copy_name(number, source), kept.get(source))
            for number, source in enumerate(sources)
        )

    def _take(self, source: str, part: str, copy: Path, old: Input | None) -> Input:
        local = source != STDIN and not is_url(source)
        version = None if local else _version(source)
        usable = old is not None and old.copy is not None and (self.work / old.copy).exists()
        if old is not None and usable and not local and old.version == version:
            return replace(old, part=part)
        if local:
            path = Path(source)
            size, sha256 = hash_file(path)
            if old is not None and usable and old.sha256 == sha256:
                return replace(old, part=part)
        else:
            path = copy
            with _open(source, self.stdin) as stream:
                size, sha256 = _write(copy, _blocks(stream, source))
        entry = Input(source, part, size, sha256, version, None if local else copy.name)
        if (self.read.form or detect_format(path)) == JSONL:
            return entry
        converted = copy.with_name(f"{copy.name}.jsonl")
        _write(converted, copy_lines(read_located(path, self.scheme, self.read)))
        return replace(entry, copy=converted.name, converted=True)


def _copy_name(number: int, source: str) -> str:
    """Name of a copy; it keeps the suffixes, by which a format may be told."""
    return f"{COPY}-{number}{''.join(PurePosixPath(source).suffixes)}" if is_url(source) else f"{COPY}-{number}"


def input_lines(inputs: Sequence[Input], work: Path) -> list[InputLines]:
    """Where the lines of each input are read from."""
    return [InputLines(entry.source, Path(entry.source) if entry.copy is None else work / entry.copy, entry.converted) for entry in inputs]


@contextmanager
def _open(source: str, stdin: IO[bytes]) -> Iterator[IO[bytes]]:
    if source == STDIN:
        yield stdin
        return
    with _fsspec().open(source, "rb") as stream:
        yield stream


def _version(source: str) -> str | None:
    """What a remote file system says of a file's state (etag, time); ``None`` for standard input."""
    if source == STDIN:
        return None
    system, path = _fsspec().core.url_to_fs(source)
    return str(system.ukey(path))


def _write(path: Path, blocks: Iterable[bytes]) -> tuple[int, str]:
    """Write blocks into a file; their size and hash."""
    digest, file = hashlib.sha256(), GrowingFile(path)
    try:
        for block in blocks:
            digest.update(block)
            file.append(block)
        file.sync()
    finally:
        file.close()
    return file.size, digest.hexdigest()


def _blocks(stream: IO[bytes], source: str) -> Iterator[bytes]:
    try:
        while block := stream.read(_BUFFER):
            yield block
    except OSError as exc:
        raise InputError(f"cannot be read ({exc.strerror or type(exc).__name__})", file=source) from exc
