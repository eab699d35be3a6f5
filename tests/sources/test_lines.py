from __future__ import annotations

import codecs
import gzip
import logging
import tracemalloc
from pathlib import Path

import pytest
import zstandard

from callqa.errors import InputError
from callqa.sources import lines
from callqa.sources.lines import RawLine, iter_lines, sniff_encoding

TEXT = '{"text": "您好，请问是王先生本人吗？这边是恒通银行。"}'


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "data",
    [
        f"{TEXT}\n{TEXT}\n".encode(),
        f"{TEXT}\r\n{TEXT}".encode(),
        codecs.BOM_UTF8 + f"{TEXT}\n{TEXT}\n".encode(),
        f"{TEXT}\n{TEXT}\n".encode("gb18030"),
        f"{TEXT}\n{TEXT}\n".encode("utf-16"),
        f"{TEXT}\n{TEXT}\n".encode("utf-16-le"),
        f"{TEXT}\n{TEXT}\n".encode("utf-16-be"),
        gzip.compress(f"{TEXT}\n{TEXT}\n".encode()),
        zstandard.compress(f"{TEXT}\n{TEXT}\n".encode("gb18030")),
    ],
    ids=["utf-8", "crlf", "bom", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "gzip", "zstd-gb18030"],
)
def test_lines_come_out_as_utf8(tmp_path: Path, data: bytes) -> None:
    assert list(iter_lines(write(tmp_path / "a", data))) == [RawLine(1, TEXT.encode()), RawLine(2, TEXT.encode())]


def test_a_gb18030_file_is_named_once_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write(tmp_path / "a.jsonl", f"{TEXT}\n{TEXT}\n".encode("gb18030"))
    with caplog.at_level(logging.WARNING):
        list(iter_lines(path))
    assert [record.getMessage() for record in caplog.records] == [f"{path}: line 1 is not UTF-8; read as GB18030"]


def test_a_gb18030_line_late_in_a_utf8_file_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a", b"{}\n" * 40_000 + TEXT.encode("gb18030"))
    assert list(iter_lines(path))[-1] == RawLine(40_001, TEXT.encode())


def test_damaged_utf8_is_not_taken_for_gb18030(tmp_path: Path) -> None:
    damaged = TEXT.encode().replace("请".encode(), "请".encode()[:2])
    found = list(iter_lines(write(tmp_path / "a", TEXT.encode() + b"\n" + damaged + b"\n" + TEXT.encode())))
    assert found == [RawLine(1, TEXT.encode()), RawLine(2, b"", "is neither UTF-8 nor GB18030 text"), RawLine(3, TEXT.encode())]


def test_blank_lines_are_left_out_and_numbers_kept(tmp_path: Path) -> None:
    assert [line.number for line in iter_lines(write(tmp_path / "a", b"{}\n\n  \n{}\n"))] == [1, 4]


def test_reading_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = write(tmp_path / "a", b"1\n2\n\n4\n5\n")
    assert [line.data for line in iter_lines(path, skip=2)] == [b"4", b"5"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_line_of_ten_megabytes_is_a_fault_and_costs_bounded_memory(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path / "a", ("{}\n" + "x" * 60_000_000 + "\n{}\n").encode(encoding))
    tracemalloc.start()
    found = list(iter_lines(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [(line.number, line.fault) for line in found] == [(1, None), (2, "is longer than 8 MiB"), (3, None)]
    assert peak < 50e6


@pytest.mark.parametrize("packed", [gzip.compress(b"{}\n" * 1000)[:-12], gzip.compress(b"{}\n")[:5], zstandard.compress(b"{}\n" * 9)[:-3]])
def test_a_cut_off_packed_file_ends_with_a_fault(tmp_path: Path, packed: bytes) -> None:
    last = list(iter_lines(write(tmp_path / "a", packed)))[-1]
    assert last.fault is not None and "damaged or cut off" in last.fault


@pytest.mark.parametrize("kind", ["gz", "zst"])
def test_a_bomb_is_left_unread(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "RATIO_FROM", 2**20)
    zeros = b"0" * (40 * 2**20)
    found = list(iter_lines(write(tmp_path / "a", gzip.compress(zeros) if kind == "gz" else zstandard.compress(zeros))))
    assert [(line.number, line.fault) for line in found][-1][1] == "the compressed data expands more than 200-fold; the rest is not read"


def test_half_a_surrogate_in_utf16_is_a_fault(tmp_path: Path) -> None:
    data = codecs.BOM_UTF16_LE + "ok\n".encode("utf-16-le") + b"\x00\xd8" + "\nok\n".encode("utf-16-le")
    assert [line.fault for line in iter_lines(write(tmp_path / "a", data))] == [None, "holds half a surrogate", None]


def test_a_missing_file_and_a_folder_are_errors(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(InputError) as caught:
            list(iter_lines(path))
        assert caught.value.file == str(path)


def test_the_encoding_is_told_by_a_head_that_ends_inside_a_character() -> None:
    assert sniff_encoding("客户".encode()[:-1]) == "utf-8"
    assert sniff_encoding(b"") == "utf-8"
