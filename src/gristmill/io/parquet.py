"""Parquet files as examples: the equal payload format, and a source of raw rows.

Our own files hold one ``list<…>`` column per feature. In files of others, a scalar column reads as lists of one value.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from gristmill.errors import DataError, Place
from gristmill.io.columns import as_example_batch, with_features
from gristmill.io.data_file import open_data
from gristmill.io.shard import Shard

__all__ = ["parquet_shards", "read_parquet"]

_BATCH_BYTES = 128 << 20  # with half of it, a transform of 600 columns took a tenth more time and 230 MB less
_VALUE_BYTES = 16  # that a value takes in memory with its offsets, however well the file has packed it


def read_parquet(
    shard: Shard, *, features: Sequence[str] | None = None, batch_rows: int = 65536
) -> Iterator[pa.RecordBatch]:
    """The rows of a Parquet file, or of the row groups that the shard names.

    Args:
        shard: ``start`` and ``stop`` count row groups.
        features: the columns wanted, all when None; one that the file lacks is a column of Arrow type ``null``.
        batch_rows: rows per batch, at most; fewer where they have many columns or large values, so that a batch takes
            128 MiB at most, as far as the metadata tells.

    Yields:
        Batches whose columns are features, sorted by name.

    Raises:
        DataError: the file is damaged or not Parquet, or a column cannot be a feature.
    """
    with open_data(shard.uri) as stream, _damage_named(shard.uri):
        file = _open(stream)
        groups = range(shard.start, file.num_row_groups if shard.stop is None else shard.stop)
        present = frozenset(file.schema_arrow.names)
        wanted = present if features is None else present.intersection(features)
        columns = None if features is None else sorted(wanted)
        rows = min(batch_rows, _rows_that_fit(file.metadata, groups, wanted))
        for batch in file.iter_batches(rows, row_groups=list(groups), columns=columns, use_threads=False):
            yield with_features(as_example_batch(batch, shard.uri), features)


def parquet_shards(uri: str, rows_per_shard: int) -> list[Shard]:
    """Shards of whole row groups, of about ``rows_per_shard`` rows each, in the order of the file.

    Raises:
        DataError: the file is damaged or not Parquet.
    """
    with open_data(uri) as stream, _damage_named(uri):
        metadata = _open(stream).metadata
        sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    shards: list[Shard] = []
    start, rows = 0, 0
    for group, size in enumerate(sizes, start=1):
        rows += size
        if rows >= rows_per_shard or group == len(sizes):
            shards.append(Shard(uri, "parquet", start, group, rows))
            start, rows = group, 0
    return shards or [Shard(uri, "parquet", 0, 0, 0)]


def _rows_that_fit(metadata: pq.FileMetaData, groups: Iterable[int], features: frozenset[str]) -> int:
    """How many rows take 128 MiB: by the group with the largest rows, before compression.

    Values of which a file keeps one copy for many rows can take more.
    """
    filled = [group for group in map(metadata.row_group, groups) if group.num_rows > 0]
    row_bytes = _VALUE_BYTES
    if filled:
        largest = max(filled, key=lambda group: group.total_byte_size / group.num_rows)
        chunks = [largest.column(number) for number in range(largest.num_columns)]
        wanted = [chunk for chunk in chunks if _is_part_of(chunk.path_in_schema, features)]
        row_bytes += sum(max(chunk.total_uncompressed_size // largest.num_rows, _VALUE_BYTES) for chunk in wanted)
    return max(1, _BATCH_BYTES // row_bytes)


def _is_part_of(path: str, features: frozenset[str]) -> bool:
    """Whether a path such as ``a.list.element`` lies in one of the features, whose names may have dots, too."""
    steps = path.split(".")
    return any(".".join(steps[:count]) in features for count in range(1, len(steps) + 1))


def _open(stream: BinaryIO) -> pq.ParquetFile:
    # Pages with a checksum are checked; ours have one, and so have those of many writers.
    return pq.ParquetFile(stream, pre_buffer=True, page_checksum_verification=True)


@contextlib.contextmanager
def _damage_named(uri: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, IndexError) as error:
        raise DataError(
            f"a Parquet file must be whole and undamaged: {error}",
            place=Place(uri=uri),
            hint="write or fetch the file again",
        ) from error
