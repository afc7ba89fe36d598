"""ImportExampleGen: files of examples that exist already are split and brought into the pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from gristmill.components.example_gen import ExampleGenExecutor, ExampleGenSpec, FileBasedExampleGen, Source
from gristmill.dsl.component_spec import ExecutionParameter
from gristmill.dsl.executor_spec import BeamExecutorSpec
from gristmill.errors import NotSupportedError
from gristmill.io.examples import ROWS_PER_SHARD, file_shards, read_examples
from gristmill.io.parquet import parquet_shards
from gristmill.io.shard import RAW_RECORD_COLUMN, Shard
from gristmill.proto import example_gen_pb2, range_config_pb2

__all__ = ["ImportExampleGen", "ImportExampleGenExecutor", "ImportExampleGenSpec"]

PAYLOADS = (example_gen_pb2.FORMAT_TF_EXAMPLE, example_gen_pb2.FORMAT_PARQUET)


class ImportExampleGenSpec(ExampleGenSpec):
    """Outputs and parameters of ImportExampleGen."""

    PARAMETERS = {**ExampleGenSpec.PARAMETERS, "payload_format": ExecutionParameter(type=int)}


class ImportExampleGenExecutor(ExampleGenExecutor):
    """Reads TFRecord files of tf.Example, compressed or not, and Parquet files."""

    def source(self, files: Sequence[str], exec_properties: dict[str, Any]) -> Source:
        """The files as they are."""
        if exec_properties["payload_format"] == example_gen_pb2.FORMAT_PARQUET:
            shards = [shard for uri in files for shard in parquet_shards(uri, ROWS_PER_SHARD)]
        else:
            shards = file_shards(files)
        return Source(shards, _checked_records)


def _checked_records(shard: Shard) -> Iterator[pa.RecordBatch]:
    """The records of a shard unchanged, each found to be a tf.Example."""
    for batch in read_examples(shard, features=(), with_records=True):
        yield batch.select([RAW_RECORD_COLUMN])


class ImportExampleGen(FileBasedExampleGen):
    """Reads files of tf.Example (TFRecord, gzip or plain) or Parquet.

    Outputs: ``examples``.
    """

    SPEC_CLASS = ImportExampleGenSpec
    EXECUTOR_SPEC = BeamExecutorSpec(ImportExampleGenExecutor)

    def __init__(
        self,
        input_base: str | None = None,
        input_config: example_gen_pb2.Input | dict[str, Any] | None = None,
        output_config: example_gen_pb2.Output | dict[str, Any] | None = None,
        range_config: range_config_pb2.RangeConfig | dict[str, Any] | None = None,
        payload_format: int = example_gen_pb2.FORMAT_TF_EXAMPLE,
        output_file_format: int = example_gen_pb2.FORMAT_TFRECORDS_GZIP,
    ) -> None:
        """
        Args:
            input_base: directory under which the patterns of the input splits match.
            input_config: the input splits; one split of all files by default.
            output_config: the output splits; train and eval, 2 to 1, by default, where there is one input split.
            range_config: which span to read, where the patterns name one; the newest by default.
            payload_format: FORMAT_TF_EXAMPLE: files are TFRecords, but Parquet where they end in ``.parquet``;
                FORMAT_PARQUET: all files are Parquet.
            output_file_format: FORMAT_TFRECORDS_GZIP or FILE_FORMAT_PARQUET.
        """
        if payload_format not in PAYLOADS:
            raise NotSupportedError(
                "only tf.Example records and Parquet files can be imported",
                value=example_gen_pb2.PayloadFormat.Name(payload_format),
                hint="leave payload_format out, or set FORMAT_TF_EXAMPLE or FORMAT_PARQUET",
            )
        super().__init__(
            input_base,
            input_config,
            output_config,
            range_config,
            output_file_format=output_file_format,
            payload_format=payload_format,
        )
