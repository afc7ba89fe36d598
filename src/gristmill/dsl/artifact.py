"""An Artifact is one thing that a pipeline reads or writes: a URI, a type and properties.

A class of artifacts has a ``TYPE_NAME`` and declares typed ``PROPERTIES``, which are attributes of its objects::

    class Report(Artifact):
        TYPE_NAME = "Report"
        PROPERTIES = {"pages": Property(PropertyType.INT)}

    report = Report()
    report.pages = 3

Everything lives in one ``metadata_store_pb2.Artifact`` message, which the metadata store keeps as it is. A property
that was never set reads as ``""``, ``0``, ``0.0`` or ``False`` by its type, and as None for JSON values and messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from google.protobuf import message

from gristmill.dsl.artifact_property import Property, PropertyType, read_value, write_value
from gristmill.dsl.system_artifacts import SystemArtifact
from gristmill.errors import ConfigError
from gristmill.proto import metadata_store_pb2

__all__ = ["Artifact", "ArtifactState", "Property", "PropertyType"]

EXTERNAL_KEY = "is_external"


class ArtifactState:
    """Names of the states that an artifact can be in."""

    PENDING = "pending"
    PUBLISHED = "published"
    MISSING = "missing"
    MARKED_FOR_DELETION = "MARKED_FOR_DELETION"
    DELETED = "deleted"
    ABANDONED = "abandoned"
    REFERENCE = "reference"


_STATES: dict[str, int] = {
    ArtifactState.PENDING: metadata_store_pb2.Artifact.PENDING,
    ArtifactState.PUBLISHED: metadata_store_pb2.Artifact.LIVE,
    # The store has no word for a payload that cannot be found; the custom property ``state`` keeps it.
    ArtifactState.MISSING: metadata_store_pb2.Artifact.UNKNOWN,
    ArtifactState.MARKED_FOR_DELETION: metadata_store_pb2.Artifact.MARKED_FOR_DELETION,
    ArtifactState.DELETED: metadata_store_pb2.Artifact.DELETED,
    ArtifactState.ABANDONED: metadata_store_pb2.Artifact.ABANDONED,
    ArtifactState.REFERENCE: metadata_store_pb2.Artifact.REFERENCE,
}
_STATE_NAMES = {number: name for name, number in _STATES.items()}
_STATE_KEY = "state"


class _PropertyAttribute:
    """Makes a declared property an attribute of the artifact class."""

    def __init__(self, name: str, declared: Property) -> None:
        self._name = name
        self._declared = declared

    def __get__(self, artifact: Artifact | None, owner: type[Artifact]) -> Any:
        if artifact is None:
            return self
        return read_value(artifact.mlmd_artifact.properties, self._name, self._declared.type)

    def __set__(self, artifact: Artifact, value: object) -> None:
        where = f"{artifact.type_name}.{self._name}"
        write_value(artifact.mlmd_artifact.properties, self._name, self._declared.type, value, where)


class Artifact:
    """Base of all artifact classes; see the module's description.

    Attributes:
        TYPE_NAME: name of the type in the metadata store; unique among all artifact classes.
        PROPERTIES: the declared properties by name.
        TYPE_ANNOTATION: a system artifact class (``gristmill.dsl.standard_annotations``) that says what kind of
            thing this is, or None.
        PROVENANCE: names of custom properties that tell where an artifact comes from and not what it holds: a node
            does not run again because they differ.
    """

    TYPE_NAME: ClassVar[str] = ""
    PROPERTIES: ClassVar[Mapping[str, Property] | None] = None
    TYPE_ANNOTATION: ClassVar[type[SystemArtifact] | None] = None
    PROVENANCE: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, declared in (cls.__dict__.get("PROPERTIES") or {}).items():
            if hasattr(Artifact, name):
                raise ConfigError(
                    "a property must not carry the name of an attribute that every artifact has",
                    value=f"{cls.__name__}.{name}",
                    hint="give the property another name",
                )
            setattr(cls, name, _PropertyAttribute(name, declared))
        if cls.__dict__.get("TYPE_NAME"):
            from gristmill.dsl.artifact_registry import register  # the registry needs this class to exist

            register(cls)

    def __init__(self, mlmd_artifact: metadata_store_pb2.Artifact | None = None) -> None:
        if not self.TYPE_NAME:
            raise ConfigError(
                "an artifact class needs a TYPE_NAME before it can be instantiated",
                value=type(self).__name__,
                hint=f"add TYPE_NAME = {type(self).__name__!r} to the class",
            )
        self._message = mlmd_artifact if mlmd_artifact is not None else metadata_store_pb2.Artifact()
        self._type: metadata_store_pb2.ArtifactType | None = None
        if not self._message.type:
            self._message.type = self.TYPE_NAME

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_") and not hasattr(type(self), name):
            known = ", ".join(sorted(self.PROPERTIES or {})) or "none"
            raise AttributeError(
                f"artifact type {self.type_name!r} has no property {name!r}\n"
                f"  declared properties: {known}\n"
                f"  Hint: use set_string_custom_property({name!r}, …) and its siblings for undeclared ones"
            )
        object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(id={self.id}, uri={self.uri!r}, type_name={self.type_name!r})"

    def _repr_html_(self) -> str:
        """The artifact as the result of a notebook cell."""
        from gristmill.dsl.rich_display import artifact_view  # notebooks only

        return artifact_view(self)._repr_html_()

    @classmethod
    def type_message(cls) -> metadata_store_pb2.ArtifactType:
        """The type as the metadata store registers it: name, declared properties and base type."""
        properties: dict[str, Any] = {name: declared.type.mlmd for name, declared in (cls.PROPERTIES or {}).items()}
        result = metadata_store_pb2.ArtifactType(name=cls.TYPE_NAME, properties=properties)
        if cls.TYPE_ANNOTATION is not None:
            result.base_type = cls.TYPE_ANNOTATION.MLMD_SYSTEM_BASE_TYPE
        return result

    @property
    def artifact_type(self) -> metadata_store_pb2.ArtifactType:
        """The type message: the stored one where the artifact came out of a store, else that of the class."""
        return self._type if self._type is not None else self.type_message()

    def set_mlmd_artifact_type(self, artifact_type: metadata_store_pb2.ArtifactType) -> None:
        """Remember the stored type of this artifact, with its id."""
        self._type = artifact_type
        self._message.type_id = artifact_type.id

    @property
    def mlmd_artifact(self) -> metadata_store_pb2.Artifact:
        """The message that holds everything; it is not a copy."""
        return self._message

    def set_mlmd_artifact(self, mlmd_artifact: metadata_store_pb2.Artifact) -> None:
        """Replace the message that holds everything."""
        self._message = mlmd_artifact

    @property
    def id(self) -> int:
        """The id in the metadata store; 0 before the artifact is stored."""
        return int(self._message.id)

    @id.setter
    def id(self, value: int) -> None:
        self._message.id = value

    @property
    def type_id(self) -> int:
        """The id of the type in the metadata store; 0 before the artifact is stored."""
        return int(self._message.type_id)

    @property
    def type_name(self) -> str:
        """The name of the type."""
        return self._type.name if self._type is not None else self.TYPE_NAME

    @property
    def uri(self) -> str:
        """Where the payload is: a directory, or a file for value artifacts."""
        return str(self._message.uri)

    @uri.setter
    def uri(self, value: str) -> None:
        self._message.uri = value

    @property
    def name(self) -> str:
        """A name that is unique within the type; empty where none was given."""
        return str(self._message.name)

    @name.setter
    def name(self, value: str) -> None:
        self._message.name = value

    @property
    def state(self) -> str:
        """One of the names of :class:`ArtifactState`, or empty."""
        if _STATE_KEY in self._message.custom_properties:
            return str(self._message.custom_properties[_STATE_KEY].string_value)
        return "" if not self._message.HasField("state") else _STATE_NAMES.get(self._message.state, "")

    @state.setter
    def state(self, value: str) -> None:
        if value not in _STATES:
            raise ConfigError(
                "an artifact's state must be one of " + ", ".join(sorted(_STATES)),
                value=value,
                hint="executors need not set it",
            )
        self._message.state = _STATES[value]  # type: ignore[assignment]
        self._message.custom_properties[_STATE_KEY].string_value = value

    @property
    def is_external(self) -> bool:
        """Whether the payload lies outside the pipeline's root and is never moved or removed by it."""
        return self.get_int_custom_property(EXTERNAL_KEY) == 1

    @is_external.setter
    def is_external(self, value: bool) -> None:
        self.set_int_custom_property(EXTERNAL_KEY, int(value))

    def has_property(self, key: str) -> bool:
        """Whether the declared property was set."""
        return key in self._message.properties

    def has_custom_property(self, key: str) -> bool:
        """Whether the custom property was set."""
        return key in self._message.custom_properties

    def _get_custom(self, key: str, kind: PropertyType) -> Any:
        return read_value(self._message.custom_properties, key, kind)

    def _set_custom(self, key: str, kind: PropertyType, value: object) -> None:
        write_value(self._message.custom_properties, key, kind, value, f"{self.type_name}.{key}")

    def get_string_custom_property(self, key: str) -> str:
        """The text; empty where it was not set."""
        return str(self._get_custom(key, PropertyType.STRING))

    def set_string_custom_property(self, key: str, value: str) -> None:
        """Set a text."""
        self._set_custom(key, PropertyType.STRING, value)

    def get_int_custom_property(self, key: str) -> int:
        """The integer; 0 where it was not set."""
        return int(self._get_custom(key, PropertyType.INT))

    def set_int_custom_property(self, key: str, value: int) -> None:
        """Set an integer (64 bit)."""
        self._set_custom(key, PropertyType.INT, value)

    def get_float_custom_property(self, key: str) -> float:
        """The number; 0.0 where it was not set."""
        return float(self._get_custom(key, PropertyType.FLOAT))

    def set_float_custom_property(self, key: str, value: float) -> None:
        """Set a floating-point number."""
        self._set_custom(key, PropertyType.FLOAT, value)

    def get_json_value_custom_property(self, key: str) -> Any:
        """The JSON value (None, bool, number, text, list or dict); None where it was not set."""
        return self._get_custom(key, PropertyType.JSON_VALUE)

    def set_json_value_custom_property(self, key: str, value: Any) -> None:
        """Set a JSON value."""
        self._set_custom(key, PropertyType.JSON_VALUE, value)

    def get_proto_custom_property(self, key: str) -> message.Message | None:
        """The message; None where it was not set. Its type must have been imported."""
        result: message.Message | None = self._get_custom(key, PropertyType.PROTO)
        return result

    def set_proto_custom_property(self, key: str, value: message.Message) -> None:
        """Set a protobuf message."""
        self._set_custom(key, PropertyType.PROTO, value)
