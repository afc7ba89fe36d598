"""The kinds of things that the metadata store knows by itself: base types for artifact classes."""

from __future__ import annotations

from typing import ClassVar

from gristmill.proto import metadata_store_pb2

__all__ = ["Dataset", "Metrics", "Model", "Statistics", "SystemArtifact"]


class SystemArtifact:
    """Base of the annotations; the number is the store's base type."""

    MLMD_SYSTEM_BASE_TYPE: ClassVar[metadata_store_pb2.ArtifactType.SystemDefinedBaseType] = (
        metadata_store_pb2.ArtifactType.UNSET
    )


class Dataset(SystemArtifact):
    """Data: examples, tables, files of records."""

    MLMD_SYSTEM_BASE_TYPE = metadata_store_pb2.ArtifactType.DATASET


class Model(SystemArtifact):
    """A trained model."""

    MLMD_SYSTEM_BASE_TYPE = metadata_store_pb2.ArtifactType.MODEL


class Metrics(SystemArtifact):
    """Figures about a model."""

    MLMD_SYSTEM_BASE_TYPE = metadata_store_pb2.ArtifactType.METRICS


class Statistics(SystemArtifact):
    """Figures about data."""

    MLMD_SYSTEM_BASE_TYPE = metadata_store_pb2.ArtifactType.STATISTICS
