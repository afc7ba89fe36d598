"""What a resolver does in a run: choose among the published artifacts of the pipeline's history."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from gristmill.orchestration.records.newest_first import literal, newest_first
from gristmill.orchestration.records.run_records import int_of
from gristmill.orchestration.reuse.search import output_events, paths_of
from gristmill.orchestration.run_result import NodeResult, NodeState
from gristmill.orchestration.stops.checkpoint import Point, checkpoint
from gristmill.proto import metadata_store_pb2

__all__ = ["LOOKED_ANEW", "RESOLVER_POINTS", "choice_in_words", "choose_from_history", "resolve_from_history"]

RESOLVER_POINTS = (Point.RESOLVED, Point.PUBLISHED)
_FIRST_LOOK = 10  # artifacts of each channel: mostly one of the newest is chosen
_GROWTH = 10  # where they do not decide, so many times as many are looked at
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
    candidates = _candidates(store, pipeline_name, node, before)
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


def _candidates(
    store: MetadataStore, pipeline_name: str, node: Resolver, before: int | None
) -> dict[str, list[Artifact]]:
    """The published artifacts of each channel, of all runs of the pipeline, oldest first; or as many as decide.

    A resolver that waits for nothing in its own run sees nothing of it, so that its choice does not depend on which of
    two independent nodes is the faster.
    """
    looked_at = _FIRST_LOOK
    while True:
        found = {key: _newest(store, pipeline_name, channel, before, looked_at) for key, channel in node.inputs.items()}
        back_to = max(each.back_to for each in found.values())
        candidates = {key: [each for each in newest.artifacts if each.id >= back_to] for key, newest in found.items()}
        if back_to == 0 or node.is_decided_by(candidates):
            return candidates
        looked_at *= _GROWTH


@dataclass(frozen=True)
class _Newest:
    """Published artifacts of a channel, oldest first.

    Attributes:
        artifacts: some of the newest.
        back_to: all of the channel with this id and higher ones are among them.
    """

    artifacts: Sequence[Artifact]
    back_to: int


def _newest(
    store: MetadataStore, pipeline_name: str, channel: BaseChannel, before: int | None, looked_at: int
) -> _Newest:
    """Of each part of the channel, what is published among so many of its newest artifacts."""
    parts = [_newest_of_part(store, pipeline_name, part, before, looked_at) for part in channel.parts]
    artifacts = {artifact.id: artifact for part in parts for artifact in part.artifacts}
    return _Newest([artifacts[id_] for id_ in sorted(artifacts)], max(part.back_to for part in parts))


def _newest_of_part(
    store: MetadataStore, pipeline_name: str, channel: BaseChannel, before: int | None, looked_at: int
) -> _Newest:
    if isinstance(channel, OutputChannel):
        return _newest_of_node(store, pipeline_name, channel, before, looked_at)
    context = store.get_context_by_type_and_name(names.PIPELINE, pipeline_name)
    if context is None:
        return _Newest([], 0)
    messages = store.get_artifacts_by_context(context.id, _published(channel, before, looked_at))
    artifacts = _artifacts(store, messages)
    if isinstance(channel, Channel):
        wanted = channel.additional_properties, channel.additional_custom_properties
        artifacts = [artifact for artifact in artifacts if has_properties(artifact, *wanted)]
    return _Newest(artifacts, messages[-1].id if len(messages) == looked_at else 0)


def _newest_of_node(
    store: MetadataStore, pipeline_name: str, channel: OutputChannel, before: int | None, looked_at: int
) -> _Newest:
    context = store.get_context_by_type_and_name(
        names.NODE, names.node_context_name(pipeline_name, channel.producer.id)
    )
    if context is None:
        return _Newest([], 0)
    makers, are_all = _newest_makers(store, context.id, looked_at)
    events = output_events(store, makers)
    keys = {event.artifact_id: [key for key, _ in paths_of(event)] for event in events}
    messages = store.get_artifacts_by_context(context.id, _published(channel, before, looked_at))
    found = [message for message in messages if channel.output_key in keys.get(message.id, ())]
    # What else is in the node's context is an input of it, or an output of an execution that was not looked at.
    unknown = (message.id for message in messages if message.id not in keys and not are_all)
    back_to = messages[-1].id if len(messages) == looked_at else 0
    return _Newest(_artifacts(store, found), next((id_ + 1 for id_ in unknown), back_to))


def _newest_makers(store: MetadataStore, context_id: int, looked_at: int) -> tuple[list[int], bool]:
    """Executions of a node that published something new, and whether these are all.

    There may be thousands of reuses behind the newest of them: these name what they reused.
    """
    if looked_at > _FIRST_LOOK:
        complete = newest_first(looked_at, "last_known_state = COMPLETE")
        executions = store.get_executions_by_context(context_id, complete)
        makers = {execution.id for execution in executions}
    else:
        executions = store.get_executions_by_context(context_id, newest_first(looked_at))
        makers = {int_of(execution, names.REUSED_EXECUTION) for execution in executions} - {0}
        makers |= {each.id for each in executions if each.last_known_state == metadata_store_pb2.Execution.COMPLETE}
    return sorted(makers), len(executions) < looked_at


def _published(channel: BaseChannel, before: int | None, looked_at: int) -> ListOptions:
    """The newest published artifacts of the type of a channel."""
    earlier = "" if before is None else f" AND create_time_since_epoch < {before}"
    return newest_first(looked_at, f"type = {literal(channel.type_name)} AND state = LIVE{earlier}")


def _artifacts(store: MetadataStore, messages: Sequence[metadata_store_pb2.Artifact]) -> list[Artifact]:
    types = {type_.id: type_ for type_ in store.get_artifact_types_by_id({message.type_id for message in messages})}
    return [from_store(message, types[message.type_id]) for message in messages]
