"""What a resolver does in a run: choose among the published artifacts of the pipeline's history."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.artifact_registry import from_store
from gristmill.dsl.channel import BaseChannel, Channel, OutputChannel
from gristmill.dsl.resolver import Resolver
from gristmill.errors import ConfigError
from gristmill.metadata import ListOptions, MetadataStore
from gristmill.orchestration.nodes.output_artifacts import has_properties
from gristmill.orchestration.nodes.session import Session
from gristmill.orchestration.records import record_names as names
from gristmill.orchestration.records.execution_records import NodeRecordKey
from gristmill.orchestration.reuse.search import outputs_of_all
from gristmill.orchestration.run_result import NodeResult, NodeState
from gristmill.orchestration.stops.checkpoint import Point, checkpoint
from gristmill.proto import metadata_store_pb2

__all__ = ["LOOKED_ANEW", "RESOLVER_POINTS", "choice_in_words", "choose_from_history", "resolve_from_history"]

RESOLVER_POINTS = (Point.RESOLVED, Point.PUBLISHED)
_COMPLETE = ListOptions(filter_query="last_known_state = COMPLETE")
LOOKED_ANEW = "it looks at the history anew in every run"


def resolve_from_history(session: Session, node: Resolver, exec_properties: Mapping[str, Any]) -> NodeResult:
    """Choose, and record the choice.

    Raises:
        ConfigError: the strategy cannot do without artifacts that are not there.
    """
    started = time.perf_counter()
    sees_all = session.sees_own_run or session.pipeline.upstream_of(node)
    before = None if sees_all else int(session.run.context.create_time_since_epoch)
    chosen = choose_from_history(session.store, session.pipeline.pipeline_name, node, before)
    checkpoint(node.id, Point.RESOLVED)
    summary = choice_in_words(chosen)
    seconds = time.perf_counter() - started
    with session.cancellation.committing():
        execution = session.records.reuse(
            NodeRecordKey(node.id, node.type),
            inputs={},
            outputs=chosen,
            exec_properties=exec_properties,
            reason=LOOKED_ANEW,
            fingerprint=None,
            reused_execution=0,
            summary=summary,
            seconds=seconds,
            output_event=metadata_store_pb2.Event.INTERNAL_OUTPUT,
            state=metadata_store_pb2.Execution.COMPLETE,
        )
    checkpoint(node.id, Point.PUBLISHED)
    return NodeResult(node.id, NodeState.COMPLETE, LOOKED_ANEW, seconds, tuple(summary), execution.id, chosen)


def choose_from_history(
    store: MetadataStore, pipeline_name: str, node: Resolver, before: int | None
) -> dict[str, list[Artifact]]:
    """What the resolver would choose now, by key. Writes nothing.

    Args:
        before: what was made at this time or later is not seen (ms since 1970-01-01 UTC); None sees everything.

    Raises:
        ConfigError: the strategy cannot do without artifacts that are not there.
    """
    candidates = {key: _candidates(store, pipeline_name, channel, before) for key, channel in node.inputs.items()}
    chosen = node.choose(store, candidates)
    if chosen is None:
        found = ", ".join(f"{len(artifacts)} for {key!r}" for key, artifacts in candidates.items())
        raise ConfigError(
            f"{node.id}: {node.strategy_class.__name__} found no artifacts that will do",
            value=f"candidates: {found}",
            hint="run what makes them first.",
        )
    return chosen


def choice_in_words(chosen: Mapping[str, Sequence[Artifact]]) -> list[str]:
    """What was chosen, key by key, for people."""
    return [_in_words(key, artifacts) for key, artifacts in chosen.items()]


def _in_words(key: str, artifacts: Sequence[Artifact]) -> str:
    if not artifacts:
        return f"no {key} yet"
    return f"{key}: artifact " + ", ".join(str(artifact.id) for artifact in artifacts)


def _candidates(store: MetadataStore, pipeline_name: str, channel: BaseChannel, before: int | None) -> list[Artifact]:
    """The published artifacts of a channel, of all runs of the pipeline, oldest first.

    A resolver that waits for nothing in its own run sees nothing of it, so that its choice does not depend on which of
    two independent nodes is the faster.
    """
    parts = channel.parts
    found = {artifact.id: artifact for part in parts for artifact in _of_part(store, pipeline_name, part)}
    live = [artifact for artifact in found.values() if _is_live(artifact)]
    if before is not None:
        live = [artifact for artifact in live if _created(artifact) < before]
    return sorted(live, key=lambda artifact: artifact.id)


def _of_part(store: MetadataStore, pipeline_name: str, channel: BaseChannel) -> list[Artifact]:
    if isinstance(channel, OutputChannel):
        return _outputs_of_node(store, pipeline_name, channel.producer.id, channel.output_key)
    context = store.get_context_by_type_and_name(names.PIPELINE, pipeline_name)
    if context is None:
        return []
    messages = [message for message in store.get_artifacts_by_context(context.id) if message.type == channel.type_name]
    _, types = store.get_artifacts_and_types_by_artifact_ids([message.id for message in messages[:1]])
    artifacts = [from_store(message, types[0]) for message in messages]
    if not isinstance(channel, Channel):
        return artifacts
    wanted = channel.additional_properties, channel.additional_custom_properties
    return [artifact for artifact in artifacts if has_properties(artifact, *wanted)]


def _outputs_of_node(store: MetadataStore, pipeline_name: str, node_id: str, key: str) -> list[Artifact]:
    context = store.get_context_by_type_and_name(names.NODE, names.node_context_name(pipeline_name, node_id))
    if context is None:
        return []
    # A reuse published nothing new, and there may be thousands of them.
    executions = store.get_executions_by_context(context.id, _COMPLETE)
    outputs = outputs_of_all(store, [execution.id for execution in executions])
    return [artifact for _, output_key, _, artifact in outputs if output_key == key]


def _is_live(artifact: Artifact) -> bool:
    return bool(artifact.mlmd_artifact.state == metadata_store_pb2.Artifact.LIVE)


def _created(artifact: Artifact) -> int:
    return int(artifact.mlmd_artifact.create_time_since_epoch)
