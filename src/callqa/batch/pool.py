"""Chunks to workers and results back in order: in this process, in worker processes (loky) or on a Dask cluster.

At most a few chunks a worker are under way, so memory stays flat however long the inputs are.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from callqa.batch.chunks import Chunk
from callqa.batch.work import ChunkResult, Loader, Setup
from callqa.errors import CallqaError, WorkerError

if TYPE_CHECKING:
    from callqa.batch.worker import Prepared

Backend = Literal["loky", "dask"]
AHEAD = 2  # chunks under way per worker, beside the one it works on
POLL_SECONDS = 0.5  # between looks at the clock and the stop flag
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")
CONNECT_SECONDS = 10  # in which a Dask scheduler has to answer
DASK_RETRIES = 3  # times a chunk is given to another worker when its own is lost
_DASK_LOST = ("KilledWorker", "CommClosedError")  # by name: distributed is an extra


def tag_here(prepared: Prepared, setup: Setup, chunks: Iterable[Chunk]) -> Iterator[ChunkResult]:
    """Results of chunks tagged in this process."""
    from callqa.batch.worker import tag_chunk

    for chunk in chunks:
        yield tag_chunk(prepared, setup, chunk)


def tag_with(executor: Executor, setup: Setup, chunks: Iterable[Chunk], workers: int, tick: Callable[[], None]) -> Iterator[ChunkResult]:
    """Results of chunks tagged by an executor, in the order of ``chunks``.

    ``tick`` is called every half second while a result is awaited.

    Raises
    ------
    WorkerError
        A worker was killed.
    """
    ahead = iter(chunks)
    waiting: deque[Future[ChunkResult]] = deque()
    try:
        with _lost_workers():
            waiting.extend(executor.submit(_tag, setup, chunk) for chunk in islice(ahead, (AHEAD + 1) * workers))
        while waiting:
            with _lost_workers():
                result = _result(waiting.popleft(), tick)
            # The result goes out first: should the pool be broken, what was done is still written.
            yield result
            with _lost_workers():
                waiting.extend(executor.submit(_tag, setup, chunk) for chunk in islice(ahead, 1))
    finally:
        for future in waiting:
            future.cancel()


def _tag(setup: Setup, chunk: Chunk) -> ChunkResult:
    from callqa.batch.worker import tag_in_worker  # all that tags: loaded by workers, not by who gives them work

    return tag_in_worker(setup, chunk)


def _result(future: Future[ChunkResult], tick: Callable[[], None]) -> ChunkResult:
    while True:
        try:
            return future.result(timeout=POLL_SECONDS)
        except TimeoutError:
            if future.done():
                raise
            tick()


@contextmanager
def _lost_workers() -> Iterator[None]:
    """Turn what an executor raises when one of its workers is gone into a `WorkerError`."""
    try:
        yield
    except Exception as exc:
        from concurrent.futures.process import BrokenProcessPool  # a run without workers need not load it

        if not isinstance(exc, BrokenProcessPool) and type(exc).__name__ not in _DASK_LOST:
            raise
        raise WorkerError(
            "a worker process was killed, most likely for want of memory; what was done is kept: "
            "run again with --resume, and with fewer --workers"
        ) from exc


@contextmanager
def local_workers(count: int, loader: Loader, model: Path | None) -> Iterator[Executor]:
    """``count`` worker processes of this machine, each with the model loaded once and one thread for arithmetic.

    They start at once, and load while the caller goes on.
    """
    from loky import ProcessPoolExecutor

    executor = ProcessPoolExecutor(count, initializer=_start_worker, initargs=(loader, model, os.getpid()), env=ONE_THREAD)
    try:
        executor.submit(os.getpid)  # the first piece of work starts all of them
        yield executor
    finally:
        executor.shutdown(wait=True, kill_workers=True)


def _start_worker(loader: Loader, model: Path | None, parent: int) -> None:
    # Ctrl-C and systemd's stop go to the whole group: the parent decides when work ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    from callqa.batch.worker import loaded

    with suppress(CallqaError):  # the caller or the first chunk finds the same fault, and says it once
        loaded(loader, model)


def _leave_with(parent: int) -> None:
    """End this process soon after its parent, which kill -9 takes without a word to its workers."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


@contextmanager
def dask_workers(scheduler: str | None) -> Iterator[tuple[Executor, int]]:
    """A Dask cluster by its scheduler's address, and how many threads it has.

    Raises
    ------
    CallqaError
        Dask is not installed, or nobody answers at the address.
    """
    if scheduler is None:
        raise CallqaError("needs the scheduler's address (--scheduler tcp://host:port)", field="--backend dask")
    try:
        import distributed
    except ImportError:
        raise CallqaError("needs Dask: pip install 'callqa[dask]'", field="--backend dask") from None
    connect: Any = distributed.Client
    try:
        client = connect(scheduler, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as exc:
        raise CallqaError(f"no Dask scheduler answers at {scheduler}", field="--scheduler") from exc
    with client:
        threads = sum(client.nthreads().values())
        yield client.get_executor(retries=DASK_RETRIES, pure=False), max(1, threads)


def available_cores() -> int:
    """Cores this process may use, limits of containers counted."""
    from loky import cpu_count

    return int(cpu_count())
