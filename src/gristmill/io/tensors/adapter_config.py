"""How Arrow columns become tensors, as messages: the published ``TensorAdapterConfig`` and its parts.

A ``TensorRepresentation`` says of which columns a tensor is made and in which form; an Arrow schema says of what type
the columns are. Together they are a feature spec.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.errors import ConfigError, Place
from gristmill.io.tensors.feature_spec import FeatureSpec, feature_spec_from_representations
from gristmill.io.tensors.representations import TensorRepresentations, index_keys

__all__ = ["TensorAdapterConfig", "arrow_schema_of"]

_ARROW_TYPES = {tf.string: pa.binary(), tf.int64: pa.int64(), tf.float32: pa.float32()}


class TensorAdapterConfig:
    """What a :class:`~gristmill.io.tensors.TensorAdapter` is made of.

    Args:
        arrow_schema: the columns of the record batches.
        tensor_representations: the tensors to make of them.
        original_type_specs: the tensor types of a larger set of tensors, of which these are a projection.

    Raises:
        ConfigError: a tensor is made of a column that the schema does not have.
    """

    def __init__(
        self,
        arrow_schema: pa.Schema,
        tensor_representations: Mapping[str, schema_pb2.TensorRepresentation],
        original_type_specs: Mapping[str, tf.TypeSpec] | None = None,
    ) -> None:
        self.arrow_schema = arrow_schema
        self.tensor_representations: TensorRepresentations = dict(tensor_representations)
        self.original_type_specs = dict(original_type_specs) if original_type_specs is not None else None
        self.feature_spec = feature_spec_from_representations(self.tensor_representations, _features(arrow_schema))


def arrow_schema_of(feature_spec: Mapping[str, FeatureSpec]) -> pa.Schema:
    """The columns that the tensors of a feature spec are made of, sorted by name, each a list of values."""
    columns: dict[str, tf.DType] = {}
    for name, spec in feature_spec.items():
        if isinstance(spec, tf.io.SparseFeature):
            columns.update(dict.fromkeys(index_keys(spec), tf.int64))
            columns[spec.value_key] = spec.dtype
        elif isinstance(spec, tf.io.RaggedFeature):
            columns[spec.value_key or name] = spec.dtype
            columns.update(
                {part.key: tf.int64 for part in spec.partitions if isinstance(part, tf.io.RaggedFeature.RowLengths)}
            )
        else:
            columns[name] = spec.dtype
    return pa.schema([pa.field(name, pa.list_(_ARROW_TYPES[columns[name]])) for name in sorted(columns)])


def _features(arrow_schema: pa.Schema) -> dict[str, schema_pb2.Feature]:
    return {field.name: schema_pb2.Feature(name=field.name, type=_type(field)) for field in arrow_schema}


def _type(field: pa.Field) -> Any:
    kind = field.type.value_type if hasattr(field.type, "value_type") else field.type
    if pa.types.is_integer(kind):
        return schema_pb2.INT
    if pa.types.is_floating(kind):
        return schema_pb2.FLOAT
    if pa.types.is_null(kind) or _is_bytes(kind):
        return schema_pb2.BYTES
    raise ConfigError("a column must hold integers, floats or bytes", place=Place(column=field.name), value=str(kind))


def _is_bytes(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(types.is_binary(kind) or types.is_large_binary(kind) or types.is_string(kind))
