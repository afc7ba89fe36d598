"""The Importer brings a payload that exists already into a pipeline, as an artifact.

It does no work: the runner records an artifact with the given URI, or reuses the newest one that is equal in URI, type
and properties.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gristmill.did_you_mean import did_you_mean
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.artifact_property import write_value
from gristmill.dsl.channel import Channel
from gristmill.dsl.node import BaseNode
from gristmill.dsl.placeholder.expression import Placeholder
from gristmill.errors import ConfigError

__all__ = ["ARTIFACT_URI_KEY", "DEFAULT_OUTPUT_KEY", "OUTPUT_KEY_KEY", "REIMPORT_KEY", "Importer"]

DEFAULT_OUTPUT_KEY = "result"
ARTIFACT_URI_KEY = "artifact_uri"
REIMPORT_KEY = "reimport"
OUTPUT_KEY_KEY = "output_key"


class Importer(BaseNode):
    """A node whose output is a payload that exists already.

    Args:
        source_uri: where the payload is; may be a RuntimeParameter.
        artifact_type: the class of the artifact.
        reimport: record a new artifact in each run instead of reusing an equal one.
        properties: values of declared properties.
        custom_properties: int, str or bytes values of custom properties.
        output_key: the key of the output; ``"result"`` where it is not given.

    Raises:
        ConfigError: a property is not declared by the type or has a value of another type.
    """

    def __init__(
        self,
        source_uri: str | Placeholder,
        artifact_type: type[Artifact],
        reimport: bool = False,
        properties: Mapping[str, Any] | None = None,
        custom_properties: Mapping[str, int | str | bytes] | None = None,
        output_key: str | None = None,
    ) -> None:
        if not isinstance(source_uri, str | Placeholder) or (isinstance(source_uri, str) and not source_uri):
            raise ConfigError(
                "Importer needs the URI of the payload", value=source_uri, hint="pass source_uri='/path/of/the/payload'"
            )
        key = output_key or DEFAULT_OUTPUT_KEY
        output = Channel(
            artifact_type,
            additional_properties=_checked_properties(artifact_type, properties or {}),
            additional_custom_properties=_checked_custom_properties(custom_properties or {}),
        )
        exec_properties = {ARTIFACT_URI_KEY: source_uri, REIMPORT_KEY: int(reimport), OUTPUT_KEY_KEY: key}
        super().__init__({}, {key: output}, exec_properties)
        self.source_uri = source_uri
        self.artifact_type = artifact_type
        self.reimport = reimport


def _checked_properties(artifact_type: type[Artifact], properties: Mapping[str, Any]) -> dict[str, Any]:
    declared = artifact_type.PROPERTIES or {}
    scratch = artifact_type().mlmd_artifact.properties
    for key, value in properties.items():
        if key not in declared:
            raise ConfigError(
                f"{artifact_type.TYPE_NAME} has no property {key!r}",
                hint=f"{did_you_mean(key, declared)} (undeclared ones go into custom_properties)",
            )
        write_value(scratch, key, declared[key].type, value, f"{artifact_type.TYPE_NAME}.{key}")
    return dict(properties)


def _checked_custom_properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    for key, value in properties.items():
        if isinstance(value, bool) or not isinstance(value, int | str | bytes):
            raise ConfigError(
                f"the custom property {key!r} takes an int, str or bytes",
                value=value,
                hint="write other values as text",
            )
    return dict(properties)
