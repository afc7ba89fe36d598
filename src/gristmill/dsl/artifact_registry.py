"""From the name of an artifact type to its Python class, and from a stored artifact to an object of that class."""

from __future__ import annotations

from gristmill.dsl.artifact import Artifact, Property
from gristmill.dsl.artifact_property import PropertyType
from gristmill.dsl.system_artifacts import Dataset, Metrics, Model, Statistics, SystemArtifact
from gristmill.proto import metadata_store_pb2

__all__ = ["artifact_class", "from_store", "known_class", "register"]

_classes: dict[str, type[Artifact]] = {}
_SYSTEM = {int(annotation.MLMD_SYSTEM_BASE_TYPE): annotation for annotation in (Dataset, Model, Metrics, Statistics)}


def register(cls: type[Artifact]) -> None:
    """Make an artifact class known by its TYPE_NAME. Defining a class does this; a later definition wins."""
    _classes[cls.TYPE_NAME] = cls


def known_class(type_name: str) -> type[Artifact] | None:
    """The class of the named type, where a module has defined it."""
    return _classes.get(type_name)


def artifact_class(type_name: str) -> type[Artifact]:
    """The class of the named type; a bare one without properties where no module has defined it."""
    _define_standard_types()
    return known_class(type_name) or _define(type_name, {}, None)


def from_store(mlmd_artifact: metadata_store_pb2.Artifact, mlmd_type: metadata_store_pb2.ArtifactType) -> Artifact:
    """The artifact object for a stored artifact and its stored type.

    A type that no module of this process has defined gets a class made from the stored type, with its properties.
    """
    _define_standard_types()
    cls = _classes.get(mlmd_type.name) or _class_from_type(mlmd_type)
    artifact = cls(mlmd_artifact)
    artifact.set_mlmd_artifact_type(mlmd_type)
    return artifact


def _class_from_type(mlmd_type: metadata_store_pb2.ArtifactType) -> type[Artifact]:
    properties = {name: Property(PropertyType.from_mlmd(number)) for name, number in mlmd_type.properties.items()}
    return _define(mlmd_type.name, properties, _SYSTEM.get(int(mlmd_type.base_type)))


def _define(type_name: str, properties: dict[str, Property], annotation: type[SystemArtifact] | None) -> type[Artifact]:
    body = {
        "__module__": __name__,
        "__doc__": f"Artifact type {type_name}, known from a metadata store only.",
        "TYPE_NAME": type_name,
        "PROPERTIES": properties or None,
        "TYPE_ANNOTATION": annotation,
    }
    return type(type_name, (Artifact,), body)


def _define_standard_types() -> None:
    from gristmill.dsl import standard_artifacts, value_artifacts  # they import Artifact, which imports this module

    del standard_artifacts, value_artifacts  # importing them registers their classes
