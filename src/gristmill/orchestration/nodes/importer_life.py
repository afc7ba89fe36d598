"""What an importer does in a run: record a payload that exists already as an artifact, or find its record."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.artifact_registry import from_store
from gristmill.dsl.importer import ARTIFACT_URI_KEY, REIMPORT_KEY, Importer
from gristmill.errors import DataError, Place
from gristmill.io import filesystem
from gristmill.metadata import MetadataStore
from gristmill.orchestration.fingerprints.payload import measure
from gristmill.orchestration.nodes.output_artifacts import has_properties, new_outputs
from gristmill.orchestration.nodes.session import Session
from gristmill.orchestration.records.execution_records import Artifacts, NodeRecordKey
from gristmill.orchestration.records.newest_first import literal, newest_artifacts
from gristmill.orchestration.reuse.search import refusal_of
from gristmill.orchestration.run_place import check_holds_no_secret
from gristmill.orchestration.run_result import NodeResult, NodeState
from gristmill.orchestration.stops.checkpoint import Point, checkpoint

__all__ = ["IMPORTER_POINTS", "FoundImport", "find_import", "import_artifact"]

IMPORTER_POINTS = (Point.RESOLVED, Point.KEYED, Point.MEASURED, Point.PUBLISHED)


@dataclass(frozen=True)
class FoundImport:
    """What an importer imports.

    Attributes:
        uri: where the payload is, absolute.
        known: the artifact that stands for it already, if any.
        reason: why that one is taken, or a new one made.
    """

    uri: str
    known: Artifact | None
    reason: str


def find_import(store: MetadataStore, node: Importer, exec_properties: Mapping[str, Any]) -> FoundImport:
    """What the importer would import now, and as what. Writes nothing.

    Raises:
        DataError: nothing is at the URI.
    """
    uri = _absolute(str(exec_properties[ARTIFACT_URI_KEY]))
    check_holds_no_secret(f"{node.id}: the URI of an artifact", uri)
    if not filesystem.exists(uri):
        raise DataError(f"{node.id}: there is nothing to import", place=Place(uri=uri))
    known = None if exec_properties.get(REIMPORT_KEY) else _known_artifact(store, node, uri)
    return FoundImport(
        uri, known, "not imported before" if known is None else f"imported before, as artifact {known.id}"
    )


def import_artifact(session: Session, node: Importer, exec_properties: Mapping[str, Any]) -> NodeResult:
    """Take the newest artifact that is equal in URI, type, properties and bytes; record a new one if there is none.

    Raises:
        DataError: nothing is at the URI.
    """
    started = time.perf_counter()
    found = find_import(session.store, node, exec_properties)
    uri, known, reason = found.uri, found.known, found.reason
    key = next(iter(node.outputs))
    checkpoint(node.id, Point.RESOLVED)
    checkpoint(node.id, Point.KEYED)
    if known is not None:
        state, outputs = NodeState.CACHED, {key: [known]}
        execution_id = _publish_known(session, node, exec_properties, reason, outputs, started)
    else:
        state, outputs = NodeState.COMPLETE, new_outputs(node)
        outputs[key][0].uri = uri
        outputs[key][0].is_external = True
        execution_id = _publish_new(session, node, exec_properties, reason, outputs, started)
    checkpoint(node.id, Point.PUBLISHED)
    return NodeResult(node.id, state, reason, time.perf_counter() - started, (uri,), execution_id, outputs)


def _absolute(uri: str) -> str:
    return os.path.abspath(filesystem.local_path(uri)) if filesystem.is_local(uri) else uri


def _known_artifact(store: MetadataStore, node: Importer, uri: str) -> Artifact | None:
    [channel] = node.outputs.values()
    wanted = channel.additional_properties, channel.additional_custom_properties
    at_uri = f"uri = {literal(uri)} AND type = {literal(channel.type_name)}"
    for message in newest_artifacts(store, passing=at_uri):
        _, types = store.get_artifacts_and_types_by_artifact_ids([message.id])
        artifact = from_store(message, types[0])
        if has_properties(artifact, *wanted) and not refusal_of(artifact):
            return artifact
    return None


def _publish_known(
    session: Session,
    node: Importer,
    exec_properties: Mapping[str, Any],
    reason: str,
    outputs: Artifacts,
    started: float,
) -> int:
    with session.cancellation.committing():
        execution = session.records.reuse(
            NodeRecordKey(node.id, node.type),
            inputs={},
            outputs=outputs,
            exec_properties=exec_properties,
            reason=reason,
            fingerprint=None,
            reused_execution=0,
            summary=_uris(outputs),
            seconds=time.perf_counter() - started,
        )
    return int(execution.id)


def _publish_new(
    session: Session,
    node: Importer,
    exec_properties: Mapping[str, Any],
    reason: str,
    outputs: Artifacts,
    started: float,
) -> int:
    payloads = {key: [measure(artifact.uri) for artifact in artifacts] for key, artifacts in outputs.items()}
    checkpoint(node.id, Point.MEASURED)
    key = NodeRecordKey(node.id, node.type)
    execution = session.records.new(key, exec_properties, reason)
    with session.cancellation.committing():
        session.records.complete(
            execution,
            key,
            outputs=outputs,
            payloads=payloads,
            summary=_uris(outputs),
            seconds=time.perf_counter() - started,
            cache_key="",
        )
    return int(execution.id)


def _uris(outputs: Artifacts) -> list[str]:
    return [artifact.uri for artifacts in outputs.values() for artifact in artifacts]
