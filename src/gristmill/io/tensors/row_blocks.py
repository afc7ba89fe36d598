"""Epochs of rows in large Arrow blocks, shuffled, and cut so that each block is a whole number of batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from gristmill.errors import ConfigError, DataError
from gristmill.io import filesystem
from gristmill.io.examples import read_examples
from gristmill.io.shard import Shard
from gristmill.io.tensors.options import RecordBatchesOptions, TensorFlowDatasetOptions

__all__ = ["RowBlocks", "example_shards", "whole_batches"]

_BLOCK_ROWS = 65536  # the fixed cost of a block vanishes, its memory does not matter
_RESIDENT_BYTES = 256 << 20  # data up to this size stays decoded in memory between epochs


def example_shards(file_pattern: str | Sequence[str]) -> list[Shard]:
    """One shard per file that matches, in the order of the patterns, each pattern's files sorted.

    Raises:
        ConfigError: a pattern matches nothing.
    """
    patterns = [file_pattern] if isinstance(file_pattern, str) else list(file_pattern)
    shards = []
    for pattern in patterns:
        files = [pattern] if filesystem.exists(pattern) else filesystem.glob(pattern)
        if not files:
            raise ConfigError("a file pattern must match at least one file", value=pattern)
        shards += [Shard(uri, "parquet" if uri.endswith(".parquet") else "tfrecord") for uri in files]
    return shards


class RowBlocks:
    """Reads the examples of some shards, one epoch after another.

    Args:
        shards: the files.
        columns: the features to read; None for all.
        shuffle: permute files, and the rows within each block, afresh in each epoch; once all rows are in memory,
            permute all of them.
        seed: of the permutations.
        block_rows: rows read, and shuffled, together.
        with_records: also read the serialized examples, as column ``RAW_RECORD_COLUMN``.
    """

    def __init__(
        self,
        shards: Sequence[Shard],
        columns: Sequence[str] | None,
        *,
        shuffle: bool,
        seed: int | None,
        block_rows: int,
        with_records: bool = False,
    ) -> None:
        self._shards = list(shards)
        self._columns = columns
        self._shuffle = shuffle
        self._random = np.random.default_rng(seed)
        self._block_rows = block_rows
        self._with_records = with_records
        self._resident: pa.Table | None = None

    @classmethod
    def of(
        cls,
        file_pattern: str | Sequence[str],
        columns: Sequence[str] | None,
        *,
        shuffle: bool,
        options: TensorFlowDatasetOptions | RecordBatchesOptions,
        with_records: bool = False,
    ) -> RowBlocks:
        """The blocks of all matching files, shuffled as the options say."""
        if options.batch_size < 1:
            raise ConfigError("batch_size must be at least 1", value=options.batch_size)
        rows = max(_BLOCK_ROWS, options.batch_size, options.shuffle_buffer_size if shuffle else 0)
        return cls(
            example_shards(file_pattern),
            columns,
            shuffle=shuffle,
            seed=options.shuffle_seed,
            block_rows=rows,
            with_records=with_records,
        )

    def epoch(self) -> Iterator[pa.Table]:
        """Every row once, in blocks."""
        if self._resident is None:
            yield from self._read_epoch()
        else:
            yield self._permuted(self._resident)

    def _read_epoch(self) -> Iterator[pa.Table]:
        """One pass over the files; what was read is kept as long as it may turn out to be little enough."""
        kept: list[pa.Table] | None = []
        kept_bytes = 0
        for block in self._blocks():
            if kept is not None:
                kept.append(block)
                kept_bytes += block.nbytes
                kept = kept if kept_bytes <= _RESIDENT_BYTES else None
            yield self._permuted(block)
        if kept:
            self._resident = _joined(kept)

    def _blocks(self) -> Iterator[pa.Table]:
        """Blocks of at least ``block_rows``, of several files where these are small."""
        order = self._random.permutation(len(self._shards)) if self._shuffle else range(len(self._shards))
        waiting: list[pa.Table] = []
        for position in order:
            for batch in read_examples(
                self._shards[position],
                features=self._columns,
                batch_rows=self._block_rows,
                with_records=self._with_records,
            ):
                waiting.append(pa.Table.from_batches([batch]))
                if sum(table.num_rows for table in waiting) >= self._block_rows:
                    yield _joined(waiting)
                    waiting = []
        if any(table.num_rows for table in waiting):
            yield _joined(waiting)

    def _permuted(self, block: pa.Table) -> pa.Table:
        return block.take(self._random.permutation(block.num_rows)) if self._shuffle else block


def whole_batches(
    blocks: RowBlocks, batch_size: int, *, epochs: int | None, drop_rest: bool
) -> Iterator[tuple[pa.RecordBatch, int]]:
    """Pairs of rows and a batch size that divides their number. Batches run across blocks and epochs.

    Args:
        blocks: the rows.
        batch_size: rows per batch.
        epochs: passes; None repeats for ever.
        drop_rest: leave out a last batch that is not full; otherwise it comes last, with its own size.

    Raises:
        DataError: there is no row to repeat.
    """
    rest: pa.Table | None = None
    done = 0
    while epochs is None or done < epochs:
        seen = 0
        for block in blocks.epoch():
            seen += block.num_rows
            rows = block if rest is None else _joined([rest, block])
            full = rows.num_rows // batch_size * batch_size
            for start in range(0, full, limit := max(batch_size, _BLOCK_ROWS // batch_size * batch_size)):
                yield _record_batch(rows.slice(start, min(limit, full - start))), batch_size
            rest = rows.slice(full) if full < rows.num_rows else None
        if not seen:
            raise DataError("a dataset must hold at least one example")
        done += 1
    if rest is not None and not drop_rest:
        yield _record_batch(rest), rest.num_rows


def _joined(tables: Sequence[pa.Table]) -> pa.Table:
    """One table of all rows; a column that a table has only as nulls takes its type from the others."""
    return pa.concat_tables(tables, promote_options="default").combine_chunks()


def _record_batch(rows: pa.Table) -> pa.RecordBatch:
    return rows.combine_chunks().to_batches()[0]
