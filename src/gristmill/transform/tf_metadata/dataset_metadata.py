"""DatasetMetadata: what is known of a data set; its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.io.tensors.feature_spec import FeatureSpec, schema_from_feature_spec

__all__ = ["DatasetMetadata"]


class DatasetMetadata:
    """Metadata of a data set.

    Args:
        schema: of its features.
    """

    def __init__(self, schema: schema_pb2.Schema) -> None:
        self._schema = schema

    @classmethod
    def from_feature_spec(
        cls, feature_spec: Mapping[str, FeatureSpec], domains: Mapping[str, Any] | None = None
    ) -> DatasetMetadata:
        """Metadata whose schema says the same as the feature spec and the domains (by feature name)."""
        return cls(schema_from_feature_spec(feature_spec, domains))

    @property
    def schema(self) -> schema_pb2.Schema:
        """The schema."""
        return self._schema

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DatasetMetadata) and self._schema == other._schema

    def __hash__(self) -> int:
        return hash(self._schema.SerializeToString(deterministic=True))

    def __repr__(self) -> str:
        return f"DatasetMetadata({[feature.name for feature in self._schema.feature]})"
