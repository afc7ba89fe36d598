"""Writes examples as a set of files of bounded size, which appear together under names that tell how many there are."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from gristmill.errors import ConfigError, DataError
from gristmill.io import filesystem
from gristmill.io.example_codec import decode_examples, encode_examples
from gristmill.io.shard import RAW_RECORD_COLUMN, Shard
from gristmill.io.sink import Sink
from gristmill.io.tfrecord import frame_records, gzip_block

__all__ = ["ROWS_PER_SHARD", "ExamplesSink"]

# Two batches of 64k rows: a million rows are 8 files that 8 cores read in parallel, of some 9 MB each for 18 features,
# and a hundred million rows are still under a thousand files.
ROWS_PER_SHARD = 131_072

Block = Any
"""``bytes`` of whole gzip members for TFRecord, a ``pa.RecordBatch`` for Parquet."""


class ExamplesSink(Sink[Block]):
    """Writes each output into a directory as ``<prefix>-SSSSS-of-NNNNN.gz`` (or ``.parquet``).

    Takes batches of features, or batches whose only column is ``RAW_RECORD_COLUMN``, which are written as they are.
    The rows of a batch stay in one file. Every output gets at least one file, also without rows.

    Args:
        directories: the directory of each output, by its name.
        prefix: how the files' names begin.
        file_format: ``"tfrecords_gzip"`` or ``"parquet"``.
        rows_per_shard: a file takes batches while it has no more rows than this.

    Raises:
        ConfigError: the format is neither, two outputs have one directory, or a batch is of an output that has none.
    """

    def __init__(
        self,
        directories: Mapping[str, str],
        *,
        prefix: str,
        file_format: str = "tfrecords_gzip",
        rows_per_shard: int = ROWS_PER_SHARD,
    ) -> None:
        if file_format not in _FORMATS:
            raise ConfigError(
                "examples are written as tfrecords_gzip or parquet", value=file_format, hint="use one of the two"
            )
        if len(set(directories.values())) < len(directories):
            raise ConfigError(
                "each output needs a directory of its own, or its files would replace those of another",
                value=dict(directories),
            )
        self._settings = _Settings(dict(directories), prefix, file_format, rows_per_shard, secrets.token_hex(8))
        self._set_up()

    def _set_up(self) -> None:
        self._parquet = self._settings.file_format == "parquet"
        self._outputs = {output: _ShardedFiles(self._settings, output) for output in self._settings.directories}

    def __getstate__(self) -> _Settings:
        """How the files are written, not those that are open; directories as any process finds them."""
        directories = {output: filesystem.absolute(each) for output, each in self._settings.directories.items()}
        return replace(self._settings, directories=directories)

    def __setstate__(self, settings: _Settings) -> None:
        self._settings = settings
        self._set_up()

    def part(self) -> ExamplesSink:
        """See the base class."""
        part = copy(self)
        part.__setstate__(replace(self._settings, token=f"{self._settings.token}-{secrets.token_hex(8)}"))
        return part

    def staged(self) -> dict[str, list[tuple[str, int]]]:
        """The hidden files of each output, with their rows."""
        return {output: files.staged() for output, files in self._outputs.items()}

    def adopt(self, staged: Mapping[str, Sequence[tuple[str, int]]]) -> None:
        """See the base class."""
        for output, written in staged.items():
            self._outputs[output].adopt(written)

    def encode(self, output: str, batch: pa.RecordBatch) -> Block:
        """Serialize and compress (TFRecord); Parquet compresses whole row groups when it appends."""
        raw = batch.schema.names == [RAW_RECORD_COLUMN]
        if self._parquet:
            return _with_columns(decode_examples(batch.column(0)) if raw else batch)
        return gzip_block(frame_records(batch.column(0) if raw else encode_examples(batch)))

    def append(self, output: str, block: Block, rows: int) -> None:
        if output not in self._outputs:
            raise ConfigError(
                f"nothing was said about where to write the output {output!r}",
                hint=f"the outputs of this sink are: {', '.join(self._outputs)}",
            )
        self._outputs[output].append(block, rows)

    def finish(self) -> dict[str, list[Shard]]:
        return {output: files.finish() for output, files in self._outputs.items()}

    def abort(self) -> None:
        for files in self._outputs.values():
            files.abort()


@dataclass(frozen=True)
class _Settings:
    """How a sink writes.

    Attributes:
        directories: of each output.
        prefix: how the files' names begin.
        file_format: a key of ``_FORMATS``.
        rows_per_shard: a file takes batches while it has no more rows than this.
        token: is in the hidden names of all files of this sink; those of its parts begin with it.
    """

    directories: Mapping[str, str]
    prefix: str
    file_format: str
    rows_per_shard: int
    token: str


def _with_columns(batch: pa.RecordBatch) -> pa.RecordBatch:
    if batch.num_rows and not batch.num_columns:
        raise DataError(
            "a Parquet file cannot hold rows without any feature",
            value=f"{batch.num_rows:,} rows",
            hint="write them as tfrecords_gzip, or leave them out",
        )
    return batch


class _Writer(Protocol):
    """Writes blocks into one open file."""

    def write(self, block: Block) -> None: ...

    def accepts(self, block: Block) -> bool:
        """Whether the block can go into the same file."""

    def close(self) -> None: ...


class _TFRecordWriter:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._empty = True

    def write(self, block: Block) -> None:
        self._stream.write(block)
        self._empty = False

    def accepts(self, block: Block) -> bool:
        return True

    def close(self) -> None:
        if self._empty:
            self._stream.write(gzip_block(b""))


class _ParquetWriter:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._writer: pq.ParquetWriter | None = None

    def write(self, block: Block) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._stream, block.schema, compression="snappy", write_page_checksum=True)
        self._writer.write_batch(block)

    def accepts(self, block: Block) -> bool:
        return self._writer is None or self._writer.schema == block.schema

    def close(self) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._stream, pa.schema([]))
        self._writer.close()


_FORMATS: dict[str, tuple[str, str, Callable[[BinaryIO], _Writer]]] = {
    "tfrecords_gzip": ("tfrecord", "gz", _TFRecordWriter),
    "parquet": ("parquet", "parquet", _ParquetWriter),
}


class _ShardedFiles:
    """The files of one output: one open at a time, hidden until all are complete."""

    def __init__(self, settings: _Settings, output: str) -> None:
        self._directory = settings.directories[output]
        self._prefix, self._limit, self._token = settings.prefix, settings.rows_per_shard, settings.token
        self._format, self._extension, self._open_writer = _FORMATS[settings.file_format]
        self._staged: list[str] = []
        self._renamed: list[str] = []
        self._rows: list[int] = []
        self._writer: _Writer | None = None
        self._open_file = contextlib.ExitStack()

    def append(self, block: Block, rows: int) -> None:
        if self._writer is not None and (self._rows[-1] + rows > self._limit or not self._writer.accepts(block)):
            self._close()
        self._opened().write(block)
        self._rows[-1] += rows

    def _opened(self) -> _Writer:
        if self._writer is None:
            name = f".{self._prefix}-{len(self._staged):05d}.{self._token}.tmp"
            uri = filesystem.join(self._directory, name)
            self._staged.append(uri)
            self._rows.append(0)
            self._writer = self._open_writer(self._open_file.enter_context(filesystem.staged_output(uri)))
        return self._writer

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            self._open_file.close()

    def staged(self) -> list[tuple[str, int]]:
        self._close()
        return list(zip(self._staged, self._rows, strict=True))

    def adopt(self, written: Sequence[tuple[str, int]]) -> None:
        self._close()
        self._staged += [uri for uri, _ in written]
        self._rows += [rows for _, rows in written]

    def finish(self) -> list[Shard]:
        if not self._staged:
            self._opened()
        self._close()
        total = len(self._staged)
        for index, staged in enumerate(self._staged):
            name = f"{self._prefix}-{index:05d}-of-{total:05d}.{self._extension}"
            uri = filesystem.join(self._directory, name)
            filesystem.rename(staged, uri)
            self._renamed.append(uri)
        self._sweep()
        return [Shard(uri, self._format, rows=rows) for uri, rows in zip(self._renamed, self._rows, strict=True)]

    def abort(self) -> None:
        with contextlib.suppress(OSError, pa.ArrowException):  # what cannot be written need not be
            self._close()
        self._writer = None
        with contextlib.suppress(OSError):
            self._open_file.close()
        for uri in self._staged + self._renamed:
            filesystem.remove_tree(uri)
        self._sweep()

    def _sweep(self) -> None:
        """Remove what parts wrote that nobody adopted: of work that was done twice, or given up."""
        with contextlib.suppress(FileNotFoundError):
            for name in filesystem.list_dir(self._directory):
                if name.startswith(".") and f".{self._token}-" in name and name.endswith(".tmp"):
                    filesystem.remove_tree(filesystem.join(self._directory, name))
