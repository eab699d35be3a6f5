"""Runs that are killed, stopped, refused or short of disk: nothing half-written, nothing lost, nothing doubled."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from callqa.batch import Options, tag_files
from callqa.batch.lock import run_lock
from callqa.batch.output import PLAN, WORK
from callqa.errors import InputError, OutputError, ResumeError, RunStoppedError, WorkerError
from tests.batch.folder import FILES, call, contents, lines, quick, write
from tests.batch.rules import load, load_killing_once, load_slow

ROOT = Path(__file__).parents[2]


def make_day(folder: Path, files: int = 5, calls: int = 24) -> Path:
    """A folder of transcripts with a bad line in each file; one file is empty."""
    folder.mkdir()
    for number in range(files):
        content = [call(f"c{number}-{n}", "您好", "我失业了" * (n % 3), "不还就起诉", account_id=f"k{n % 5}") for n in range(calls)]
        write(folder / f"{number}.jsonl", *content[: calls // 2], "broken", *content[calls // 2 :])
    (folder / "empty.jsonl").touch()
    return folder


class StopAfter:
    """Says stop once it has been asked ``times`` times."""

    def __init__(self, times: int) -> None:
        self.left = times

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


def whole(out: Path) -> None:
    """No trace of the work folder, every file there."""
    assert {path.name for path in out.iterdir()} == FILES


@pytest.mark.parametrize(("workers", "wanted", "longest"), [(1, 14, 0.8), (2, 6, 3.0)])
@pytest.mark.slow
def test_twenty_kills_at_random_moments(tmp_path: Path, workers: int, wanted: int, longest: float) -> None:
    """The run has about 2.4 seconds of work; it is killed within ``longest`` seconds of taking the lock, again and again."""
    day, out = make_day(tmp_path / "day"), tmp_path / "out"
    tag_files([day], tmp_path / "whole", quick(chunk_calls=4))
    moments, kills = random.Random(workers), 0
    command = [sys.executable, "-m", "tests.batch.rules", str(day), str(out), str(workers)]
    while kills < wanted:
        (out / ".callqa/lock").unlink(missing_ok=True)
        if (out / "run.json").exists():
            shutil.rmtree(out)  # it finished before it was killed: from the start again
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
            while not (out / ".callqa/lock").exists() and process.poll() is None:
                time.sleep(0.01)
            try:
                assert process.wait(timeout=moments.uniform(0, longest)) == 0
            except subprocess.TimeoutExpired:
                process.kill()
                kills += 1
    tag_files([day], out, quick(chunk_calls=4, resume=True))
    whole(out)
    assert contents(out) == contents(tmp_path / "whole")


def test_stopped_anywhere_and_resumed_the_bytes_are_the_same(tmp_path: Path) -> None:
    day = make_day(tmp_path / "day")
    tag_files([day], tmp_path / "whole", quick(chunk_calls=4))
    for times in (1, 2, 3, 5, 8, 11, 14, 17, 20, 26, 32):
        out = tmp_path / f"out{times}"
        try:
            tag_files([day], out, quick(chunk_calls=4, stop=StopAfter(times)))
        except RunStoppedError:
            assert not (out / "run.json").exists() and not (out / "calls.csv").exists()
            assert tag_files([day], out, quick(chunk_calls=4, resume=True)).resumed
        whole(out)
        assert contents(out) == contents(tmp_path / "whole")


def test_parts_finished_after_the_checkpoint_are_found_again(tmp_path: Path) -> None:
    """A kill between a part's rename and the next checkpoint: the part stands in tagged/, the checkpoint is older."""
    day = make_day(tmp_path / "day")
    tag_files([day], tmp_path / "whole", quick(chunk_calls=4))
    out = tmp_path / "out"
    with pytest.raises(RunStoppedError):
        tag_files([day], out, quick(chunk_calls=4, stop=StopAfter(4)))
    old = (out / ".callqa/checkpoint.json").read_bytes()
    with pytest.raises(RunStoppedError):
        tag_files([day], out, quick(chunk_calls=4, stop=StopAfter(12), resume=True))
    assert json.loads(old)["position"][1] > 0  # in the middle of a file that is finished by now
    (out / ".callqa/checkpoint.json").write_bytes(old)
    tag_files([day], out, quick(chunk_calls=4, resume=True))
    assert contents(out) == contents(tmp_path / "whole")


