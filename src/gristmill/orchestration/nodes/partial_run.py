"""Running a part of a pipeline: which nodes run, and what stands for those before them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.node import BaseNode
from gristmill.dsl.pipeline import Pipeline
from gristmill.errors import ConfigError
from gristmill.metadata import MetadataStore
from gristmill.orchestration.nodes.session import Session
from gristmill.orchestration.records import record_names as names
from gristmill.orchestration.records.execution_records import NodeRecordKey
from gristmill.orchestration.records.newest_first import literal, newest_executions
from gristmill.orchestration.records.stored_result import run_number_of, summary_of
from gristmill.orchestration.reuse.search import outputs_of, refusal_of, reused_execution
from gristmill.orchestration.run_result import NodeResult, NodeState
from gristmill.orchestration.run_settings import RunOptions
from gristmill.proto import metadata_store_pb2

__all__ = ["NOT_CHOSEN", "Selection", "StandIn", "find_stand_in", "stand_in"]

NOT_CHOSEN = "not among the chosen nodes"

_GOOD = (metadata_store_pb2.Execution.COMPLETE, metadata_store_pb2.Execution.CACHED)


@dataclass(frozen=True)
class Selection:
    """Which nodes of a pipeline a run is about.

    Attributes:
        chosen: ids of the nodes that run.
        stand_ins: ids of the nodes just before them, whose earlier outputs are taken.
        base_run_id: the run to take them from; empty takes each node's newest.
    """

    chosen: frozenset[str]
    stand_ins: frozenset[str]
    base_run_id: str = ""

    @classmethod
    def of(cls, pipeline: Pipeline, options: RunOptions) -> Selection:
        """What lies behind ``from_nodes`` and before ``to_nodes``, both included.

        Raises:
            ConfigError: a node is not in the pipeline, or nothing lies between.
        """
        first = _reached(pipeline, options.from_nodes, pipeline.downstream_of)
        last = _reached(pipeline, options.to_nodes, pipeline.upstream_of)
        chosen = first & last
        if not chosen and pipeline.components:
            raise ConfigError(
                "no node lies behind the nodes to begin at and before the nodes to end at",
                value=(options.from_nodes, options.to_nodes),
            )
        before = {node for chosen_node in chosen for node in pipeline.upstream_of(chosen_node)} - chosen
        return cls(
            frozenset(node.id for node in chosen),
            frozenset(node.id for node in before),
            options.base_pipeline_run_id or "",
        )


def _reached(
    pipeline: Pipeline, start: Sequence[str] | None, step: Callable[[BaseNode], Iterable[BaseNode]]
) -> set[BaseNode]:
    """The nodes with these ids and all that are reached from them; all nodes without a start."""
    if start is None:
        return set(pipeline.components)
    waiting = [pipeline.node(node_id) for node_id in start]
    reached: set[BaseNode] = set()
    while waiting:
        node = waiting.pop()
        if node not in reached:
            reached.add(node)
            waiting.extend(step(node))
    return reached


@dataclass(frozen=True)
class StandIn:
    """What stands for a node that is not chosen.

    Attributes:
        execution: an earlier execution of it.
        outputs: its outputs, proved.
        reason: what is done, for people.
    """

    execution: metadata_store_pb2.Execution
    outputs: Mapping[str, Sequence[Artifact]]
    reason: str


def find_stand_in(store: MetadataStore, pipeline_name: str, node: BaseNode, base_run_id: str) -> StandIn:
    """The execution whose outputs would stand for a node now. Writes nothing.

    Raises:
        ConfigError: there is no such execution, or its outputs are not what they were.
    """
    earlier = _earlier_execution(store, pipeline_name, node, base_run_id)
    if earlier is None:
        raise ConfigError(
            f"{node.id} is not among the chosen nodes, and no earlier run has outputs of it",
            value=base_run_id or None,
            hint="run the whole pipeline once, or choose this node as well.",
        )
    outputs = outputs_of(store, earlier.id)
    refusals = [refusal_of(artifact) for artifacts in outputs.values() for artifact in artifacts]
    if any(refusals):
        raise ConfigError(
            f"the outputs of {node.id} cannot be used again: {next(filter(None, refusals))}",
            hint=f"run {node.id} as well: name it with --from (from_nodes), or run the whole pipeline",
        )
    return StandIn(earlier, outputs, f"not chosen; outputs of run {run_number_of(earlier)}")


def stand_in(session: Session, node: BaseNode, base_run_id: str) -> NodeResult:
    """The outputs of an earlier execution of the node, published as this run's.

    Raises:
        ConfigError: there is no such execution, or its outputs are not what they were.
    """
    started = time.perf_counter()
    found = find_stand_in(session.store, session.pipeline.pipeline_name, node, base_run_id)
    seconds, summary = time.perf_counter() - started, summary_of(found.execution)
    with session.cancellation.committing():
        execution = session.records.reuse(
            NodeRecordKey(node.id, node.type),
            inputs={},
            outputs=found.outputs,
            exec_properties={},
            reason=found.reason,
            fingerprint=None,
            reused_execution=reused_execution(found.execution),
            summary=summary,
            seconds=seconds,
        )
    return NodeResult(node.id, NodeState.CACHED, found.reason, seconds, tuple(summary), execution.id, found.outputs)


def _earlier_execution(
    store: MetadataStore, pipeline_name: str, node: BaseNode, base_run_id: str
) -> metadata_store_pb2.Execution | None:
    context = store.get_context_by_type_and_name(names.NODE, names.node_context_name(pipeline_name, node.id))
    if context is None:
        return None
    of_base = f"custom_properties.{names.RUN_ID}.string_value = {literal(base_run_id)}" if base_run_id else ""
    executions = newest_executions(store, context.id, passing=of_base)
    return next((execution for execution in executions if execution.last_known_state in _GOOD), None)
