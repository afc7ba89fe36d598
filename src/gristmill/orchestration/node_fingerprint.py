"""The fingerprint of a component in a run: component, parameters, inputs and code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import message

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.base_component import BaseComponent
from gristmill.errors import DataError, Place
from gristmill.orchestration import record_names as names
from gristmill.orchestration.code_identity import code_of_parameters
from gristmill.orchestration.definition_code import add_sources
from gristmill.orchestration.execution_records import gristmill_version
from gristmill.orchestration.external_inputs import FileIdentity
from gristmill.orchestration.fingerprint import Fingerprint
from gristmill.orchestration.node_executor import code_of_executor
from gristmill.orchestration.payload import Payload, measure, refusal
from gristmill.orchestration.run_records import text_of
from gristmill.proto import metadata_store_pb2
from gristmill.redaction import without_secrets

__all__ = ["fingerprint_of"]

# How an artifact was stored says nothing about what it is.
_BOOKKEEPING = frozenset({"state", names.FAMILY_VERSION})


def fingerprint_of(
    pipeline_name: str,
    node: BaseComponent,
    inputs: Mapping[str, Sequence[Artifact]],
    exec_properties: Mapping[str, Any],
    files: Mapping[str, FileIdentity],
) -> Fingerprint:
    """The fingerprint of what the node would do now.

    Args:
        pipeline_name: the pipeline.
        node: the component.
        inputs: its input artifacts.
        exec_properties: its parameters, placeholders resolved.
        files: what it reads from outside the pipeline.

    Inputs count by what they hold (type, properties, digest of the bytes), not by their ids: a node whose inputs were
    made anew and came out the same is reused.

    Raises:
        DataError: the payload of an input is gone.
        ConfigError: a module does not exist, or a parameter has no canonical form.
    """
    parts: dict[str, object] = {
        "node": [pipeline_name, node.id],
        "component": node.type,
        "gristmill": gristmill_version(),
    }
    for key, value in exec_properties.items():
        parts[f"parameter {key}"] = value
    for key, artifacts in inputs.items():
        parts[f"input {key}"] = [_identity(key, artifact) for artifact in artifacts]
    for key, channel in node.outputs.items():
        promised = {**channel.additional_properties, **channel.additional_custom_properties}
        parts[f"output {key}"] = [channel.type_name, promised]
    for uri, identity in files.items():
        parts[f"file {without_secrets(uri)}"] = identity.digest  # the name is recorded and shown
    code = code_of_executor(node)
    add_sources(code, code_of_parameters(exec_properties))
    for name, source in code.items():
        parts[f"code {name}"] = source
    return Fingerprint.of(parts)


def _identity(key: str, artifact: Artifact) -> list[object]:
    stored = artifact.mlmd_artifact
    custom = {name: value for name, value in stored.custom_properties.items() if _says_something(artifact, name)}
    return [artifact.type_name, _values(stored.properties), _values(custom), _digest(key, artifact)]


def _says_something(artifact: Artifact, property_name: str) -> bool:
    told_otherwise = _BOOKKEEPING | artifact.PROVENANCE
    return property_name not in told_otherwise and not property_name.startswith(names.OWN_PREFIX)


def _values(properties: Mapping[str, metadata_store_pb2.Value]) -> dict[str, object]:
    return {name: _plain(getattr(value, str(value.WhichOneof("value")))) for name, value in properties.items()}


def _plain(value: object) -> object:
    return value.SerializeToString(deterministic=True) if isinstance(value, message.Message) else value


def _digest(key: str, artifact: Artifact) -> str:
    """The digest of an artifact's bytes as they are now; the recorded one where it is proved to hold still."""
    stored = artifact.mlmd_artifact
    recorded = Payload(text_of(stored, names.PAYLOAD_DIGEST), text_of(stored, names.MANIFEST))
    if not refusal(artifact.uri, recorded, may_be_link=artifact.is_external):
        return recorded.digest
    try:
        return measure(artifact.uri).digest
    except FileNotFoundError:
        raise DataError(
            f"the payload of the input {key!r} is gone",
            place=Place(uri=artifact.uri),
            hint=f"restore it, or make it anew: it is artifact {artifact.id} in the store (gristmill lineage).",
        ) from None
