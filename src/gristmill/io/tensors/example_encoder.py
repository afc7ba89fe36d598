"""The published coder from record batches to serialized tf.Examples."""

from __future__ import annotations

import pyarrow as pa
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.errors import NotSupportedError
from gristmill.io.example_codec import encode_examples
from gristmill.io.tensors.feature_spec import feature_spec_from_schema

__all__ = ["RecordBatchToExamplesEncoder"]


class RecordBatchToExamplesEncoder:
    """Encodes batches of features.

    Args:
        schema: says which columns are parts of ragged tensors. Other schemas say nothing that the columns do not say.

    Raises:
        NotSupportedError: the schema has ragged tensors.
    """

    def __init__(self, schema: schema_pb2.Schema | None = None) -> None:
        specs = {} if schema is None else feature_spec_from_schema(schema)
        ragged = sorted(name for name, spec in specs.items() if isinstance(spec, tf.io.RaggedFeature))
        if ragged:
            raise NotSupportedError(
                "columns of nested lists are not encoded",
                value=ragged,
                hint="make the batch with tensors_to_batch, which writes the parts of a ragged tensor as columns",
            )

    def encode(self, record_batch: pa.RecordBatch) -> list[bytes]:
        """One serialized tf.Example per row, with every column as a feature.

        Raises:
            ConfigError: a column's type cannot be a feature.
        """
        return list(encode_examples(record_batch).to_pylist())
