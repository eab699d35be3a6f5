"""The Dask backend against a real scheduler and two worker processes on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from callqa.batch import Progress, tag_files
from callqa.errors import CallqaError
from tests.batch.folder import call, contents, quick, write
from tests.batch.rules import load_slow

ROOT = Path(__file__).parents[2]
pytest.importorskip("distributed")


class Cluster:
    """A scheduler and its workers, as processes."""

    def __init__(self, address: str, workers: list[subprocess.Popen[bytes]]) -> None:
        self.address, self.workers = address, workers


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    where = tmp_path / "scheduler.json"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "False"}
    base = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(where)]
    commands = [["scheduler", "--port", "0", *base], *[["worker", "--no-nanny", "--nthreads", "1", *base]] * 2]
    with ExitStack() as stack:
        processes = []
        for command in commands:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *command],
                env=environment,
                cwd=tmp_path,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            processes.append(process)
            deadline = time.monotonic() + 30
            while not where.exists() and time.monotonic() < deadline:
                time.sleep(0.1)
        yield Cluster(json.loads(where.read_bytes())["address"], processes[1:])


@pytest.mark.slow
def test_the_same_bytes_even_if_a_worker_is_killed(tmp_path: Path, cluster: Cluster) -> None:
    source = write(tmp_path / "day.jsonl", *(call(f"c{n}", "您好", "我失业了" * (n % 3)) for n in range(300)), "broken")
    tag_files([source], tmp_path / "local", quick(chunk_calls=4))
    killed = threading.Event()

    def kill_one(now: Progress) -> None:
        if now.phase == "tag" and now.calls >= 60 and not killed.is_set():
            killed.set()
            cluster.workers[0].kill()

    options = quick(chunk_calls=4, backend="dask", scheduler=cluster.address, loader=load_slow, report=kill_one)
    summary = tag_files([source], tmp_path / "cluster", options)
    assert killed.is_set() and cluster.workers[0].wait() == -9 and cluster.workers[1].poll() is None
    assert summary.counts.calls == 300
    assert contents(tmp_path / "cluster") == contents(tmp_path / "local")


def test_no_scheduler_is_a_clear_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path / "day.jsonl", call("c1", "您好"))
    with pytest.raises(CallqaError, match="needs the scheduler's address"):
        tag_files([source], tmp_path / "out", quick(backend="dask"))
    monkeypatch.setattr("callqa.batch.pool.CONNECT_SECONDS", 1)
    with pytest.raises(CallqaError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        tag_files([source], tmp_path / "out", quick(backend="dask", scheduler="tcp://127.0.0.1:9"))
