"""Says what a run would do, node by node, without running or writing anything.

A node is decided as the run decides it (see ``decision``), as long as its inputs are known now. Behind a node that
would run they are not: its outputs have to be made first. What can be said of such a node is said by ``foresight``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeAlias
from urllib.parse import quote

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.importer import Importer
from gristmill.dsl.node import BaseNode
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.placeholder.expression import resolve
from gristmill.dsl.placeholder.scope import Scope
from gristmill.dsl.resolver import Resolver
from gristmill.errors import NotSupportedError
from gristmill.metadata import MetadataStore, sqlite_config
from gristmill.metadata.connection import SqliteTarget, read_target
from gristmill.metadata.sql.opening import holds_store
from gristmill.metadata.wire.target import wire_target
from gristmill.orchestration.nodes.importer_life import find_import
from gristmill.orchestration.nodes.input_resolution import hindrance, resolve_inputs
from gristmill.orchestration.nodes.node_life import CONDITION_FAILS, parameters_of, scope_of, with_inputs
from gristmill.orchestration.nodes.partial_run import NOT_CHOSEN, Selection, find_stand_in
from gristmill.orchestration.nodes.resolver_life import LOOKED_ANEW, choice_in_words, choose_from_history
from gristmill.orchestration.plans.foresight import foresee, undecided_before, undecided_in
from gristmill.orchestration.plans.run_plan import PlannedNode, PlannedState, RunPlan
from gristmill.orchestration.records.run_records import last_run
from gristmill.orchestration.records.stored_result import message_of, summary_of
from gristmill.orchestration.reuse.decision import Decider
from gristmill.orchestration.reuse.policy import ReusePolicy
from gristmill.orchestration.run_place import check_parameters, located_store, resolved_root
from gristmill.orchestration.run_result import NodeResult, NodeState
from gristmill.orchestration.run_settings import RunOptions, RunSettings, overridden
from gristmill.orchestration.runs.pipeline_run import caching_of, request_of, unfinished_in
from gristmill.orchestration.runs.resumption import runs_to_resume
from gristmill.proto import metadata_store_pb2

__all__ = ["plan", "plan_with"]

_Outputs: TypeAlias = Mapping[str, Sequence[Artifact]] | None  # None where they have to be made first

# As what the nodes behind it see a planned node: one that may run counts as complete, with outputs that nobody knows.
_SEEN_AS = {
    PlannedState.RUNS: NodeState.COMPLETE,
    PlannedState.DEPENDS: NodeState.COMPLETE,
    PlannedState.REUSED: NodeState.CACHED,
    PlannedState.SKIPPED: NodeState.SKIPPED,
    PlannedState.BLOCKED: NodeState.BLOCKED,
    PlannedState.FAILS: NodeState.FAILED,
}


def plan(
    pipeline: Pipeline,
    run_options: RunOptions | None = None,
    *,
    parameters: Mapping[str, int | float | str] | None = None,
) -> RunPlan:
    """What ``LocalDagRunner().run`` would do now with the same arguments. Nothing is run, and nothing written.

    Args:
        pipeline: what would be run.
        run_options: which nodes would run; all by default.
        parameters: values of runtime parameters, by name.

    Raises:
        ConfigError: pipeline and arguments do not fit each other.
        OpenError: the metadata store is there and cannot be read.
        RunError: another process resumes the run that this one would resume.
    """
    return plan_with(pipeline, RunSettings(parameters=parameters or {}, options=run_options or RunOptions()))


def plan_with(pipeline: Pipeline, settings: RunSettings) -> RunPlan:
    """The plan of a run with these settings, where no surrounding block says otherwise."""
    settings = overridden(settings)
    check_parameters(pipeline, settings)
    selection = Selection.of(pipeline, settings.options)
    root = resolved_root(pipeline, settings)
    config, _ = located_store(pipeline.metadata_connection_config, root)
    with _store_for_reading(config) as store:
        previous = last_run(store, pipeline.pipeline_name)
        caching = caching_of(pipeline, settings)
        resumed = [] if caching is None else runs_to_resume(store, request_of(pipeline, root, settings))
        policy = ReusePolicy.of_run(store, caching, chain(unfinished_in(previous), resumed))
        walk = _Walk(pipeline, Decider(store, pipeline.pipeline_name, root, policy), selection, settings.parameters)
        for node in pipeline.components:
            walk.visit(node)
        number = 1 if previous is None else previous.number + 1
        return RunPlan(pipeline.pipeline_name, number, walk.planned)


@contextmanager
def _store_for_reading(config: Any) -> Iterator[MetadataStore]:
    """The store, such that nothing is made or changed; an empty one in memory where there is none yet."""
    if wire_target(config) is None:
        target = read_target(config)
        if not holds_store(target):
            config = metadata_store_pb2.ConnectionConfig(fake_database={})
        elif isinstance(target, SqliteTarget) and target.path is not None:
            config = sqlite_config(_uri(target.path), read_only=True)
    with MetadataStore(config) as store:
        yield store


def _uri(path: str) -> str:
    # SQLite makes files beside a database with a write-ahead log, also to read it. Where no such log is, nobody is
    # writing, and it can be read as a file that does not change.
    unchanged = "" if os.path.exists(f"{path}-wal") else "?immutable=1"
    return f"file:{quote(os.path.abspath(path))}{unchanged}"


@dataclass
class _Walk:
    """One way over the nodes of a pipeline, each behind all that it needs."""

    pipeline: Pipeline
    decider: Decider
    selection: Selection
    parameters: Mapping[str, object]
    planned: dict[str, PlannedNode] = field(default_factory=dict)
    _results: dict[str, NodeResult] = field(default_factory=dict)  # what the run would know of the nodes so far
    _undecided: set[str] = field(default_factory=set)  # nodes whose outputs are not known yet
    _perhaps: set[str] = field(default_factory=set)  # those of them that may be skipped

    def visit(self, node: BaseNode) -> None:
        """Decide what would become of a node."""
        planned, outputs = self._decided(node)
        self.planned[node.id] = planned
        self._results[node.id] = NodeResult(node.id, _SEEN_AS[planned.state], outputs=outputs or {})
        if outputs is None and _SEEN_AS[planned.state].has_outputs:
            self._undecided.add(node.id)

    def _decided(self, node: BaseNode) -> tuple[PlannedNode, _Outputs]:
        """The questions are those of ``node_life``, in its order."""
        if node.id not in self.selection.chosen | self.selection.stand_ins:
            return PlannedNode(node.id, PlannedState.SKIPPED, NOT_CHOSEN), None
        try:
            if node.id in self.selection.stand_ins:
                return self._stand_in(node)
            hindered = hindrance(node, self.pipeline.upstream_of(node), self._results)
            if hindered is not None:
                state = PlannedState.SKIPPED if hindered[0] is NodeState.SKIPPED else PlannedState.BLOCKED
                return PlannedNode(node.id, state, hindered[1]), None
            return self._open_condition(node) or self._by_kind(node)
        except Exception as error:  # noqa: BLE001 - what would fail the node in a run is what the plan says of it
            return PlannedNode(node.id, PlannedState.FAILS, message_of(error)), None

    def _stand_in(self, node: BaseNode) -> tuple[PlannedNode, _Outputs]:
        store, base_run_id = self.decider.store, self.selection.base_run_id
        found = find_stand_in(store, self.pipeline.pipeline_name, node, base_run_id)
        return _reused(node, found.reason, found.execution), found.outputs

    def _open_condition(self, node: BaseNode) -> tuple[PlannedNode, _Outputs] | None:
        """What is said where a condition does not hold, or cannot be looked at yet; of this node, or of one before."""
        for predicate in node.conditions:
            if not undecided_in([predicate], self._undecided) and not resolve(predicate, self._scope):
                return PlannedNode(node.id, PlannedState.SKIPPED, CONDITION_FAILS), None
        decides = undecided_in(node.conditions, self._undecided)
        skipped = [each for each in undecided_before(node, self._undecided) if each in self._perhaps]
        if not decides and not skipped:
            return None
        self._perhaps.add(node.id)
        reason = f"its condition is decided by {_or(decides)}" if decides else f"{_or(skipped)} may be skipped"
        return PlannedNode(node.id, PlannedState.DEPENDS, reason, depends_on=(*decides, *skipped)), None

    def _by_kind(self, node: BaseNode) -> tuple[PlannedNode, _Outputs]:
        if isinstance(node, Resolver):
            return self._resolver(node)
        if isinstance(node, Importer):
            return self._importer(node)
        if not isinstance(node, BaseComponent):
            raise NotSupportedError(f"{node.id}: nodes of the class {node.type} cannot be run")
        if undecided_before(node, self._undecided):
            return foresee(self.decider, node, self._results, self._scope, self._undecided), None
        inputs = resolve_inputs(node, self._results)
        decision = self.decider.decide(node, inputs, parameters_of(node, with_inputs(self._scope, inputs)))
        if decision.hit is None:
            return PlannedNode(node.id, PlannedState.RUNS, decision.reason), None
        return _reused(node, decision.reason, decision.hit.execution), decision.hit.outputs

    def _resolver(self, node: Resolver) -> tuple[PlannedNode, _Outputs]:
        if self._undecided and self.pipeline.upstream_of(node):  # it sees what nodes of the run itself will publish
            return PlannedNode(node.id, PlannedState.RUNS, LOOKED_ANEW), None
        chosen = choose_from_history(self.decider.store, self.pipeline.pipeline_name, node, before=None)
        return PlannedNode(node.id, PlannedState.RUNS, LOOKED_ANEW, tuple(choice_in_words(chosen))), chosen

    def _importer(self, node: Importer) -> tuple[PlannedNode, _Outputs]:
        found = find_import(self.decider.store, node, parameters_of(node, self._scope))
        if found.known is None:
            return PlannedNode(node.id, PlannedState.RUNS, found.reason, (found.uri,)), None
        [key] = node.outputs
        return PlannedNode(node.id, PlannedState.REUSED, found.reason, (found.uri,)), {key: [found.known]}

    @property
    def _scope(self) -> Scope:
        return scope_of(self._results, self.parameters)


def _reused(node: BaseNode, reason: str, execution: metadata_store_pb2.Execution) -> PlannedNode:
    summary = tuple(summary_of(execution))
    return PlannedNode(node.id, PlannedState.REUSED, reason, summary, execution_id=int(execution.id))


def _or(node_ids: Sequence[str]) -> str:
    return " or ".join(node_ids)
