"""The types that every store has from the start, as classes: ``base_type=Dataset().system_type``."""

from __future__ import annotations

from gristmill.metadata.kinds import ARTIFACT, EXECUTION
from gristmill.metadata.system_types import base_type_number

__all__ = ["Dataset", "Deploy", "Evaluate", "Metrics", "Model", "Process", "Statistics", "Train", "Transform"]


class _SystemType:
    """A type of the system.

    Attributes:
        name: of the type in the store, such as ``mlmd.Dataset``.
        system_type: the number that ``base_type`` of a type message takes.
    """

    _type_kind: int

    def __init__(self) -> None:
        self.name = f"mlmd.{type(self).__name__}"
        self.system_type = base_type_number(self._type_kind, self.name)


class _ArtifactType(_SystemType):
    _type_kind = ARTIFACT.type_kind


class _ExecutionType(_SystemType):
    _type_kind = EXECUTION.type_kind


class Dataset(_ArtifactType):
    """Data."""


class Model(_ArtifactType):
    """A model."""


class Metrics(_ArtifactType):
    """What a model or data were measured by."""


class Statistics(_ArtifactType):
    """What data look like."""


class Train(_ExecutionType):
    """Makes a model."""


class Transform(_ExecutionType):
    """Makes data of data."""


class Process(_ExecutionType):
    """Does anything else to data."""


class Evaluate(_ExecutionType):
    """Measures a model or data."""


class Deploy(_ExecutionType):
    """Puts a model to use."""
