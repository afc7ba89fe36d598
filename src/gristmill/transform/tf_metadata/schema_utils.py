"""The published names for turning schemas into feature specs and back."""

from __future__ import annotations

from typing import Any, NamedTuple

from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.io.tensors.feature_spec import (
    FeatureSpec,
    domains_from_schema,
    feature_spec_from_schema,
    schema_from_feature_spec,
)

__all__ = [
    "SchemaAsFeatureSpecResult",
    "pop_ragged_source_columns",
    "schema_as_feature_spec",
    "schema_from_feature_spec",
]


class SchemaAsFeatureSpecResult(NamedTuple):
    """What :func:`schema_as_feature_spec` returns.

    Attributes:
        feature_spec: the specs by feature name.
        domains: the domains by feature name.
    """

    feature_spec: dict[str, FeatureSpec]
    domains: dict[str, Any]


def schema_as_feature_spec(schema: schema_pb2.Schema) -> SchemaAsFeatureSpecResult:
    """The feature specs and the domains of a schema's active features."""
    return SchemaAsFeatureSpecResult(feature_spec_from_schema(schema), domains_from_schema(schema))


def pop_ragged_source_columns(
    name: str, tensor_representation: schema_pb2.TensorRepresentation, feature_by_name: dict[str, schema_pb2.Feature]
) -> schema_pb2.Feature:
    """Remove the features that a ragged tensor is made of from ``feature_by_name``; returns the value feature."""
    del name
    ragged = tensor_representation.ragged_tensor
    for partition in ragged.partition:
        if partition.row_length:
            feature_by_name.pop(partition.row_length)
    return feature_by_name.pop(ragged.feature_path.step[0])