def test_tables_renamed_before_the_run_was_recorded_are_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day = make_day(tmp_path / "day")
    tag_files([day], tmp_path / "whole", quick(chunk_calls=4))
    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr("callqa.batch.run.library_versions", _fail)
        with pytest.raises(RuntimeError):
            tag_files([day], out, quick(chunk_calls=4))
    assert (out / "calls.csv").exists() and not (out / "run.json").exists()
    tag_files([day], out, quick(chunk_calls=4, resume=True))
    whole(out)
    assert contents(out) == contents(tmp_path / "whole")


def _fail() -> dict[str, str]:
    raise RuntimeError


def test_resume_of_a_finished_run_does_nothing(tmp_path: Path) -> None:
    day = make_day(tmp_path / "day")
    first = tag_files([day], tmp_path / "out", quick())
    before = (tmp_path / "out/run.json").read_bytes()
    second = tag_files([day], tmp_path / "out", quick(resume=True, loader=load))
    assert first.fresh and not second.fresh and second.counts == first.counts
    assert (tmp_path / "out/run.json").read_bytes() == before
    whole(tmp_path / "out")


def test_resume_where_nothing_was_begun_begins(tmp_path: Path) -> None:
    summary = tag_files([make_day(tmp_path / "day")], tmp_path / "out", quick(resume=True))
    assert summary.fresh and not summary.resumed


def _touch_input(day: Path) -> None:
    with (day / "1.jsonl").open("a") as file:
        file.write("\n")


def _add_input(day: Path) -> None:
    shutil.copy(day / "1.jsonl", day / "new.jsonl")


CHANGES: list[tuple[Callable[[Path], None], dict[str, Any], str]] = [
    (_touch_input, {}, r"input \S+1\.jsonl has changed"),
    (_add_input, {}, r"input \S+new\.jsonl is new"),
    (lambda day: (day / "1.jsonl").unlink(), {}, r"input \S+1\.jsonl is missing now"),
    (lambda _day: None, {"model": Path("other")}, r"the model has changed \(rules [0-9a-f]{8}, now other [0-9a-f]{8}\)"),
    (lambda _day: None, {"fast": True}, "--fast was off, is on"),
    (lambda _day: None, {"lang": "zh"}, "--lang was en, is zh"),
]


@pytest.mark.parametrize(("change", "options", "message"), CHANGES)
@pytest.mark.parametrize("finished", [False, True])
def test_a_changed_run_is_refused_and_says_what_changed(
    tmp_path: Path, change: Callable[[Path], None], options: dict[str, Any], message: str, finished: bool
) -> None:
    day, out = make_day(tmp_path / "day"), tmp_path / "out"
    if finished:
        tag_files([day], out, quick(chunk_calls=4))
    else:
        with pytest.raises(RunStoppedError):
            tag_files([day], out, quick(chunk_calls=4, stop=StopAfter(4)))
    before = contents(out)
    change(day)
    with pytest.raises(ResumeError, match=message):
        tag_files([day], out, quick(chunk_calls=4, resume=True, **options))
    assert contents(out) == before


def test_a_changed_policy_is_refused(tmp_path: Path) -> None:
    day, out, policy = make_day(tmp_path / "day"), tmp_path / "out", tmp_path / "policy.yaml"
    shutil.copy(ROOT / "policies/default.yaml", policy)
    with pytest.raises(RunStoppedError):
        tag_files([day], out, quick(chunk_calls=4, policy=policy, stop=StopAfter(4)))
    policy.write_text(policy.read_text("utf-8") + "\n", "utf-8")
    with pytest.raises(ResumeError, match="the policy has changed"):
        tag_files([day], out, quick(chunk_calls=4, policy=policy, resume=True))


