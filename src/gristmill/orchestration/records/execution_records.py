"""The executions of a run as the store knows them: each is registered, then published in one transaction.

An execution is linked to the contexts of its pipeline, its run and its node; one that may be reused is linked to the
context of its fingerprint as well. Its inputs and outputs are events with the path [key, index].
"""

from __future__ import annotations

import importlib.metadata
import json
import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from gristmill.dsl.artifact import Artifact, ArtifactState
from gristmill.metadata import MetadataStore
from gristmill.orchestration.fingerprints.fingerprint import Fingerprint
from gristmill.orchestration.fingerprints.payload import Payload
from gristmill.orchestration.records import record_names as names
from gristmill.orchestration.records.process_identity import current_process
from gristmill.orchestration.records.run_records import ContextTypes, RunRecord, set_owner
from gristmill.proto import metadata_store_pb2
from gristmill.redaction import without_secrets_in_property

__all__ = ["Artifacts", "ExecutionRecords", "NodeRecordKey", "gristmill_version"]

Artifacts = Mapping[str, Sequence[Artifact]]
_PairedEvent = tuple[metadata_store_pb2.Artifact | None, metadata_store_pb2.Event]

_BY_DIGEST = (names.FINGERPRINT_PARTS, names.EXTERNAL_FILES)  # names that are without secrets already, and digests

_Event = metadata_store_pb2.Event
_State = metadata_store_pb2.Execution


@dataclass(frozen=True)
class NodeRecordKey:
    """Which node an execution is of.

    Attributes:
        node_id: the node.
        type_name: the class path of the node, which names the execution type.
    """

    node_id: str
    type_name: str


@dataclass(frozen=True)
class ExecutionRecords:
    """Writes the executions of one run."""

    store: MetadataStore
    types: ContextTypes
    run: RunRecord

    def begin(
        self,
        node: NodeRecordKey,
        *,
        inputs: Artifacts,
        exec_properties: Mapping[str, object],
        reason: str,
        fingerprint: Fingerprint | None,
    ) -> metadata_store_pb2.Execution:
        """Register an execution in the state RUNNING, owned by this process; it gets its id."""
        execution = self.new(node, exec_properties, reason, fingerprint)
        execution.last_known_state = _State.RUNNING
        set_owner(execution, current_process())
        self._put(execution, node, _input_events(inputs))
        return execution

    def complete(
        self,
        execution: metadata_store_pb2.Execution,
        node: NodeRecordKey,
        *,
        outputs: Artifacts,
        payloads: Mapping[str, Sequence[Payload]],
        summary: Sequence[str],
        seconds: float,
        cache_key: str,
    ) -> None:
        """Publish an execution with its outputs, in one transaction. The artifacts get their ids.

        Args:
            execution: one that ``begin`` has registered, or a new one.
            payloads: for each output artifact, what is stored under its URI.
            cache_key: the fingerprint by which it can be found for reuse; empty when it must not be.
        """
        execution.last_known_state = _State.COMPLETE
        _write_result(execution, summary, seconds)
        pairs: list[_PairedEvent] = []
        for key, artifacts in outputs.items():
            for index, artifact in enumerate(artifacts):
                self._prepare(artifact, payloads[key][index])
                pairs.append((artifact.mlmd_artifact, _event(_Event.OUTPUT, [(key, index)])))
        ids = self._put(execution, node, pairs, cache_key)
        published = [artifact for artifacts in outputs.values() for artifact in artifacts]
        for artifact, artifact_id in zip(published, ids, strict=True):
            artifact.id = artifact_id

    def reuse(
        self,
        node: NodeRecordKey,
        *,
        inputs: Artifacts,
        outputs: Artifacts,
        exec_properties: Mapping[str, object],
        reason: str,
        fingerprint: Fingerprint | None,
        reused_execution: int,
        summary: Sequence[str],
        seconds: float,
        output_event: int = _Event.OUTPUT,
        state: int = _State.CACHED,
    ) -> metadata_store_pb2.Execution:
        """Record, in one transaction, an execution whose outputs are artifacts that exist already."""
        execution = self.new(node, exec_properties, reason, fingerprint)
        execution.last_known_state = state  # type: ignore[assignment]
        if reused_execution:
            execution.custom_properties[names.REUSED_EXECUTION].int_value = reused_execution
        _write_result(execution, summary, seconds)
        self._put(execution, node, [*_input_events(inputs), *_linking_events(output_event, outputs)])
        return execution

    def close(self, execution: metadata_store_pb2.Execution, state: int, error: str, seconds: float) -> None:
        """Record that an execution FAILED or was CANCELED, and why."""
        _write_end(execution, state, error, seconds)
        _mask(execution.custom_properties)
        self.store.put_executions([execution])

    def refuse(self, node: NodeRecordKey, error: str, seconds: float) -> metadata_store_pb2.Execution:
        """Record, in one transaction, that a node FAILED before it had an execution."""
        execution = self.new(node, {})
        _write_end(execution, _State.FAILED, error, seconds)
        self._put(execution, node, [])
        return execution

    def new(
        self,
        node: NodeRecordKey,
        exec_properties: Mapping[str, object],
        reason: str = "",
        fingerprint: Fingerprint | None = None,
    ) -> metadata_store_pb2.Execution:
        """An execution that the store does not know of so far."""
        type_id = self.store.put_execution_type(
            metadata_store_pb2.ExecutionType(name=node.type_name), can_add_fields=True, can_omit_fields=True
        )
        execution = metadata_store_pb2.Execution(type_id=type_id, name=str(uuid.uuid4()))
        for key, value in exec_properties.items():
            _write_value(execution.custom_properties, key, value)
        properties = execution.custom_properties
        properties[names.NODE_NAME].string_value = node.node_id
        properties[names.RUN_ID].string_value = self.run.run_id
        properties[names.NUMBER].int_value = self.run.number
        properties[names.REASON].string_value = reason
        if fingerprint is not None:
            properties[names.FINGERPRINT_PARTS].string_value = json.dumps(dict(fingerprint.parts))
        return execution

    def _prepare(self, artifact: Artifact, payload: Payload) -> None:
        """Make an output artifact ready to be stored."""
        kind = metadata_store_pb2.ArtifactType()
        kind.CopyFrom(artifact.artifact_type)
        kind.ClearField("id")
        type_id = self.store.put_artifact_type(kind, can_add_fields=True, can_omit_fields=True)
        kind.id = type_id
        artifact.set_mlmd_artifact_type(kind)
        artifact.state = ArtifactState.PUBLISHED
        artifact.set_string_custom_property(names.PAYLOAD_DIGEST, payload.digest)
        artifact.set_string_custom_property(names.MANIFEST, payload.manifest)
        artifact.set_string_custom_property(names.VERSION, gristmill_version())
        artifact.set_string_custom_property(names.FAMILY_VERSION, names.FAMILY_VERSION_VALUE)
        _mask(artifact.mlmd_artifact.properties)
        _mask(artifact.mlmd_artifact.custom_properties)

    def _put(
        self,
        execution: metadata_store_pb2.Execution,
        node: NodeRecordKey,
        pairs: Sequence[_PairedEvent],
        cache_key: str = "",
    ) -> list[int]:
        _mask(execution.custom_properties)
        execution_id, artifact_ids, _ = self.store.put_execution(
            execution,
            pairs,
            self._contexts(node, cache_key),
            reuse_context_if_already_exist=True,
        )
        execution.id = execution_id
        return list(artifact_ids)

    def _contexts(self, node: NodeRecordKey, cache_key: str) -> list[metadata_store_pb2.Context]:
        pipeline = self.run.pipeline_name
        wanted = [
            (self.types.pipeline, pipeline),
            (self.types.pipeline_run, self.run.run_id),
            (self.types.node, names.node_context_name(pipeline, node.node_id)),
        ]
        if cache_key:
            wanted.append((self.types.execution_cache, cache_key))
        return [metadata_store_pb2.Context(type_id=type_id, name=name) for type_id, name in wanted]


