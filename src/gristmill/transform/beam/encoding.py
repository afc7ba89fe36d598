"""EncodeTransformedDataset: a transformed data set as serialized examples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import apache_beam as beam
import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.io.example_codec import encode_examples
from gristmill.transform.beam.metadata import Metadata, deferred_parts
from gristmill.transform.coders import ExampleProtoCoder

__all__ = ["EncodeTransformedDataset"]


class EncodeTransformedDataset(beam.PTransform):  # type: ignore[misc]  # Beam has no types
    """From a transformed data set to the bytes of a ``tf.Example`` per row.

    Record batches are encoded as a whole, with all their columns; instance dicts one by one.
    """

    def expand(self, dataset: tuple[Any, Metadata]) -> beam.PCollection:
        """The serialized examples."""
        data, metadata = dataset
        return data | "Encode" >> beam.ParDo(_Encode(metadata.schema)).with_output_types(bytes)

    def _extract_input_pvalues(self, dataset: tuple[Any, Metadata]) -> tuple[Any, tuple[Any, ...]]:
        return dataset, (dataset[0], *deferred_parts(dataset[1]))


class _Encode(beam.DoFn):  # type: ignore[misc]
    def __init__(self, schema: schema_pb2.Schema) -> None:
        super().__init__()
        self._schema = schema

    def setup(self) -> None:
        """Make the coder of single rows."""
        self._coder = ExampleProtoCoder(self._schema)

    def process(self, element: Mapping[str, Any] | tuple[pa.RecordBatch, object]) -> Iterable[bytes]:
        """The examples of a dict, or of a batch's rows."""
        if isinstance(element, tuple):
            encoded: list[bytes] = encode_examples(element[0]).to_pylist()
            return encoded
        return [self._coder.encode(element)]
