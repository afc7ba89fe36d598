"""Placeholders for artifacts: of an input, of an output, or of a channel, and for what belongs to an artifact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gristmill.dsl.placeholder.expression import Placeholder
from gristmill.dsl.placeholder.scope import Scope
from gristmill.errors import ConfigError

if TYPE_CHECKING:
    from gristmill.dsl.artifact import Artifact
    from gristmill.dsl.channel import BaseChannel

__all__ = ["ArtifactListPlaceholder", "ArtifactPlaceholder", "ArtifactValue"]

_INPUT, _OUTPUT, _CHANNEL = "input", "output", "channel"


@dataclass(frozen=True, eq=False)
class ArtifactListPlaceholder(Placeholder):
    """The artifacts of one input, output or channel. Without an index, ``uri`` and the like mean the first."""

    source: str
    key: str = ""
    channel: BaseChannel | None = None

    @classmethod
    def of_input(cls, key: str) -> ArtifactListPlaceholder:
        """The artifacts of the node's input."""
        return cls(_INPUT, key)

    @classmethod
    def of_output(cls, key: str) -> ArtifactListPlaceholder:
        """The artifacts of the node's output."""
        return cls(_OUTPUT, key)

    @classmethod
    def of_channel(cls, channel: BaseChannel) -> ArtifactListPlaceholder:
        """The artifacts of a channel."""
        return cls(_CHANNEL, "", channel)

    def __getitem__(self, index: int) -> ArtifactPlaceholder:
        return ArtifactPlaceholder(self, index)

    @property
    def uri(self) -> Placeholder:
        """The URI of the first artifact."""
        return self[0].uri

    @property
    def value(self) -> ArtifactValue:
        """The value of the first artifact."""
        return self[0].value

    def split_uri(self, split: str) -> Placeholder:
        """The directory of a split of the first artifact."""
        return self[0].split_uri(split)

    def property(self, key: str) -> Placeholder:
        """A declared property of the first artifact."""
        return self[0].property(key)

    def custom_property(self, key: str) -> Placeholder:
        """A custom property of the first artifact."""
        return self[0].custom_property(key)

    def value_in(self, scope: Scope) -> Sequence[Artifact]:
        if self.channel is not None:
            if scope.channel_artifacts is None:
                raise ConfigError(
                    "the artifacts of a channel are not known here",
                    value=self.channel,
                    hint="refer to the node's own inputs",
                )
            return scope.channel_artifacts(self.channel)
        known = scope.inputs if self.source == _INPUT else scope.outputs
        if known is None or self.key not in known:
            raise ConfigError(
                f"there is no {self.source} {self.key!r} here",
                hint=f"the {self.source}s are: " + (", ".join(sorted(known or {})) or "none"),
            )
        return known[self.key]


@dataclass(frozen=True, eq=False)
class ArtifactPlaceholder(Placeholder):
    """One artifact."""

    artifacts: ArtifactListPlaceholder
    index: int

    def value_in(self, scope: Scope) -> Artifact | None:
        artifacts = self.artifacts.value_in(scope)
        return artifacts[self.index] if -len(artifacts) <= self.index < len(artifacts) else None

    @property
    def uri(self) -> Placeholder:
        """Where the payload is."""
        return ArtifactUri(self)

    def split_uri(self, split: str) -> Placeholder:
        """The directory of a split."""
        return ArtifactSplitUri(self, split)

    @property
    def value(self) -> ArtifactValue:
        """The value that a value artifact holds; ``[key]`` and ``[index]`` reach into JSON values."""
        if self.artifacts.source == _OUTPUT:
            raise ConfigError(
                "an output has no value before the node has run",
                value=self.artifacts.key,
                hint="refer to an input, or to another node's output by .future()",
            )
        return ArtifactValue(self)

    # Named as in the TFX family; the built-in of that name is not needed below this line.
    def property(self, key: str) -> Placeholder:
        """A declared property."""
        return ArtifactProperty(self, key, custom=False)

    def custom_property(self, key: str) -> Placeholder:
        """A custom property."""
        return ArtifactProperty(self, key, custom=True)


@dataclass(frozen=True, eq=False)
class ArtifactUri(Placeholder):
    """The URI of an artifact."""

    artifact: ArtifactPlaceholder

    def value_in(self, scope: Scope) -> str | None:
        artifact = self.artifact.value_in(scope)
        return artifact.uri if artifact is not None else None


@dataclass(frozen=True, eq=False)
class ArtifactSplitUri(Placeholder):
    """The directory of a split of an artifact."""

    artifact: ArtifactPlaceholder
    split: str

    def value_in(self, scope: Scope) -> str | None:
        from gristmill.dsl.splits import split_uri  # splits need artifacts, which placeholders only name

        artifact = self.artifact.value_in(scope)
        return split_uri(artifact, self.split) if artifact is not None else None


@dataclass(frozen=True, eq=False)
class ArtifactProperty(Placeholder):
    """A property of an artifact; None where it was not set."""

    artifact: ArtifactPlaceholder
    key: str
    custom: bool

    def value_in(self, scope: Scope) -> Any:
        from gristmill.dsl.artifact_property import PropertyType, read_value

        artifact = self.artifact.value_in(scope)
        if artifact is None:
            return None
        message = artifact.mlmd_artifact
        values = message.custom_properties if self.custom else message.properties
        if self.key not in values:
            return None
        kinds = {
            "int_value": PropertyType.INT,
            "double_value": PropertyType.FLOAT,
            "string_value": PropertyType.STRING,
            "bool_value": PropertyType.BOOLEAN,
            "struct_value": PropertyType.JSON_VALUE,
            "proto_value": PropertyType.PROTO,
        }
        return read_value(values, self.key, kinds[str(values[self.key].WhichOneof("value"))])


@dataclass(frozen=True, eq=False)
class ArtifactValue(Placeholder):
    """The value that a value artifact holds, or a part of it."""

    artifact: ArtifactPlaceholder
    path: tuple[str | int, ...] = ()

    def __getitem__(self, key: str | int) -> ArtifactValue:
        return ArtifactValue(self.artifact, (*self.path, key))

    def value_in(self, scope: Scope) -> Any:
        from gristmill.dsl.value_artifacts import ValueArtifact

        artifact = self.artifact.value_in(scope)
        if artifact is None:
            return None
        if not isinstance(artifact, ValueArtifact):
            raise ConfigError(
                "only value artifacts (String, Integer, Float, Boolean, Bytes, JsonValue) have a value",
                value=artifact.type_name,
                hint="use .uri",
            )
        return reach(artifact.read(), self.path)


def reach(value: Any, path: Sequence[str | int]) -> Any:
    """The part of a JSON value under a path of keys and indices.

    Raises:
        ConfigError: there is no such part.
    """
    for step in path:
        if isinstance(value, Mapping) and step in value:
            value = value[str(step)]
        elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
        else:
            raise ConfigError(
                f"the value has no part {step!r}", value=value, hint="look at what the producing node returned"
            )
    return value
