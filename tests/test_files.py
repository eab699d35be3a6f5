from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from callqa.errors import OutputError
from callqa.files import atomic_write, remove_stale_temps, safe_stem


def test_the_file_appears_whole_and_private(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with atomic_write(path) as file:
        file.write(b"half")
        file.flush()
        assert not path.exists()
    assert path.read_bytes() == b"half"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_stricter_umask_holds(tmp_path: Path) -> None:
    before = os.umask(0o277)
    try:
        with atomic_write(tmp_path / "a") as file:
            file.write(b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o400


def test_a_failure_leaves_what_was_there_and_no_temporary_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    with pytest.raises(KeyError), atomic_write(path) as file:
        file.write(b"new")
        raise KeyError
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_full_disk_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught, atomic_write(tmp_path / "a"):
        raise OSError(28, "No space left on device")
    assert caught.value.file == str(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError), atomic_write(tmp_path / "none" / "a"):
        pass


def test_an_error_of_the_callers_own_reading_is_not_disguised(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "a"):
        (tmp_path / "none").read_bytes()


def test_temporary_files_of_a_killed_run_are_removed(tmp_path: Path) -> None:
    (tmp_path / ".a.1.ff.callqa-tmp").touch()
    (tmp_path / "a").touch()
    assert remove_stale_temps(tmp_path) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "", "a/b", "x" * 300, "c:\\d", "\u202egnp.exe"])
def test_a_stem_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    path = tmp_path / safe_stem(name)
    assert path.resolve().parent == tmp_path.resolve() and path != tmp_path
    path.touch()
