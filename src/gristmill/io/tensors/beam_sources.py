"""Transforms that read record batches in Beam pipelines. Beam is imported when one is made, not before.

Elements are record batches, never rows; files are dealt out to workers, which read them as everything here is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from gristmill.errors import MissingExtraError
from gristmill.io import filesystem
from gristmill.io.shard import RAW_RECORD_COLUMN, Shard
from gristmill.io.tensors.row_blocks import example_shards

if TYPE_CHECKING:
    import apache_beam

__all__ = ["BATCH_ROWS", "Counted", "batches_of_files", "batches_of_records", "records_of_batches"]

BATCH_ROWS = 65536
"""Rows of a batch where none are asked for: the fixed cost of a batch vanishes."""

_RECORDS_TOGETHER = 16384
"""Records that are made one batch where none are asked for: they arrive one by one, and wait in memory."""


@dataclass(frozen=True)
class Counted:
    """Passes batches on and counts them with Beam's metrics, under a name of the user's.

    Attributes:
        read: the batches of a shard, or of a list of records.
        descriptors: parts of the namespace; nothing is counted without.
    """

    read: Callable[[Any], Iterator[pa.RecordBatch]]
    descriptors: tuple[str, ...] = ()

    def __call__(self, source: Any) -> Iterator[pa.RecordBatch]:
        for batch in self.read(source):
            if self.descriptors:
                from apache_beam.metrics import Metrics

                namespace = ".".join(["tfx", *self.descriptors, "io"])
                Metrics.counter(namespace, "num_rows").inc(batch.num_rows)
                Metrics.counter(namespace, "num_batches").inc()
            yield batch


def batches_of_files(file_pattern: str | Sequence[str], read: Counted, *, validate: bool) -> apache_beam.PTransform:
    """From the begin of a pipeline to the batches of all files that match.

    Args:
        file_pattern: files or glob patterns.
        read: from a shard to its batches.
        validate: look for the files now, so that a pattern without any is told before the pipeline runs; else they are
            looked for when it runs.

    Raises:
        ConfigError: a pattern matches nothing.
    """
    beam = _beam()
    patterns = [file_pattern] if isinstance(file_pattern, str) else list(file_pattern)
    patterns = [filesystem.absolute(pattern) for pattern in patterns]
    found = _shards(patterns) if validate else None

    def expand(pipeline: Any) -> Any:
        if found is not None:
            shards = pipeline | "Files" >> beam.Create(found, reshuffle=False)
        else:
            listed = pipeline | "Patterns" >> beam.Create([patterns], reshuffle=False)
            shards = listed | "Files" >> beam.FlatMap(_shards)
        return shards | "Spread" >> beam.Reshuffle() | "Read" >> beam.FlatMap(read)

    return beam.ptransform_fn(expand)()


def batches_of_records(read: Counted, batch_size: int | None) -> apache_beam.PTransform:
    """From records to batches.

    Args:
        read: from a list of records to its batches.
        batch_size: records per batch, at most.
    """
    beam = _beam()
    rows = batch_size or _RECORDS_TOGETHER

    def expand(records: Any) -> Any:
        batched = records | "Together" >> beam.BatchElements(min_batch_size=rows, max_batch_size=rows)
        return batched | "Decode" >> beam.FlatMap(read)

    return beam.ptransform_fn(expand)()


def records_of_batches(batches: apache_beam.PTransform) -> apache_beam.PTransform:
    """The same source, giving the bytes of each record instead of batches of them."""
    beam = _beam()
    return beam.ptransform_fn(lambda pipeline: pipeline | batches | "Records" >> beam.FlatMap(_records))()


def _records(batch: pa.RecordBatch) -> list[bytes]:
    return list(batch.column(RAW_RECORD_COLUMN).to_pylist())


def _shards(patterns: Sequence[str]) -> list[Shard]:
    return [replace(shard, uri=filesystem.absolute(shard.uri)) for shard in example_shards(patterns)]


def _beam() -> Any:
    try:
        import apache_beam
    except ImportError:
        raise MissingExtraError("apache-beam", "beam", "Reading in a Beam pipeline") from None
    return apache_beam
