"""The life of any node up to its own work: may it run, do its conditions hold, what are its inputs and parameters."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.importer import Importer
from gristmill.dsl.node import BaseNode
from gristmill.dsl.placeholder.expression import resolve
from gristmill.dsl.placeholder.scope import Scope
from gristmill.dsl.resolver import Resolver
from gristmill.errors import NotSupportedError
from gristmill.orchestration.nodes.component_life import ComponentLife
from gristmill.orchestration.nodes.importer_life import IMPORTER_POINTS, import_artifact
from gristmill.orchestration.nodes.input_resolution import ResultsSoFar, artifacts_in, hindrance, resolve_inputs
from gristmill.orchestration.nodes.partial_run import NOT_CHOSEN, Selection, stand_in
from gristmill.orchestration.nodes.resolver_life import RESOLVER_POINTS, resolve_from_history
from gristmill.orchestration.nodes.session import Session
from gristmill.orchestration.records.execution_records import NodeRecordKey
from gristmill.orchestration.records.stored_result import message_of
from gristmill.orchestration.run_result import NodeResult, NodeState
from gristmill.orchestration.stops.cancellation import Interrupted
from gristmill.orchestration.stops.checkpoint import Point, checkpoint

__all__ = ["CONDITION_FAILS", "live", "parameters_of", "points_of", "scope_of", "with_inputs"]

CONDITION_FAILS = "its condition does not hold"


def points_of(node: BaseNode) -> Sequence[Point]:
    """The named points that nodes of this kind pass, when they are not reused."""
    if isinstance(node, Resolver):
        return RESOLVER_POINTS
    return IMPORTER_POINTS if isinstance(node, Importer) else tuple(Point)


def live(session: Session, node: BaseNode, selection: Selection) -> NodeResult:
    """Everything that happens to a node in a run. Its failure is a result; only a failing store raises."""
    started = time.perf_counter()
    if node.id not in selection.chosen | selection.stand_ins:
        return NodeResult(node.id, NodeState.SKIPPED, NOT_CHOSEN)
    is_stand_in = node.id in selection.stand_ins
    blocked = None if is_stand_in else hindrance(node, session.pipeline.upstream_of(node), session.results)
    if blocked is not None:
        return NodeResult(node.id, *blocked)
    execution_ids: list[int] = []
    try:
        session.cancellation.check()
        if is_stand_in:
            return stand_in(session, node, selection.base_run_id)
        return _do(session, node, execution_ids)
    except Interrupted as error:
        state, cause = NodeState.CANCELED, error
    except BaseException as error:  # noqa: BLE001 - whatever a user's code raises, SystemExit included, is its failure
        state, cause = NodeState.FAILED, error  # type: ignore[assignment]
    seconds = time.perf_counter() - started
    if not execution_ids and state is NodeState.FAILED:
        refused = session.records.refuse(NodeRecordKey(node.id, node.type), message_of(cause), seconds)
        execution_ids.append(refused.id)
    return NodeResult(
        node.id,
        state,
        message_of(cause),
        seconds,
        execution_id=execution_ids[-1] if execution_ids else None,
        error=cause,
    )


def _do(session: Session, node: BaseNode, execution_ids: list[int]) -> NodeResult:
    scope = scope_of(session.results, session.parameters)
    for predicate in node.conditions:
        if not resolve(predicate, scope):
            return NodeResult(node.id, NodeState.SKIPPED, CONDITION_FAILS)
    if isinstance(node, Resolver):
        return resolve_from_history(session, node, parameters_of(node, scope))
    if isinstance(node, Importer):
        return import_artifact(session, node, parameters_of(node, scope))
    if not isinstance(node, BaseComponent):
        raise NotSupportedError(f"{node.id}: nodes of the class {node.type} cannot be run")
    inputs = resolve_inputs(node, session.results)
    checkpoint(node.id, Point.RESOLVED)
    life = ComponentLife(session, node, inputs, parameters_of(node, with_inputs(scope, inputs)))
    try:
        return life.live()
    finally:
        if life.execution_id is not None:
            execution_ids.append(life.execution_id)


def scope_of(results: ResultsSoFar, runtime_parameters: Mapping[str, object]) -> Scope:
    """What placeholders mean in a run, apart from the inputs of a node."""
    return Scope(
        channel_artifacts=lambda channel: artifacts_in(channel, results), runtime_parameters=runtime_parameters
    )


def with_inputs(scope: Scope, inputs: Mapping[str, Sequence[Artifact]]) -> Scope:
    """The same with the inputs of a node."""
    return replace(scope, inputs=inputs)


def parameters_of(node: BaseNode, scope: Scope) -> dict[str, Any]:
    """A node's parameters, placeholders resolved."""
    return {key: resolve(value, scope) for key, value in node.exec_properties.items()}
