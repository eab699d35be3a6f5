"""Inputs cut into chunks: the same from any place on, and small ones at the end."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callqa.batch.chunks import Chunk, InputLines, Position, cut


def inputs_of(folder: Path, files: list[list[str]]) -> list[InputLines]:
    paths = [folder / f"{number}.jsonl" for number in range(len(files))]
    for path, lines in zip(paths, files, strict=True):
        path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return [InputLines(str(path), path) for path in paths]


def lengths_of(files: list[list[str]]) -> list[int]:
    return [max((number for number, line in enumerate(lines, 1) if line), default=0) for lines in files]


def sizes(chunks: Iterable[Chunk]) -> list[int]:
    return [sum(len(piece.lines) for piece in chunk.pieces) for chunk in chunks]


def test_the_last_chunks_are_smaller(tmp_path: Path) -> None:
    files = [["{}"] * 30, ["{}"] * 70]
    inputs = inputs_of(tmp_path, files)
    assert sizes(cut(inputs, {}, lengths=lengths_of(files), chunk_calls=32)) == [32, 32, 18, 9, 8, 1]
    assert sizes(cut(inputs, {}, chunk_calls=32)) == [32, 32, 32, 4]


@given(st.lists(st.lists(st.sampled_from(["{}", "", "x"]), max_size=40), min_size=1, max_size=5), st.integers(1, 9))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_cuts_are_the_same_from_the_end_of_any_chunk_on(tmp_path: Path, files: list[list[str]], chunk_calls: int) -> None:
    inputs, lengths = inputs_of(tmp_path, files), lengths_of(files)
    chunks = list(cut(inputs, {}, lengths=lengths, chunk_calls=chunk_calls))
    assert sum(sizes(chunks)) == sum(bool(line) for lines in files for line in lines)
    for done, chunk in enumerate(chunks, 1):
        if chunk.end != Position(len(inputs)):
            assert list(cut(inputs, {}, start=chunk.end, lengths=lengths, chunk_calls=chunk_calls)) == chunks[done:]
