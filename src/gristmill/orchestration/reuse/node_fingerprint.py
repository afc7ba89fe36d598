"""The fingerprint of a component in a run: component, parameters, inputs and code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import message

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.channel import OutputChannel
from gristmill.dsl.user_module import module_closure
from gristmill.errors import DataError, Place
from gristmill.orchestration.fingerprints.code_identity import code_of_parameters
from gristmill.orchestration.fingerprints.definition_code import add_sources
from gristmill.orchestration.fingerprints.external_inputs import FileIdentity, without_secret_names
from gristmill.orchestration.fingerprints.fingerprint import Fingerprint, parts_of_kind
from gristmill.orchestration.fingerprints.node_executor import code_of_executor, executor_class_of
from gristmill.orchestration.fingerprints.payload import Payload, measure, refusal
from gristmill.orchestration.records import record_names as names
from gristmill.orchestration.records.execution_records import gristmill_version
from gristmill.orchestration.records.run_records import text_of
from gristmill.proto import metadata_store_pb2

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
    code = code_of_executor(node)
    add_sources(code, code_of_parameters(exec_properties))
    for module in executor_class_of(node).user_modules(dict(exec_properties)):
        add_sources(code, module_closure(module))
    return Fingerprint.of(
        {
            "node": [pipeline_name, node.id],
            "component": node.type,
            "gristmill": gristmill_version(),
            **parts_of_kind("parameter", exec_properties),
            **parts_of_kind("input", {key: [_identity(key, each) for each in found] for key, found in inputs.items()}),
            **parts_of_kind("output", {key: _promise(channel) for key, channel in node.outputs.items()}),
            **parts_of_kind("file", {name: file.digest for name, file in without_secret_names(files).items()}),
            **parts_of_kind("code", code),
        }
    )


def _promise(channel: OutputChannel) -> list[object]:
    return [channel.type_name, {**channel.additional_properties, **channel.additional_custom_properties}]


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
