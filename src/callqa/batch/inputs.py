"""What the user named → the inputs of a run: paths, folders, patterns, lists of them, URLs and standard input."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from callqa.batch.chunks import InputLines
from callqa.batch.files import GrowingFile
from callqa.batch.plan import STDIN, Input, Plan, is_url, part_names
from callqa.batch.scan import hash_file
from callqa.errors import CallqaError, InputError
from callqa.sources import list_inputs

SPOOL = "spool"
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


def take_in(sources: Sequence[str], work: Path, stdin: IO[bytes], earlier: Plan | None) -> tuple[Input, ...]:
    """Hash the inputs; copy those that cannot be read twice or in place into the work folder.

    Parameters
    ----------
    sources
        From `named_sources`.
    work
        The work folder.
    stdin
        Read to its end where ``-`` is among the sources.
    earlier
        The plan of the run that is resumed: its copies are used again.

    Raises
    ------
    InputError
        An input cannot be read.
    OutputError
        A copy cannot be written.
    """
    kept = {} if earlier is None else {entry.source: entry for entry in earlier.inputs}
    found: list[Input] = []
    for number, (source, part) in enumerate(zip(sources, part_names(sources), strict=True)):
        old = kept.get(source)
        if source == STDIN or is_url(source):
            version = _version(source)
            if old is not None and old.spool is not None and (work / old.spool).exists() and old.version == version:
                found.append(replace(old, part=part))
                continue
            spool = f"{SPOOL}-{number}"
            with _open(source, stdin) as stream:
                size, sha256 = _copy(stream, work / spool, source)
            found.append(Input(source, part, size, sha256, spool, version))
        else:
            size, sha256 = hash_file(Path(source))
            found.append(Input(source, part, size, sha256))
    return tuple(found)


def input_lines(inputs: Sequence[Input], work: Path) -> list[InputLines]:
    """Where the lines of each input are read from."""
    return [InputLines(entry.source, Path(entry.source) if entry.spool is None else work / entry.spool) for entry in inputs]


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


def _copy(stream: IO[bytes], path: Path, source: str) -> tuple[int, str]:
    """Copy a stream into a file; its size and SHA-256."""
    digest = hashlib.sha256()
    file = GrowingFile(path)
    try:
        while block := _read(stream, source):
            digest.update(block)
            file.append(block)
        file.sync()
    finally:
        file.close()
    return file.size, digest.hexdigest()


def _read(stream: IO[bytes], source: str) -> bytes:
    try:
        return stream.read(_BUFFER)
    except OSError as exc:
        raise InputError(f"cannot be read ({exc.strerror or type(exc).__name__})", file=source) from exc