@cache
def gristmill_version() -> str:
    """The version of this package, as installed."""
    return importlib.metadata.version("gristmill")


def _write_result(execution: metadata_store_pb2.Execution, summary: Sequence[str], seconds: float) -> None:
    execution.custom_properties[names.SUMMARY].string_value = json.dumps(list(summary))
    execution.custom_properties[names.SECONDS].double_value = seconds


def _write_end(execution: metadata_store_pb2.Execution, state: int, error: str, seconds: float) -> None:
    execution.last_known_state = state  # type: ignore[assignment]
    execution.custom_properties[names.ERROR].string_value = error
    execution.custom_properties[names.SECONDS].double_value = seconds


def _mask(properties: Mapping[str, metadata_store_pb2.Value]) -> None:
    """Take the secrets out of what is about to be stored: whoever can read the store would have them."""
    for name, value in properties.items():
        if value.WhichOneof("value") == "string_value" and name not in _BY_DIGEST:
            value.string_value = without_secrets_in_property(name, value.string_value)


def _write_value(properties: Mapping[str, metadata_store_pb2.Value], key: str, value: object) -> None:
    """One exec property as the family stores it: numbers and text as they are, anything else as JSON text.

    So are numbers that databases do not hold: NaN, infinities, integers past 64 bits.
    """
    if value is None:
        return
    if isinstance(value, bool):
        properties[key].bool_value = value
    elif isinstance(value, int) and -(2**63) <= value < 2**63:
        properties[key].int_value = value
    elif isinstance(value, float) and math.isfinite(value):
        properties[key].double_value = value
    elif isinstance(value, str):
        properties[key].string_value = value
    elif isinstance(value, bytes):
        properties[key].string_value = value.hex()
    else:
        properties[key].string_value = json.dumps(value, sort_keys=True)


def _input_events(inputs: Artifacts) -> list[_PairedEvent]:
    return _linking_events(_Event.INPUT, inputs)


def _linking_events(kind: int, artifacts: Artifacts) -> list[_PairedEvent]:
    """Events for artifacts that are in the store; one artifact under several keys has one event with several paths."""
    paths: dict[int, list[tuple[str, int]]] = {}
    for key, items in artifacts.items():
        for index, artifact in enumerate(items):
            paths.setdefault(artifact.id, []).append((key, index))
    return [(None, _event(kind, steps, artifact_id)) for artifact_id, steps in paths.items()]


def _event(kind: int, paths: Sequence[tuple[str, int]], artifact_id: int | None = None) -> metadata_store_pb2.Event:
    event = metadata_store_pb2.Event(type=kind)  # type: ignore[arg-type]
    if artifact_id is not None:
        event.artifact_id = artifact_id
    for key, index in paths:
        event.path.steps.add(key=key)
        event.path.steps.add(index=index)
    return event
