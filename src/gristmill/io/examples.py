"""Examples on disk: which shards a split has, and their rows as record batches, in any payload format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import pyarrow as pa

from gristmill.errors import ConfigError, DataError, Place
from gristmill.io import filesystem
from gristmill.io.columns import check_names, with_features
from gristmill.io.example_codec import decode_examples, encode_examples
from gristmill.io.examples_sink import ROWS_PER_SHARD, ExamplesSink
from gristmill.io.parquet import parquet_shards, read_parquet
from gristmill.io.shard import RAW_RECORD_COLUMN, BatchReader, Shard
from gristmill.io.tfrecord import framed_bytes, read_record_blocks

__all__ = [
    "ROWS_PER_SHARD",
    "ExamplesSink",
    "examples_reader",
    "file_shards",
    "read_examples",
    "read_raw_records",
    "split_shards",
]

_NO_EXAMPLE = "write every record as a tf.Example whose features keep their kinds, or leave the file out"


def read_examples(
    shard: Shard,
    *,
    features: Sequence[str] | None = None,
    batch_rows: int = 65536,
    with_records: bool = False,
) -> Iterator[pa.RecordBatch]:
    """The rows of a TFRecord or Parquet shard: the ``BatchReader`` that the engine uses by default.

    Args:
        shard: of format ``tfrecord`` or ``parquet``.
        features: the features wanted; None reads all. One that does not occur is a column of Arrow type ``null``.
        batch_rows: rows per batch, at most.
        with_records: also give the serialized tf.Examples, as column ``RAW_RECORD_COLUMN``.

    Yields:
        Batches with one ``list<int64 | float32 | binary>`` column per feature, sorted by name; in a TFRecord shard a
        batch has the features that occur in it.

    Raises:
        ConfigError: the shard's format needs a reader of its own.
        DataError: the file is damaged or does not hold examples.
    """
    if shard.format == "parquet":
        # Records must hold all features, whatever is wanted as columns.
        for batch in read_parquet(shard, features=None if with_records else features, batch_rows=batch_rows):
            yield _beside(with_features(batch, features), encode_examples(batch)) if with_records else batch
    else:
        for records, place in _record_blocks(shard, batch_rows):
            batch = _decoded(records, features, place)
            yield _beside(batch, records) if with_records else batch


def examples_reader(features: Sequence[str] | None = None) -> BatchReader:
    """``read_examples`` of these features; of all when None."""
    return partial(read_examples, features=features)


def read_raw_records(shard: Shard, *, batch_rows: int = 65536) -> Iterator[pa.RecordBatch]:
    """The serialized records of a shard, undecoded where they are records on disk: batches of one column,
    ``RAW_RECORD_COLUMN``."""
    if shard.format == "parquet":
        for batch in read_parquet(shard, batch_rows=batch_rows):
            yield _raw_batch(encode_examples(batch))
    else:
        for records, _ in _record_blocks(shard, batch_rows):
            yield _raw_batch(records)


def _decoded(records: pa.BinaryArray, features: Sequence[str] | None, place: Place) -> pa.RecordBatch:
    """The records as columns.

    Args:
        place: of the first record. An error gets the place of the record that is at fault, its byte offset included.
    """
    try:
        batch = decode_examples(records, features=features, place=replace(place, offset=None))
    except DataError as error:
        fault = error.place or place
        before = records.slice(0, (fault.record or 0) - (place.record or 0))
        error.place = replace(fault, offset=(place.offset or 0) + framed_bytes(before))
        error.hint = error.hint or _NO_EXAMPLE
        raise
    check_names(batch.schema.names, place.uri)
    return batch


def _raw_batch(records: pa.BinaryArray) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([records], names=[RAW_RECORD_COLUMN])


def _record_blocks(shard: Shard, batch_rows: int) -> Iterator[tuple[pa.BinaryArray, Place]]:
    """Blocks of records, each with the place of its first one."""
    if shard.format != "tfrecord":
        raise ConfigError(
            f"examples cannot be read from a shard of format {shard.format!r}",
            place=Place(uri=shard.uri),
            hint="give the engine the reader of that format, such as io.csv.CsvReader",
        )
    first, offset = 0, 0
    for records in read_record_blocks(shard.uri, block_rows=batch_rows):
        yield records, Place(uri=shard.uri, record=first, offset=offset)
        first, offset = first + len(records), offset + framed_bytes(records)


def _beside(batch: pa.RecordBatch, records: pa.BinaryArray) -> pa.RecordBatch:
    """The batch with its records as a last column. A batch without columns knows no number of rows to append to."""
    return pa.RecordBatch.from_arrays([*batch.columns, records], names=[*batch.schema.names, RAW_RECORD_COLUMN])


def split_shards(examples_uri: str, split: str) -> list[Shard]:
    """The shards of one split of an Examples artifact: all files of ``<uri>/Split-<split>/``.

    Raises:
        DataError: there is no such split, or it has no files.
    """
    directory = filesystem.join(examples_uri, f"Split-{split}")
    names = filesystem.list_dir(directory) if filesystem.is_dir(directory) else []
    uris = [filesystem.join(directory, name) for name in names if not name.startswith((".", "_"))]
    if not uris:
        raise DataError(
            f"examples must have the split {split!r}, and there are no files of it",
            place=Place(uri=directory),
            hint=f"the splits there are: {', '.join(_splits(examples_uri)) or 'none'}",
        )
    return file_shards(uris)


def file_shards(uris: Sequence[str]) -> list[Shard]:
    """Shards of example files: Parquet by its extension (cut between row groups), all others TFRecord."""
    shards: list[Shard] = []
    for uri in uris:
        shards += parquet_shards(uri, ROWS_PER_SHARD) if uri.endswith(".parquet") else [Shard(uri, "tfrecord")]
    return shards


def _splits(examples_uri: str) -> list[str]:
    names = filesystem.list_dir(examples_uri) if filesystem.is_dir(examples_uri) else []
    return [name.removeprefix("Split-") for name in names if name.startswith("Split-")]
