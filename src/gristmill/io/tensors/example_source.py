"""The published faces of examples: ``tfxio.TFExampleRecord`` over files, ``TFExampleBeamRecord`` over records."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.errors import ConfigError, NotSupportedError
from gristmill.io.examples import read_raw_records
from gristmill.io.tensors.adapter_config import arrow_schema_of
from gristmill.io.tensors.beam_sources import (
    BATCH_ROWS,
    Counted,
    batches_of_files,
    batches_of_records,
    records_of_batches,
)
from gristmill.io.tensors.dataset import record_batch_factory, tf_dataset_factory
from gristmill.io.tensors.feature_spec import FeatureSpec, feature_spec_from_schema, schema_from_feature_spec
from gristmill.io.tensors.from_arrow import type_specs
from gristmill.io.tensors.options import RecordBatchesOptions, TensorFlowDatasetOptions
from gristmill.io.tensors.record_layout import RecordLayout
from gristmill.io.tensors.representations import TensorRepresentations, representations_of
from gristmill.io.tensors.tfxio import TFXIO

if TYPE_CHECKING:
    import apache_beam

__all__ = ["TFExampleBeamRecord", "TFExampleRecord"]


class _Examples(TFXIO):
    """What files and records of examples have in common."""

    def __init__(
        self,
        schema: schema_pb2.Schema | None,
        raw_record_column_name: str | None,
        telemetry_descriptors: Sequence[str] | None,
    ) -> None:
        self._schema = schema
        self._raw_column = raw_record_column_name or ""
        self._descriptors = tuple(telemetry_descriptors or ())
        self._unprojected: dict[str, Any] | None = None
        if self._raw_column in (self._layout(BATCH_ROWS).features or pa.schema([])).names:
            raise ConfigError("the raw records need a name that no feature has", value=self._raw_column)

    @property
    def raw_record_column_name(self) -> str | None:
        """The column that gets the serialized examples; None where there is none."""
        return self._raw_column or None

    def ArrowSchema(self) -> pa.Schema:  # noqa: N802 - published name
        """The columns of the record batches: those of the schema, sorted by name, and the raw records.

        Raises:
            ConfigError: there is no schema, so that the columns are those that occur.
        """
        self._needed_schema()
        return self._layout(BATCH_ROWS).arrow_schema

    def TensorRepresentations(self) -> TensorRepresentations:  # noqa: N802 - published name
        """How columns become tensors, by tensor name."""
        return representations_of(self._feature_spec())

    def Project(self, tensor_names: list[str]) -> TFXIO:  # noqa: N802 - published name
        """The same source, reading only what these tensors are made of.

        Raises:
            ConfigError: the schema has no such tensor.
        """
        specs = self._feature_spec()
        unknown = [name for name in tensor_names if name not in specs]
        if unknown:
            raise ConfigError(
                "a projection must name tensors of the schema", value=unknown, hint=f"they are {', '.join(specs)}"
            )
        projected = copy.copy(self)
        projected._schema = schema_from_feature_spec({name: specs[name] for name in tensor_names})
        projected._unprojected = self._unprojected or type_specs(specs)
        return projected

    def _original_type_specs(self) -> dict[str, Any] | None:
        return self._unprojected

    def _feature_spec(self) -> dict[str, FeatureSpec]:
        return feature_spec_from_schema(self._needed_schema())

    def _needed_schema(self) -> schema_pb2.Schema:
        if self._schema is None:
            raise ConfigError(f"{type(self).__name__} needs a schema for tensors and types", hint="pass schema=")
        return self._schema

    def _layout(self, batch_rows: int) -> RecordLayout:
        features = None if self._schema is None else arrow_schema_of(feature_spec_from_schema(self._schema))
        return RecordLayout(features, self._raw_column, batch_rows)


class TFExampleRecord(_Examples):
    """Files of serialized tf.Examples, read as tensors or as record batches.

    Args:
        file_pattern: files or glob patterns.
        validate: whether ``BeamSource`` looks for the files when it is made, or only when the pipeline runs.
        schema: what the examples hold. Needed for tensors; without it, batches have the features that occur in them.
        raw_record_column_name: a column of record batches that gets the serialized examples, each a list of one.
        telemetry_descriptors: parts of the namespace in which Beam counts batches and rows.
    """

    def __init__(
        self,
        file_pattern: str | Sequence[str],
        validate: bool = True,
        schema: schema_pb2.Schema | None = None,
        raw_record_column_name: str | None = None,
        telemetry_descriptors: Sequence[str] | None = None,
    ) -> None:
        super().__init__(schema, raw_record_column_name, telemetry_descriptors)
        self._file_pattern = file_pattern
        self._validate = validate

    def TensorFlowDataset(self, options: TensorFlowDatasetOptions) -> tf.data.Dataset:  # noqa: N802 - published name
        """See :func:`~gristmill.io.tensors.dataset.tf_dataset_factory`."""
        return tf_dataset_factory(self._file_pattern, options, self._needed_schema())

    def RecordBatches(self, options: RecordBatchesOptions) -> Iterator[pa.RecordBatch]:  # noqa: N802 - published name
        """See :func:`~gristmill.io.tensors.dataset.record_batch_factory`; the columns are those of the schema."""
        layout = self._layout(options.batch_size)
        batches = record_batch_factory(self._file_pattern, options, self._schema, with_records=bool(self._raw_column))
        return map(layout.conformed, batches)

    def BeamSource(self, batch_size: int | None = None) -> apache_beam.PTransform:  # noqa: N802 - published name
        """From the begin of a pipeline to ``pyarrow.RecordBatch`` elements.

        Args:
            batch_size: rows per batch, at most; 65,536 by default.

        Raises:
            ConfigError: no file matches.
            MissingExtraError: Beam is not installed.
        """
        read = Counted(self._layout(batch_size or BATCH_ROWS).read_shard, self._descriptors)
        return batches_of_files(self._file_pattern, read, validate=self._validate)

    def RawRecordBeamSource(self) -> apache_beam.PTransform:  # noqa: N802 - published name
        """From the begin of a pipeline to the bytes of each example."""
        read = Counted(partial(read_raw_records, batch_rows=BATCH_ROWS), self._descriptors)
        return records_of_batches(batches_of_files(self._file_pattern, read, validate=self._validate))

    def RawRecordToRecordBatch(self, batch_size: int | None = None) -> apache_beam.PTransform:  # noqa: N802
        """From bytes of examples to ``pyarrow.RecordBatch`` elements."""
        return batches_of_records(Counted(self._layout(batch_size or BATCH_ROWS).decode), batch_size)


class TFExampleBeamRecord(_Examples):
    """Serialized tf.Examples that are in a Beam pipeline already.

    Args:
        physical_format: where they come from, such as ``"tfrecords_gzip"``; a part of the counters' namespace.
        telemetry_descriptors: further parts of the namespace in which Beam counts batches and rows.
        schema: what the examples hold; without it, batches have the features that occur in them.
        raw_record_column_name: a column that gets the serialized examples, each a list of one.
    """

    def __init__(
        self,
        physical_format: str,
        telemetry_descriptors: Sequence[str] | None = None,
        schema: schema_pb2.Schema | None = None,
        raw_record_column_name: str | None = None,
    ) -> None:
        descriptors = [*telemetry_descriptors, physical_format] if telemetry_descriptors else None
        super().__init__(schema, raw_record_column_name, descriptors)

    def BeamSource(self, batch_size: int | None = None) -> apache_beam.PTransform:  # noqa: N802 - published name
        """From bytes of examples to ``pyarrow.RecordBatch`` elements.

        Args:
            batch_size: rows per batch, at most.
        """
        read = Counted(self._layout(batch_size or BATCH_ROWS).decode, self._descriptors)
        return batches_of_records(read, batch_size)

    def RecordBatches(self, options: RecordBatchesOptions) -> Iterator[pa.RecordBatch]:  # noqa: N802 - published name
        """Not possible: the records are in a pipeline.

        Raises:
            NotSupportedError: always.
        """
        raise NotSupportedError("records of a pipeline cannot be read outside of it", hint="use TFExampleRecord")

    def TensorFlowDataset(self, options: TensorFlowDatasetOptions) -> tf.data.Dataset:  # noqa: N802 - published name
        """Not possible: the records are in a pipeline.

        Raises:
            NotSupportedError: always.
        """
        raise NotSupportedError("records of a pipeline cannot be read outside of it", hint="use TFExampleRecord")