def test_a_lock_keeps_a_second_run_out(tmp_path: Path) -> None:
    day, out = make_day(tmp_path / "day"), tmp_path / "out"
    (out / ".callqa").mkdir(parents=True)
    with run_lock(out / ".callqa/lock"), pytest.raises(OutputError, match=f"another run \\(process {os.getpid()}\\) is writing"):
        tag_files([day], out, quick())
    tag_files([day], out, quick())
    whole(out)


def test_the_lock_of_a_killed_run_does_not_stay(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("1")  # left behind, held by nobody
    with run_lock(lock), lock.open() as handle, pytest.raises(BlockingIOError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert not lock.exists()


@pytest.mark.parametrize("after", [0, 3_000, 9_000, 30_000])
def test_a_full_disk_is_one_clear_message_and_can_be_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    day, out = make_day(tmp_path / "day"), tmp_path / "out"
    tag_files([day], tmp_path / "whole", quick(chunk_calls=4))
    left, real = after, os.write

    def write_until_full(handle: int, data: bytes) -> int:
        nonlocal left
        if left <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        size = real(handle, data[:left])
        left -= size
        return size

    with monkeypatch.context() as patch:
        patch.setattr("callqa.batch.files.os.write", write_until_full)
        with pytest.raises(OutputError, match=r"cannot be written \(No space left on device\)") as caught:
            tag_files([day], out, quick(chunk_calls=4, checkpoint_seconds=0))
    assert "\n" not in str(caught.value)
    assert not (out / "run.json").exists()
    tag_files([day], out, quick(chunk_calls=4, resume=True))
    whole(out)
    assert contents(out) == contents(tmp_path / "whole")


def test_a_file_size_limit_of_the_system_is_a_clear_message(tmp_path: Path) -> None:
    day = make_day(tmp_path / "day")
    code = (
        "import resource, signal; from callqa.batch import *; from tests.batch.rules import load\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))\n"
        f"tag_files([{str(day)!r}], {str(tmp_path / 'out')!r}, Options(loader=load))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr.splitlines()[-1].endswith("cannot be written (File too large)")


def test_an_unwritable_folder_is_a_clear_message(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match="cannot be written"):
        tag_files([make_day(tmp_path / "day")], tmp_path / "out", quick())


@pytest.mark.slow
def test_a_killed_worker_is_one_clear_message_and_can_be_resumed(tmp_path: Path) -> None:
    day = make_day(tmp_path / "day")
    write(day / "2b.jsonl", call("kill", "KILL ONCE"))
    mark = tmp_path / "killed"
    options = {"chunk_calls": 4, "loader": load_killing_once, "model": mark}
    with pytest.raises(WorkerError, match=r"worker process was killed.*--resume"):
        tag_files([day], tmp_path / "out", quick(workers=2, small_run=0, checkpoint_seconds=0, **options))
    assert mark.exists() and not (tmp_path / "out/run.json").exists()
    tag_files([day], tmp_path / "out", quick(resume=True, **options))
    tag_files([day], tmp_path / "whole", quick(**options))
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


@pytest.mark.slow
def test_workers_leave_with_a_killed_run(tmp_path: Path) -> None:
    day = make_day(tmp_path / "day", files=5, calls=400)
    command = [sys.executable, "-m", "tests.batch.rules", str(day), str(tmp_path / "out"), "2"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, start_new_session=True) as process:
        deadline = time.monotonic() + 30
        while not (tmp_path / "out/.callqa/checkpoint.json").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        process.kill()
    deadline = time.monotonic() + 10
    while _alive(process.pid) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not _alive(process.pid)


def _alive(session: int) -> list[int]:
    """Processes of a session that are not yet gone."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


@pytest.mark.slow
def test_terminated_in_mid_run_it_can_be_resumed(tmp_path: Path) -> None:
    """SIGTERM to all processes at once, as systemd stops a service."""
    day = make_day(tmp_path / "day", calls=300)
    code = (
        "import signal; from callqa.batch import *; from tests.batch.rules import load_slow\n"
        "told = []; signal.signal(signal.SIGTERM, lambda *_: told.append(1))\n"
        "options = Options(loader=load_slow, chunk_calls=4, workers=2, small_run=0, stop=lambda: bool(told))\n"
        f"tag_files([{str(day)!r}], {str(tmp_path / 'out')!r}, options)"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        while process.poll() is None and not (tmp_path / "out" / WORK / PLAN).exists():
            time.sleep(0.05)
        time.sleep(1)  # in the middle: tagging takes three seconds from there
        os.killpg(process.pid, signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
    assert "RunStoppedError" in errors.splitlines()[-1], errors
    tag_files([day], tmp_path / "out", quick(chunk_calls=4, resume=True, loader=load_slow, workers=2, small_run=0))
    tag_files([day], tmp_path / "whole", quick(chunk_calls=4))
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_standard_input_can_be_resumed(tmp_path: Path) -> None:
    day = make_day(tmp_path / "day")
    stdin = (day / "0.jsonl").open("rb")
    with stdin, pytest.raises(RunStoppedError):
        tag_files(["-"], tmp_path / "out", quick(chunk_calls=4, stop=StopAfter(3), stdin=stdin))
    with Path(os.devnull).open("rb") as nothing:
        summary = tag_files(["-"], tmp_path / "out", quick(chunk_calls=4, resume=True, stdin=nothing))
    assert summary.counts.calls == 24 and len(lines(tmp_path / "out/tagged/stdin.jsonl")) == 24


def test_converted_and_remote_inputs_can_be_resumed_and_are_watched(tmp_path: Path) -> None:
    fsspec = pytest.importorskip("fsspec")
    store, url = fsspec.filesystem("memory"), f"memory://resume-{tmp_path.name}.jsonl"
    remote = (make_day(tmp_path / "day") / "0.jsonl").read_bytes()
    store.pipe(f"/resume-{tmp_path.name}.jsonl", remote)
    table = tmp_path / "table.csv"
    table.write_text("通话ID,角色,文本\n" + "".join(f"t{n},坐席,您好\n" for n in range(24)), "utf-8")
    tag_files([table, url], tmp_path / "whole", quick(chunk_calls=4))
    out = tmp_path / "out"
    with pytest.raises(RunStoppedError):
        tag_files([table, url], out, quick(chunk_calls=4, stop=StopAfter(3)))
    store.pipe(f"/resume-{tmp_path.name}.jsonl", b"{}")
    with pytest.raises(ResumeError, match=r"input memory://\S+ has changed"):
        tag_files([table, url], out, quick(chunk_calls=4, resume=True))
    table.write_text("x", "utf-8")
    with pytest.raises(ResumeError, match=r"input \S+table\.csv has changed"):
        tag_files([table, url], out, quick(chunk_calls=4, resume=True))


def test_converted_inputs_resume_to_the_same_bytes(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("通话ID,角色,文本\n" + "".join(f"t{n},坐席,您好\n" for n in range(24)), "utf-8")
    tag_files([table], tmp_path / "whole", quick(chunk_calls=4))
    with pytest.raises(RunStoppedError):
        tag_files([table], tmp_path / "out", quick(chunk_calls=4, stop=StopAfter(3)))
    assert tag_files([table], tmp_path / "out", quick(chunk_calls=4, resume=True)).resumed
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    day, out = make_day(tmp_path / "day"), tmp_path / "out"
    with pytest.raises(RunStoppedError):
        tag_files([day], out, quick(chunk_calls=4, stop=StopAfter(4)))
    (out / ".callqa/checkpoint.json").write_text("{")
    with pytest.raises(OutputError, match=r"checkpoint\.json: is damaged"):
        tag_files([day], out, quick(chunk_calls=4, resume=True))


def test_bad_options_fail_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        tag_files([], tmp_path / "out", Options(loader=load))
    assert not (tmp_path / "out").exists()
