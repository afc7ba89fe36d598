"""Walking a schema: its features, those of structs included, by path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.data_validation.feature_path import FeaturePath

__all__ = ["find_feature", "list_features", "new_feature"]


def list_features(schema: schema_pb2.Schema) -> Iterator[tuple[FeaturePath, schema_pb2.Feature]]:
    """All features with their paths, structs before what is in them."""
    yield from _below(schema, FeaturePath([]))


def find_feature(schema: schema_pb2.Schema, path: FeaturePath) -> schema_pb2.Feature | None:
    """The feature at a path; None where there is none."""
    container: Any = schema
    feature = None
    for step in path.steps():
        feature = next((child for child in container.feature if child.name == step), None)
        if feature is None:
            return None
        container = feature.struct_domain
    return feature


def new_feature(schema: schema_pb2.Schema, path: FeaturePath) -> schema_pb2.Feature:
    """A new, empty feature at a path, inside its struct where the schema has that."""
    parent = find_feature(schema, path.parent()) if len(path) > 1 else None
    container: Any = schema if parent is None else parent.struct_domain
    return container.feature.add()


def _below(container: Any, path: FeaturePath) -> Iterator[tuple[FeaturePath, schema_pb2.Feature]]:
    for feature in container.feature:
        own = path.child(feature.name)
        yield own, feature
        if feature.WhichOneof("domain_info") == "struct_domain":
            yield from _below(feature.struct_domain, own)
