"""Metadata of a data set whose schema is completed while the pipeline runs.

Which features there are, of which dtypes and shapes, is known when the pipeline is built; ranges and the facts about
vocabularies follow from the data.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.transform.tf_metadata.dataset_metadata import DatasetMetadata

__all__ = ["BeamDatasetMetadata", "Metadata", "deferred_parts", "without_features"]


class BeamDatasetMetadata(NamedTuple):
    """Metadata that is known in part.

    Attributes:
        dataset_metadata: what is known when the pipeline is built.
        deferred_metadata: PCollection of one :class:`DatasetMetadata`, the whole; a list of it once it has run, where
            the transform was applied to lists.
        asset_map: PCollection of one dict, from the names of vocabularies to those of their files; or a list of it.
    """

    dataset_metadata: DatasetMetadata
    deferred_metadata: Any
    asset_map: Any

    @property
    def schema(self) -> schema_pb2.Schema:
        """The schema, as far as it is known: whole after a transform of lists."""
        known = self.deferred_metadata[0] if isinstance(self.deferred_metadata, list) else self.dataset_metadata
        schema: schema_pb2.Schema = known.schema
        return schema


Metadata = DatasetMetadata | BeamDatasetMetadata


def deferred_parts(metadata: Metadata) -> tuple[Any, ...]:
    """The parts of metadata that are PCollections, or lists of what these held."""
    return (metadata.deferred_metadata, metadata.asset_map) if isinstance(metadata, BeamDatasetMetadata) else ()


def without_features(metadata: DatasetMetadata, names: frozenset[str]) -> DatasetMetadata:
    """The metadata without the tensors of these names, and the features that only they are made of."""
    schema = schema_pb2.Schema()
    schema.CopyFrom(metadata.schema)
    gone = set(names)
    for sparse in [each for each in schema.sparse_feature if each.name in names]:
        gone.update([sparse.value_feature.name, *(index.name for index in sparse.index_feature)])
        schema.sparse_feature.remove(sparse)
    for group in schema.tensor_representation_group.values():
        for name in [each for each in group.tensor_representation if each in names]:
            gone.update(_ragged_sources(group.tensor_representation[name]))
            del group.tensor_representation[name]
    for feature in [each for each in schema.feature if each.name in gone]:
        schema.feature.remove(feature)
    return DatasetMetadata(schema)


def _ragged_sources(representation: schema_pb2.TensorRepresentation) -> list[str]:
    ragged = representation.ragged_tensor
    return [*ragged.feature_path.step, *(part.row_length for part in ragged.partition if part.row_length)]
