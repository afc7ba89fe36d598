"""The artifacts that a node is about to write, and what it has written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.channel import OutputChannel
from gristmill.dsl.node import BaseNode
from gristmill.errors import DataError, Place
from gristmill.orchestration.fingerprints.payload import Payload, measure
from gristmill.proto.metadata_store_pb2 import Value

__all__ = ["has_properties", "measured", "new_outputs"]


def new_outputs(node: BaseNode) -> dict[str, list[Artifact]]:
    """One fresh artifact for each output, with the properties that its channel promises."""
    return {key: [_new_artifact(channel)] for key, channel in node.outputs.items()}


def _new_artifact(channel: OutputChannel) -> Artifact:
    artifact = channel.type()
    for name, value in channel.additional_properties.items():
        setattr(artifact, name, value)
    for name, value in channel.additional_custom_properties.items():
        set_custom_property(artifact, name, value)
    return artifact


def set_custom_property(artifact: Artifact, name: str, value: object) -> None:
    """Set a custom property of whatever plain type."""
    if isinstance(value, int):
        artifact.set_int_custom_property(name, int(value))
    elif isinstance(value, float):
        artifact.set_float_custom_property(name, value)
    elif isinstance(value, str | bytes):
        artifact.set_string_custom_property(name, value if isinstance(value, str) else value.decode("utf-8"))
    else:
        artifact.set_json_value_custom_property(name, value)


def has_properties(artifact: Artifact, properties: Mapping[str, object], custom: Mapping[str, object]) -> bool:
    """Whether an artifact has all of these declared and custom properties, with these values."""
    wanted = type(artifact)()
    for name, value in properties.items():
        setattr(wanted, name, value)
    for name, value in custom.items():
        set_custom_property(wanted, name, value)
    return _contains(artifact.mlmd_artifact.properties, wanted.mlmd_artifact.properties) and _contains(
        artifact.mlmd_artifact.custom_properties, wanted.mlmd_artifact.custom_properties
    )


def _contains(stored: Mapping[str, Value], wanted: Mapping[str, Value]) -> bool:
    return all(name in stored and stored[name] == value for name, value in wanted.items())


def measured(node_id: str, outputs: Mapping[str, Sequence[Artifact]]) -> dict[str, list[Payload]]:
    """What lies under each output's URI.

    Raises:
        DataError: nothing lies there.
    """
    return {key: [_measured(node_id, key, artifact) for artifact in artifacts] for key, artifacts in outputs.items()}


def _measured(node_id: str, key: str, artifact: Artifact) -> Payload:
    try:
        return measure(artifact.uri)
    except FileNotFoundError:
        raise DataError(
            f"{node_id} returned without writing its output {key!r}",
            place=Place(uri=artifact.uri),
            hint=f"write a payload at the artifact's uri, or remove the artifact from output_dict[{key!r}].",
        ) from None
