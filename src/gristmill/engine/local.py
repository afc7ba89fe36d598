"""The engine of one machine: threads over all cores, in one process.

The heavy parts (parsing, decoding, numpy, compression, TensorFlow) release Python's lock, so threads use every core
without copying batches between processes. Results depend neither on the number of threads nor on their timing:
states are merged in a tree over the order of the shards, outputs are appended in the order of the input, and of several
errors the one that comes first in the input is raised.
"""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import pyarrow as pa

from gristmill.engine.contract import Accumulator, Engine, MapFunction, Progress, ProgressCallback
from gristmill.engine.fault_place import faults_named
from gristmill.engine.merging import MergeTree
from gristmill.engine.ordered import batches_of, ordered_results, read_ahead
from gristmill.errors import ConfigError
from gristmill.io.cores import usable_cores
from gristmill.io.examples import read_examples
from gristmill.io.shard import BatchReader, Shard
from gristmill.io.sink import Sink

__all__ = ["LocalEngine"]

State = TypeVar("State")
Result = TypeVar("Result")
Block = TypeVar("Block")


class LocalEngine(Engine):
    """Runs accumulators and maps on the cores of this machine.

    Args:
        workers: threads; as many as the process may use cores when None.
        progress: called with the rows finished so far, always from the thread that called the engine.

    Raises:
        ConfigError: ``workers`` is less than one.
    """

    in_this_process = True

    def __init__(self, workers: int | None = None, progress: ProgressCallback | None = None) -> None:
        if workers is not None and workers < 1:
            raise ConfigError("an engine needs at least one worker", value=workers)
        self.workers = workers or usable_cores()
        self._progress = progress

    def aggregate(
        self,
        shards: Sequence[Shard],
        accumulator: Accumulator[State, Result],
        *,
        reader: BatchReader | None = None,
        stage: str = "",
    ) -> Result:
        tree = MergeTree(accumulator)
        rows = _RowCount(stage, shards, self._progress)
        # Idle cores can at least read while the few shards that there are get added up.
        ahead = len(shards) < self.workers
        _Aggregation(accumulator, reader or read_examples, ahead).run(shards, self.workers, tree.append, rows.add)
        return accumulator.extract(tree.merged())

    def map(
        self,
        shards: Sequence[Shard],
        function: MapFunction,
        sink: Sink[Block],
        *,
        reader: BatchReader | None = None,
        stage: str = "",
    ) -> dict[str, list[Shard]]:
        def process(batch: pa.RecordBatch) -> tuple[int, list[tuple[str, Block, int]]]:
            outputs = function(batch).items()
            return batch.num_rows, [(name, sink.encode(name, part), part.num_rows) for name, part in outputs]

        count = _RowCount(stage, shards, self._progress)
        try:
            with closing(ordered_results(shards, reader or read_examples, process, self.workers)) as results:
                for rows, blocks in results:
                    for name, block, block_rows in blocks:
                        sink.append(name, block, block_rows)
                    count.add(rows)
            return sink.finish()
        except BaseException:
            sink.abort()
            raise


class _RowCount:
    """Adds up finished rows and reports them."""

    def __init__(self, stage: str, shards: Sequence[Shard], callback: ProgressCallback | None) -> None:
        known = [shard.rows for shard in shards if shard.rows is not None]
        self._stage = stage
        self._total = sum(known) if len(known) == len(shards) else None
        self._callback = callback
        self._done = 0

    def add(self, rows: int) -> None:
        self._done += rows
        if self._callback is not None:
            self._callback(Progress(self._stage, self._done, self._total))


class _StoppedError(Exception):
    """Another shard failed, or the caller went away; this one's state is of no use."""


@dataclass
class _Aggregation(Generic[State]):
    """Adds up shards in parallel, each into a state of its own.

    Attributes:
        accumulator: what adds up.
        reader: how to read a shard.
        ahead: whether to read in a thread of its own.
    """

    accumulator: Accumulator[State, Any]
    reader: BatchReader
    ahead: bool
    # What happened, for the calling thread: rows that were added, or None when a shard ended.
    _events: queue.SimpleQueue[int | None] = field(default_factory=queue.SimpleQueue)
    _first_useless: float = float("inf")  # index of a shard; this one and all behind it need not go on

    def run(
        self, shards: Sequence[Shard], workers: int, take: Callable[[State], None], count: Callable[[int], None]
    ) -> None:
        """Hand each shard's state to ``take`` in the order of the shards; at most two per worker wait."""
        running: deque[Future[State]] = deque()
        begun = 0
        with ThreadPoolExecutor(workers, thread_name_prefix="gristmill") as pool:
            try:
                while running or begun < len(shards):
                    while begun < len(shards) and len(running) < 2 * workers:
                        running.append(self._begin(pool, begun, shards[begun]))
                        begun += 1
                    rows = self._events.get()
                    if rows is not None:
                        count(rows)
                    while running and running[0].done():
                        take(running.popleft().result())
                while not self._events.empty():
                    count(self._events.get() or 0)
            except BaseException:
                self._first_useless = -1
                pool.shutdown(wait=True, cancel_futures=True)
                raise

    def _begin(self, pool: ThreadPoolExecutor, index: int, shard: Shard) -> Future[State]:
        future = pool.submit(self._add_up, index, shard)
        # A callback runs when the future is done for everybody; an event from within the task would come too early.
        future.add_done_callback(lambda _: self._events.put(None))
        return future

    def _add_up(self, index: int, shard: Shard) -> State:
        try:
            return self._state_of(index, shard)
        except BaseException:
            self._first_useless = min(self._first_useless, index)
            raise

    def _state_of(self, index: int, shard: Shard) -> State:
        state = self.accumulator.create()
        batches = batches_of(self.reader, shard)
        with closing(read_ahead(batches) if self.ahead else batches) as stream:
            while index <= self._first_useless:
                batch = next(stream, None)
                if batch is None:
                    return state
                rows = batch.num_rows
                with faults_named(shard):
                    state = self.accumulator.add(state, batch)
                self._events.put(rows)
        raise _StoppedError
