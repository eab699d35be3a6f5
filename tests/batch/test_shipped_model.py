"""The shipped model in the batch run: what the double of the other tests cannot show."""

from __future__ import annotations

from pathlib import Path

import pytest

from callqa.batch import Options, tag_files
from tests.batch.folder import contents

SAMPLE = Path(__file__).parents[2] / "data" / "sample"


@pytest.mark.slow
@pytest.mark.parametrize("fast", [True, False])
def test_results_depend_neither_on_chunks_nor_on_workers(tmp_path: Path, fast: bool) -> None:
    tag_files([SAMPLE], tmp_path / "one", Options(fast=fast, workers=1))
    tag_files([SAMPLE], tmp_path / "seven", Options(fast=fast, workers=1, chunk_calls=7))
    tag_files([SAMPLE], tmp_path / "two", Options(fast=fast, workers=2, chunk_calls=10, small_run=0))
    assert contents(tmp_path / "one") == contents(tmp_path / "seven") == contents(tmp_path / "two")
