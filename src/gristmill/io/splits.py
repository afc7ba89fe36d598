"""Which split a row belongs to: decided by its content alone, whatever its order, file or machine.

A row's key is hashed into one of as many buckets as all splits have together; each split owns a run of buckets. The key
is the serialized tf.Example, or the serialized ``Feature`` of one feature, so that rows which share its value stay
together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gristmill.errors import ConfigError, DataError, Place
from gristmill.io.example_codec import decode_examples, encode_examples
from gristmill.io.hash_buckets import hash_buckets
from gristmill.io.shard import RAW_RECORD_COLUMN

__all__ = ["DEFAULT_SPLITS", "HashSplitter", "Split"]


@dataclass(frozen=True)
class Split:
    """A split and how many hash buckets it owns: its share of the rows."""

    name: str
    hash_buckets: int


DEFAULT_SPLITS = (Split("train", 2), Split("eval", 1))


class HashSplitter:
    """Deals the rows of a batch out to splits: a map function for the engine.

    Takes batches of features, or batches whose only column is ``RAW_RECORD_COLUMN``.

    Args:
        splits: in the order in which they own buckets.
        partition_feature: the feature whose value decides, of type bytes or int64; None: the whole row.
        as_records: give each split serialized records (batches of one column, ``RAW_RECORD_COLUMN``), so that they are
            serialized once; False gives the batches' own columns.

    Raises:
        ConfigError: no splits, a name twice, or a split without buckets.
    """

    def __init__(
        self, splits: Sequence[Split] = DEFAULT_SPLITS, *, partition_feature: str | None = None, as_records: bool = True
    ) -> None:
        names = [split.name for split in splits]
        if not names or len(set(names)) < len(names) or any(split.hash_buckets < 1 for split in splits):
            raise ConfigError(
                "splits need names of their own and at least one hash bucket each",
                value=[(split.name, split.hash_buckets) for split in splits],
                hint="for example: train with 2 hash buckets, eval with 1",
            )
        self._names = names
        self._ends = np.cumsum([split.hash_buckets for split in splits])
        self._feature = partition_feature
        self._as_records = as_records

    def __call__(self, batch: pa.RecordBatch) -> Mapping[str, pa.RecordBatch]:
        """The rows of each split, in their order; a split that gets none is left out.

        Raises:
            DataError: a row has no value of the partition feature, or the feature is of another type.
        """
        raw = batch.schema.names == [RAW_RECORD_COLUMN]
        records = batch.column(0) if raw else None
        if records is None and (self._as_records or self._feature is None):
            records = encode_examples(batch)
        owners = self._owners(batch, records)
        dealt = pa.RecordBatch.from_arrays([records], names=[RAW_RECORD_COLUMN]) if self._as_records else batch
        if len(self._names) == 1:
            return {self._names[0]: dealt}
        parts = {name: dealt.filter(pa.array(owners == index)) for index, name in enumerate(self._names)}
        return {name: part for name, part in parts.items() if part.num_rows}

    def _owners(self, batch: pa.RecordBatch, records: pa.BinaryArray | None) -> npt.NDArray[np.int64]:
        """The index of the split of each row."""
        if self._feature is not None:
            if batch.schema.names == [RAW_RECORD_COLUMN]:
                batch = decode_examples(batch.column(0), features=[self._feature])
            records = _serialized_feature(batch, self._feature)
        if len(self._names) == 1:
            return np.zeros(batch.num_rows, np.int64)
        return np.searchsorted(self._ends, hash_buckets(records, int(self._ends[-1])), side="right")


def _serialized_feature(batch: pa.RecordBatch, name: str) -> pa.BinaryArray:
    """The ``Feature`` message of each row, serialized."""
    column = batch.column(name) if name in batch.schema.names else pa.nulls(batch.num_rows)
    if not pa.types.is_null(column.type) and column.type not in (pa.list_(pa.int64()), pa.list_(pa.binary())):
        raise DataError(
            "a feature that decides the split must hold bytes or int64 values",
            place=Place(column=name),
            value=str(column.type),
            hint="numbers with a fraction are no keys; choose another partition_feature_name",
        )
    lengths = column.value_lengths().fill_null(0).to_numpy() if not pa.types.is_null(column.type) else np.zeros(1)
    if batch.num_rows and not np.all(lengths):
        raise DataError(
            "every row must have a value of the feature that decides its split",
            place=Place(column=name),
            hint="fill the gaps, or choose another partition_feature_name",
        )
    # The codec writes whole examples; one without a name has the Feature as its last part, behind three lengths:
    # Example{features} > Features{entry} > entry{key: "", value: Feature}.
    examples = encode_examples(pa.RecordBatch.from_arrays([column], names=[""]))
    offsets, data = _binary_buffers(examples)
    begins = offsets[:-1]
    for skipped in (1, 1, 3):  # tags before each length; the last is behind the tag and length of the empty key
        begins = _behind_varint(data, begins + skipped)
    return _slices(data, begins, offsets[1:])


def _binary_buffers(array: pa.BinaryArray) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    _, offsets, data = array.buffers()
    begin = array.offset
    bounds = np.frombuffer(offsets, np.int32)[begin : begin + len(array) + 1].astype(np.int64)
    return bounds, np.frombuffer(data, np.uint8)


def _behind_varint(data: npt.NDArray[np.uint8], positions: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Where the varint at each position ends: behind the first byte without its high bit."""
    positions = positions.copy()
    while (unfinished := data[positions] >= 0x80).any():
        positions += unfinished
    return positions + 1


def _slices(data: npt.NDArray[np.uint8], begins: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> pa.BinaryArray:
    """The byte strings between each begin and end; they are in order and do not overlap."""
    lengths = ends - begins
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    positions = np.arange(offsets[-1]) + np.repeat(begins - offsets[:-1], lengths)
    return pa.BinaryArray.from_buffers(
        pa.binary(), len(lengths), [None, pa.py_buffer(offsets), pa.py_buffer(data[positions])]
    )
