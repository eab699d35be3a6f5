"""The lines of a text file, whatever its encoding or compression, in bounded memory.

A line that cannot be read is handed on with its fault, so that its neighbours still count. Lines come out as UTF-8 bytes: small to send
to a worker process, and what the JSON parser takes.
"""

from __future__ import annotations

import codecs
import gzip
import io
import logging
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

import zstandard

from callqa.errors import InputError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

log = logging.getLogger(__name__)

MAX_LINE = 8 * 2**20  # bytes; a call of an hour has about 100 kB
MAX_RATIO = 200  # expanded to compressed size; transcripts compress 5- to 20-fold
RATIO_FROM = 64 * 2**20  # bytes; below this a high ratio does no harm
MAX_ZSTD_WINDOW = 2**27  # bytes the decompressor may hold
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"  # what packed files begin with
_HEAD = 2**16  # bytes looked at to tell the encoding
DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError)  # what reading damaged packed data raises
_SKIP = 2**20  # bytes dropped at a time from a line that is too long


class RawLine(NamedTuple):
    """One line: its 1-based number, its UTF-8 bytes without line end, and why it cannot be used where it cannot."""

    number: int
    data: bytes
    fault: str | None = None


def iter_lines(path: Path, *, skip: int = 0, quiet: bool = False) -> Iterator[RawLine]:
    """Lines of a plain, gzip or zstd file, from line ``skip + 1`` on; blank lines are left out, their numbers are not given again.

    UTF-8 (with or without BOM), UTF-16 and GB18030 are recognised; a file that is not UTF-8 is named once in the log,
    unless the caller is ``quiet`` since somebody else reads all of it.

    Raises
    ------
    InputError
        The file cannot be opened. What is wrong inside it comes as a line with a fault.
    """
    number = 0
    try:
        with open_bytes(path) as stream:
            encoding = sniff_encoding(stream.peek(_HEAD)[:_HEAD])
            lines = _byte_lines(stream) if encoding in ("utf-8", "gb18030") else _utf16_lines(stream, encoding)
            said = quiet
            for number, data, fault in lines:
                if number == 1 and data.startswith(codecs.BOM_UTF8):
                    data = data[len(codecs.BOM_UTF8) :]
                if number <= skip or not (fault or data.strip()):
                    continue
                if fault is None and not data.isascii():
                    text, used = decode_line(data, encoding)
                    if text is None:
                        fault = "is neither UTF-8 nor GB18030 text"
                    elif used != "utf-8":
                        data = text.encode()
                        encoding = used
                if encoding != "utf-8" and not said:
                    said = True
                    log.warning("%s: line %d is not UTF-8; read as %s", path, number, encoding.upper())
                yield RawLine(number, b"" if fault else data, fault)
    except DAMAGE as exc:
        yield RawLine(number + 1, b"", f"the compressed data is damaged or cut off ({type(exc).__name__})")
    except BombError:
        yield RawLine(number + 1, b"", f"the compressed data expands more than {MAX_RATIO}-fold; the rest is not read")
    except UnicodeDecodeError:
        yield RawLine(number + 1, b"", "is not valid UTF-16; the rest is not read")


def _byte_lines(stream: io.BufferedReader) -> Iterator[tuple[int, bytes, str | None]]:
    number = 0
    while data := stream.readline(MAX_LINE + 2):
        number += 1
        if len(data) > MAX_LINE and not data.endswith(b"\n"):
            while (rest := stream.readline(_SKIP)) and not rest.endswith(b"\n"):
                pass
            yield number, b"", f"is longer than {MAX_LINE // 2**20} MiB"
        else:
            yield number, data.rstrip(b"\r\n"), None


def _utf16_lines(stream: io.BufferedReader, encoding: str) -> Iterator[tuple[int, bytes, str | None]]:
    with io.TextIOWrapper(stream, encoding, errors="surrogatepass", newline="\n") as text:
        number = 0
        while line := text.readline(MAX_LINE):
            number += 1
            if len(line) == MAX_LINE and not line.endswith("\n"):
                while (rest := text.readline(_SKIP)) and not rest.endswith("\n"):
                    pass
                yield number, b"", f"is longer than {MAX_LINE // 2**20} MiB"
                continue
            try:
                yield number, line.lstrip("\ufeff").rstrip("\r\n").encode(), None
            except UnicodeEncodeError:
                yield number, b"", "holds half a surrogate"


@contextmanager
def open_bytes(path: Path) -> Iterator[io.BufferedReader]:
    """The bytes of a file, unpacked where it is gzip or zstd (told by its first bytes, not its name).

    Reading raises `EOFError`, `zlib.error`, `gzip.BadGzipFile` or `zstandard.ZstdError` where the packed data is damaged.

    Raises
    ------
    InputError
        The file is missing, is a folder, or may not be read.
    """
    try:
        file: io.BufferedReader = io.BufferedReader(io.FileIO(path), _HEAD)
    except OSError as exc:
        raise InputError(f"cannot be read ({exc.strerror})", file=path) from exc
    with file:
        magic = file.peek(4)[:4]
        if magic.startswith(_GZIP):
            yield io.BufferedReader(_Unpacked(file, gzip.GzipFile(fileobj=file)), _HEAD)
        elif magic == _ZSTD:
            yield io.BufferedReader(_Unpacked(file, _ZstdFrames(file)), _HEAD)
        else:
            yield file


