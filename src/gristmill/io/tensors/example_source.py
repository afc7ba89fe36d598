"""The published object face of the readers: ``tfxio.TFExampleRecord``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.errors import ConfigError, NotSupportedError
from gristmill.io.tensors.dataset import record_batch_factory, tf_dataset_factory
from gristmill.io.tensors.from_arrow import TensorAdapter
from gristmill.io.tensors.options import RecordBatchesOptions, TensorFlowDatasetOptions

__all__ = ["TFExampleRecord"]


class TFExampleRecord:
    """Files of serialized tf.Examples, read as tensors or as record batches.

    Args:
        file_pattern: files or glob patterns.
        schema: what the examples hold. Needed for tensors.
        raw_record_column_name: not available here; read with ``gristmill.io.examples.read_examples`` instead.
        telemetry_descriptors: names the reader in Beam's metrics; there are none here.
    """

    def __init__(
        self,
        file_pattern: str | Sequence[str],
        validate: bool = True,
        schema: schema_pb2.Schema | None = None,
        raw_record_column_name: str | None = None,
        telemetry_descriptors: Sequence[str] | None = None,
    ) -> None:
        if raw_record_column_name is not None:
            raise NotSupportedError(
                "TFExampleRecord does not attach raw records",
                hint="use gristmill.io.examples.read_examples(shard, with_records=True)",
            )
        del validate, telemetry_descriptors  # both only steer Beam sources
        self._file_pattern = file_pattern
        self._schema = schema

    def TensorFlowDataset(self, options: TensorFlowDatasetOptions) -> tf.data.Dataset:  # noqa: N802 - published name
        """See :func:`~gristmill.io.tensors.dataset.tf_dataset_factory`."""
        return tf_dataset_factory(self._file_pattern, options, self._needed_schema())

    def RecordBatches(self, options: RecordBatchesOptions) -> Iterator[pa.RecordBatch]:  # noqa: N802 - published name
        """See :func:`~gristmill.io.tensors.dataset.record_batch_factory`."""
        return record_batch_factory(self._file_pattern, options, self._schema)

    def TensorAdapter(self) -> TensorAdapter:  # noqa: N802 - published name
        """An adapter from these record batches to tensors."""
        return TensorAdapter(self._needed_schema())

    def BeamSource(self, batch_size: int | None = None) -> None:  # noqa: N802 - published name
        """Not available: Beam pipelines are built by ``gristmill.engine``.

        Raises:
            NotSupportedError: always.
        """
        raise NotSupportedError(
            "TFExampleRecord.BeamSource does not exist here", hint="read with TensorFlowDataset or RecordBatches"
        )

    def _needed_schema(self) -> schema_pb2.Schema:
        if self._schema is None:
            raise ConfigError("TFExampleRecord needs a schema to make tensors", hint="pass schema=")
        return self._schema
