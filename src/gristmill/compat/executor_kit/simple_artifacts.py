"""The artifact types of ``tfx.types.experimental.simple_artifacts``."""

from __future__ import annotations

from gristmill.dsl import system_artifacts
from gristmill.dsl.artifact import Artifact

__all__ = ["Dataset", "File", "Metrics", "Statistics"]


class File(Artifact):
    """A file."""

    TYPE_NAME = "File"


class Metrics(Artifact):
    """Figures about a model."""

    TYPE_NAME = "Metrics"
    TYPE_ANNOTATION = system_artifacts.Metrics


class Statistics(Artifact):
    """Statistics of data."""

    TYPE_NAME = "Statistics"
    TYPE_ANNOTATION = system_artifacts.Statistics


class Dataset(Artifact):
    """Data."""

    TYPE_NAME = "Dataset"
    TYPE_ANNOTATION = system_artifacts.Dataset