def is_plain_utf8(path: Path) -> bool:
    """Whether a file is UTF-8 as it lies on disk: not packed, no other encoding.

    Raises
    ------
    InputError
        It cannot be opened.
    """
    try:
        with Path(path).open("rb") as file:
            head = file.read(_HEAD)
    except OSError as exc:
        raise InputError(f"cannot be read ({exc.strerror})", file=path) from exc
    return not head.startswith((_GZIP, _ZSTD)) and sniff_encoding(head) == "utf-8"


class BombError(Exception):
    """Compressed data that expands beyond all proportion."""


class _Unpacked(io.RawIOBase):
    """Unpacked bytes, watched for the ratio to what was read of the packed file."""

    def __init__(self, packed: IO[bytes], unpacked: gzip.GzipFile | _ZstdFrames) -> None:
        self._packed = packed
        self._unpacked = unpacked
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer)
        data = self._unpacked.read(len(view))
        view[: len(data)] = data
        self._count += len(data)
        if self._count > RATIO_FROM and self._count > MAX_RATIO * self._packed.tell():
            raise BombError
        return len(data)


class _ZstdFrames:
    """Frames of a zstd file one after the other. Unlike the library's own reader it tells a cut-off file from a whole one."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed
        self._unpacker = zstandard.ZstdDecompressor(max_window_size=MAX_ZSTD_WINDOW)
        self._frame = self._unpacker.decompressobj()
        self._rest = b""  # packed bytes of the next frame
        self._ready = b""  # unpacked bytes not yet handed on

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes; none at the end."""
        while not self._ready:
            # Little at a time: 4 packed bytes can be a block of 128 kB.
            data = self._rest or self._packed.read(1024)
            if self._frame.eof:
                if not data:
                    return b""
                self._frame = self._unpacker.decompressobj()
            elif not data:
                raise EOFError
            self._ready = self._frame.decompress(data)
            self._rest = self._frame.unused_data
        out, self._ready = self._ready[:size], self._ready[size:]
        return out


def sniff_encoding(head: bytes) -> str:
    """Encoding that the first bytes of a text file speak for: ``utf-8``, ``gb18030``, ``utf-16``, ``utf-16-le`` or ``utf-16-be``.

    Examples
    --------
    >>> sniff_encoding("客户".encode()), sniff_encoding("客户：您好".encode("gb18030")), sniff_encoding("坐席: ok".encode("utf-16"))
    ('utf-8', 'gb18030', 'utf-16')
    """
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > len(head) // 20 and odd > 8 * even:  # ASCII letters in UTF-16: every second byte is NUL
        return "utf-16-le"
    if even > len(head) // 20 and even > 8 * odd:
        return "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # incremental: the head may end inside a character
    except UnicodeDecodeError:
        return "gb18030" if _plausible_gb18030(head) else "utf-8"
    return "utf-8"


def decode_line(data: bytes, encoding: str = "utf-8") -> tuple[str | None, str]:
    """Text of one line and the encoding that fitted, ``None`` where neither UTF-8 nor GB18030 does.

    UTF-8 comes first whatever the file's encoding: Chinese GB18030 text is practically never valid UTF-8, so a mixed file reads right.
    """
    for name in ("utf-8", "gb18030"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if name == "utf-8" or _plausible_gb18030(data):
            return text, name
    return None, encoding


def _plausible_gb18030(data: bytes) -> bool:
    """Whether the two-byte characters are mostly everyday ones.

    Nearly any bytes decode as GB18030; damaged UTF-8 gives rare characters, real text stays in GB 2312 level 1 (lead bytes B0 to D7)
    and its punctuation (A1 to A3).
    """
    pairs = common = index = 0
    while index < len(data) - 1:
        lead, trail = data[index], data[index + 1]
        if lead < 0x81:
            index += 1
            continue
        pairs += 1
        common += trail >= 0xA1 and (0xB0 <= lead <= 0xD7 or 0xA1 <= lead <= 0xA3)
        index += 2
    return pairs > 0 and common >= 0.8 * pairs


def decode_document(path: Path, limit: int) -> bytes:
    """A whole text file as UTF-8, unpacked.

    Raises
    ------
    InputError
        It cannot be opened, is damaged, longer than ``limit`` bytes, or of no known encoding.
    """
    try:
        with open_bytes(path) as stream:
            data = stream.read(limit + 1)
    except DAMAGE as exc:
        raise InputError(f"the compressed data is damaged or cut off ({type(exc).__name__})", file=path) from None
    except BombError:
        raise InputError(f"the compressed data expands more than {MAX_RATIO}-fold", file=path) from None
    if len(data) > limit:
        raise InputError(f"is longer than {limit // 2**20} MiB", file=path)
    data = data.removeprefix(codecs.BOM_UTF8)
    encoding = sniff_encoding(data[:_HEAD])
    try:
        return data if encoding == "utf-8" and data.decode() else data.decode(encoding).encode()
    except UnicodeError:
        raise InputError(f"is not valid {encoding.upper()} text", file=path) from None
