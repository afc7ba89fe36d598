"""Examples that several passes read: kept in memory as far as they fit, and read ahead while nobody reads.

A component that reads the same shards twice decompresses and decodes them once. While it does something on one core,
such as tracing a graph, another core reads what the next pass will ask for.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import pyarrow as pa

from gristmill.engine.contract import Engine
from gristmill.engine.ordered import batches_of
from gristmill.io.columns import with_features
from gristmill.io.examples import examples_reader, read_examples
from gristmill.io.shard import BatchReader, Shard

__all__ = ["KeptBatches"]

_KEPT_BYTES = 64 << 20


@dataclass
class _Stream:
    """What is still to come of a shard: batches that are in memory, and behind them those of the file."""

    file: Iterator[pa.RecordBatch]
    kept: deque[pa.RecordBatch] = field(default_factory=deque)


class KeptBatches:
    """Reads shards of examples with all their features, and keeps the batches for the next pass.

    A context: reading ahead ends with it. At most ``limit`` bytes are kept, and one batch more; a shard that does not
    fit is read again. Where passes run in other processes, nothing is kept and readers are plain ones.

    Args:
        engine: runs the passes.
        shards: that are worth it, in the order in which passes will ask for them.
        limit: bytes to keep.
    """

    def __init__(self, engine: Engine, shards: Sequence[Shard], limit: int = _KEPT_BYTES) -> None:
        self._shards = list(shards) if engine.in_this_process else []
        self._limit = limit
        self._size = 0
        self._streams: dict[Shard, _Stream] = {}
        self._readers = 0
        self._ahead: Shard | None = None  # being read from in the background
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read_ahead, name="gristmill-ahead")

    def __enter__(self) -> KeptBatches:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def reader(self, features: Sequence[str] | None = None, *, last: bool = False) -> BatchReader:
        """For one pass.

        Args:
            features: the features wanted; see ``read_examples``.
            last: no pass follows, and what was kept need not be.
        """
        if not self._shards:
            return examples_reader(features)
        return partial(self._read, features=features, last=last)

    def _read(
        self, shard: Shard, *, features: Sequence[str] | None, last: bool
    ) -> Generator[pa.RecordBatch, None, None]:
        again: list[pa.RecordBatch] = []
        keeping = not last
        stream = self._taken(shard)
        try:
            while (batch := self._next(stream)) is not None:
                keeping = keeping and self._keep(again, batch)
                yield with_features(batch, features)
            if keeping:
                self._streams[shard] = _Stream(iter(()), deque(again))
                again = []
        finally:
            self._leave([*again, *stream.kept])

    def _taken(self, shard: Shard) -> _Stream:
        with self._changed:
            self._readers += 1
            self._changed.wait_for(lambda: self._ahead != shard)
            return self._streams.pop(shard, None) or _Stream(batches_of(read_examples, shard))

    def _next(self, stream: _Stream) -> pa.RecordBatch | None:
        if not stream.kept:
            return next(stream.file, None)
        batch = stream.kept.popleft()
        self._forget([batch])
        return batch

    def _keep(self, again: list[pa.RecordBatch], batch: pa.RecordBatch) -> bool:
        """Keep a batch of a shard as well as those before it; or none of them, if there is no room."""
        with self._changed:
            fits: bool = self._size + batch.nbytes <= self._limit
            if fits:
                again.append(batch)
                self._size += batch.nbytes
        if not fits:
            self._forget(again)
            again.clear()
        return fits

    def _forget(self, batches: Iterable[pa.RecordBatch]) -> None:
        with self._changed:
            self._size -= sum(batch.nbytes for batch in batches)

    def _leave(self, useless: Iterable[pa.RecordBatch]) -> None:
        self._forget(useless)
        with self._changed:
            self._readers -= 1
            self._changed.notify_all()

    def _read_ahead(self) -> None:
        for shard in self._shards:
            while stream := self._begun_ahead(shard):
                if not self._one_ahead(shard, stream):
                    break

    def _begun_ahead(self, shard: Shard) -> _Stream | None:
        """The shard's stream, once nobody reads; None where there is no room or no use any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not self._readers)
            if self._closed or self._size >= self._limit:
                return None
            self._ahead = shard
            return self._streams.setdefault(shard, _Stream(batches_of(read_examples, shard)))

    def _one_ahead(self, shard: Shard, stream: _Stream) -> bool:
        """Read one batch; whether there was one."""
        try:
            batch = next(stream.file, None)
        except Exception:  # noqa: BLE001 - the pass that reads the shard again will raise it
            batch = None
            self._streams.pop(shard)
            self._forget(stream.kept)
        with self._changed:
            if batch is not None:
                stream.kept.append(batch)
                self._size += batch.nbytes
            self._ahead = None
            self._changed.notify_all()
        return batch is not None
