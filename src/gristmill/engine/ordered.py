"""Processes the batches of many shards in parallel and gives the results in the order of the input.

Several shards are read at once, and the batches of each are processed at once; how many of either is bounded, which
bounds memory: a batch is read only when there is room for its result. The first shard always has room, so that work
never stands still.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from itertools import islice
from typing import Generic, TypeVar, cast

import pyarrow as pa

from gristmill.engine.fault_place import faults_named
from gristmill.io.shard import BatchReader, Shard

__all__ = ["batches_of", "ordered_results", "read_ahead"]

Output = TypeVar("Output")

_END = object()


def batches_of(reader: BatchReader, shard: Shard) -> Generator[pa.RecordBatch, None, None]:
    """The reader's batches, from a generator that can be closed; the reader is called at the first of them."""
    yield from reader(shard)


def read_ahead(
    batches: Generator[pa.RecordBatch, None, None],
) -> Generator[pa.RecordBatch, None, None]:
    """The same batches, each read by another thread while the one before is in use."""
    with ThreadPoolExecutor(1, thread_name_prefix="gristmill-read") as thread, closing(batches):
        try:
            ahead = thread.submit(next, batches, None)
            while (batch := ahead.result()) is not None:
                ahead = thread.submit(next, batches, None)
                yield batch
        finally:
            wait([ahead])  # a generator cannot be closed while it runs


def ordered_results(
    shards: Sequence[Shard], reader: BatchReader, process: Callable[[pa.RecordBatch], Output], workers: int
) -> Generator[Output, None, None]:
    """``process`` of every batch of every shard, by as many threads as there are workers.

    An error of the reader or of ``process`` is raised where its result would have been; what is under way ends first,
    and nothing new is begun. The same holds when the iteration is given up.
    """
    # Twice as many shards as workers, so that nobody waits while the first one is being appended; a lone shard is
    # processed by all workers, too.
    width = min(2 * workers, len(shards))
    depth = max(2, -(-2 * workers // max(width, 1)))
    with ThreadPoolExecutor(workers, thread_name_prefix="gristmill") as pool:
        cursors = (_Cursor(reader, shard, process, pool) for shard in shards)
        active: deque[_Cursor[Output]] = deque()
        try:
            active.extend(islice(cursors, width))
            for _ in range(depth):
                for cursor in active:
                    cursor.advance()
            while active:
                yield from active[0].results()
                active.popleft().close()
                for cursor in islice(cursors, 1):
                    active.append(cursor)
                    for _ in range(depth):
                        cursor.advance()
        finally:
            for cursor in active:
                cursor.stop()
            pool.shutdown(wait=True, cancel_futures=True)
            for cursor in active:
                cursor.close()


class _Cursor(Generic[Output]):
    """One shard being read: its next batches are tasks of the pool, which take turns to read and then process."""

    def __init__(
        self,
        reader: BatchReader,
        shard: Shard,
        process: Callable[[pa.RecordBatch], Output],
        pool: ThreadPoolExecutor,
    ) -> None:
        self._shard = shard
        self._batches = batches_of(reader, shard)
        self._process = process
        self._pool = pool
        self._tasks: deque[Future[object]] = deque()
        self._turn = threading.Condition()
        self._next_ticket = 0
        self._tickets = 0
        self._exhausted = False
        self._stopped = False

    def advance(self) -> None:
        """Ask for one more batch."""
        self._tasks.append(self._pool.submit(self._step, self._tickets))
        self._tickets += 1

    def results(self) -> Iterator[Output]:
        """The results in order; each one taken makes room for another batch."""
        while self._tasks:
            result = self._tasks.popleft().result()
            if result is _END:
                return
            self.advance()
            yield cast(Output, result)

    def stop(self) -> None:
        """Let tasks that have not read yet end at once."""
        self._stopped = True

    def close(self) -> None:
        """Close the reader, once no task uses it."""
        self._batches.close()

    def _step(self, ticket: int) -> object:
        # The pool starts tasks in the order of their tickets, so the one before this has its turn or had it.
        with self._turn:
            self._turn.wait_for(lambda: self._next_ticket == ticket)
            try:
                batch = self._read()
            finally:
                self._next_ticket += 1
                self._turn.notify_all()
        if batch is None:
            return _END
        with faults_named(self._shard):
            return self._process(batch)

    def _read(self) -> pa.RecordBatch | None:
        if self._exhausted or self._stopped:
            return None
        self._exhausted = True  # and stays so, should the reader fail
        batch = next(self._batches, None)
        self._exhausted = batch is None
        return batch
