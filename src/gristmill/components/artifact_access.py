"""The artifacts under a key of an executor's inputs or outputs, with the type that the spec declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar, cast

from gristmill.dsl.artifact import Artifact
from gristmill.errors import ConfigError

__all__ = ["each", "only", "only_or_none"]

_Kind = TypeVar("_Kind", bound=Artifact)
_Artifacts = Mapping[str, Sequence[Artifact]]


def each(artifacts: _Artifacts, key: str, kind: type[_Kind]) -> list[_Kind]:
    """All artifacts under a key; none where it is not there. The spec has seen to it that they are of this kind."""
    del kind
    return cast("list[_Kind]", list(artifacts.get(key) or []))


def only(artifacts: _Artifacts, key: str, kind: type[_Kind]) -> _Kind:
    """The one artifact under a key.

    Raises:
        ConfigError: there is none, or there are several.
    """
    artifact = only_or_none(artifacts, key, kind)
    if artifact is None:
        raise ConfigError(
            f"{key!r} must hold an artifact, and is empty", hint="what should feed this input made nothing"
        )
    return artifact


def only_or_none(artifacts: _Artifacts, key: str, kind: type[_Kind]) -> _Kind | None:
    """The one artifact under the key of an optional input; None where it is empty or not connected.

    Raises:
        ConfigError: there are several.
    """
    found = each(artifacts, key, kind)
    if len(found) > 1:
        raise ConfigError(
            f"the input {key!r} takes one artifact",
            value=[artifact.uri for artifact in found],
            hint="choose one with a Resolver in front, for example by LatestArtifactStrategy",
        )
    return found[0] if found else None
