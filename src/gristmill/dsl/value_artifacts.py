"""Artifacts that hold one value: a number, a text, bytes, a boolean or a JSON value, in one file at their URI.

``read()`` loads the payload; then ``value`` has it. None is an empty file with the custom property ``__is_null__`` = 1.
"""

from __future__ import annotations

import json
import math
from abc import abstractmethod
from typing import Any, ClassVar

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.artifact_registry import known_class
from gristmill.dsl.system_artifacts import SystemArtifact
from gristmill.errors import ConfigError, DataError, Place
from gristmill.io import filesystem

__all__ = ["Boolean", "Bytes", "Float", "Integer", "JsonValue", "String", "ValueArtifact"]

NULL_KEY = "__is_null__"


class ValueArtifact(Artifact):
    """Base of the value artifacts; see the module's description."""

    VALUE_FILE: ClassVar[str] = "value"

    def __init__(self, mlmd_artifact: Any = None) -> None:
        super().__init__(mlmd_artifact)
        self._value: Any = None
        self._loaded = False

    def read(self) -> Any:
        """Load the payload from the file at ``uri`` and return the value.

        Raises:
            DataError: the file does not hold a value of this type.
        """
        payload = filesystem.read_bytes(self.uri)
        is_null = self.get_int_custom_property(NULL_KEY) == 1 and not payload
        try:
            self._value = None if is_null else self.decode(payload)
        except ValueError as error:
            raise DataError(
                f"the payload of a {self.type_name} artifact does not decode",
                place=Place(uri=self.uri),
                value=payload,
                hint="write it with artifact.write(value), or run the node that makes it again",
            ) from error
        self._loaded = True
        return self._value

    def write(self, value: Any) -> None:
        """Write the value, which may be None, to the file at ``uri``.

        Raises:
            ConfigError: the value is not of this artifact's type.
        """
        payload = b"" if value is None else self.checked_payload(value, "the value")
        if value is None:
            self.set_int_custom_property(NULL_KEY, 1)
        filesystem.write_bytes(self.uri, payload)
        self._value, self._loaded = value, True

    @property
    def value(self) -> Any:
        """The value, after ``read()`` or ``write()``."""
        if not self._loaded:
            raise ConfigError("read() must come before value", value=self.uri, hint="call artifact.read() first")
        return self._value

    @value.setter
    def value(self, value: Any) -> None:
        self.write(value)

    def checked_payload(self, value: Any, what: str) -> bytes:
        """The payload for a value that is not None; ConfigError, naming ``what``, where it is of another type."""
        try:
            return self.encode(value)
        except (TypeError, ValueError) as error:
            raise ConfigError(f"{what} cannot be kept as {self.type_name}", value=value, hint=str(error)) from error

    @abstractmethod
    def encode(self, value: Any) -> bytes:
        """The payload for a value; TypeError or ValueError where it is of another type."""

    @abstractmethod
    def decode(self, payload: bytes) -> Any:
        """The value in a payload; ValueError where there is none."""

    @classmethod
    def annotate_as(cls, annotation: type[SystemArtifact] | None = None) -> type[ValueArtifact]:
        """This type with a system base type, under the name ``<type>_<annotation>``; itself without an annotation."""
        if annotation is None:
            return cls
        name = f"{cls.TYPE_NAME}_{annotation.__name__}"
        known = known_class(name)
        if known is not None and issubclass(known, cls):
            return known
        body = {
            "__module__": cls.__module__,
            "__doc__": cls.__doc__,
            "TYPE_NAME": name,
            "TYPE_ANNOTATION": annotation,
        }
        return type(name, (cls,), body)


def _require(value: object, *types: type) -> None:
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise TypeError(f"expected {types[0].__name__}, got {type(value).__name__}")


class Bytes(ValueArtifact):
    """Bytes, as they are."""

    TYPE_NAME = "Bytes"

    def encode(self, value: Any) -> bytes:
        _require(value, bytes)
        return bytes(value)

    def decode(self, payload: bytes) -> bytes:
        return payload


class String(ValueArtifact):
    """Text, in UTF-8."""

    TYPE_NAME = "String"

    def encode(self, value: Any) -> bytes:
        _require(value, str)
        return str(value).encode("utf-8")

    def decode(self, payload: bytes) -> str:
        return payload.decode("utf-8")


class Boolean(ValueArtifact):
    """A boolean: ``1`` or ``0``."""

    TYPE_NAME = "Boolean"

    def encode(self, value: Any) -> bytes:
        _require(value, bool)
        return b"1" if value else b"0"

    def decode(self, payload: bytes) -> bool:
        if payload not in (b"0", b"1"):
            raise ValueError(payload)
        return payload == b"1"


class Integer(ValueArtifact):
    """An integer, in decimal digits."""

    TYPE_NAME = "Integer"

    def encode(self, value: Any) -> bytes:
        _require(value, int)
        return str(value).encode("ascii")

    def decode(self, payload: bytes) -> int:
        return int(payload.decode("ascii"))


class Float(ValueArtifact):
    """A floating-point number: the shortest text that reads back the same; ``Infinity``, ``-Infinity``, ``NaN``."""

    TYPE_NAME = "Float"

    def encode(self, value: Any) -> bytes:
        _require(value, float, int)
        number = float(value)
        if math.isinf(number):
            return b"Infinity" if number > 0 else b"-Infinity"
        return b"NaN" if math.isnan(number) else str(number).encode("ascii")

    def decode(self, payload: bytes) -> float:
        return float(payload.decode("ascii"))


class JsonValue(ValueArtifact):
    """None, a boolean, a number, a text, a list or a dict, as JSON with sorted keys."""

    TYPE_NAME = "JsonValue"

    def encode(self, value: Any) -> bytes:
        return json.dumps(value, sort_keys=True).encode("utf-8")

    def decode(self, payload: bytes) -> Any:
        return json.loads(payload)
