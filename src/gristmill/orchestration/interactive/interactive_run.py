"""The one run of an interactive context: nodes are added to it, and run, as a person asks for them.

The store knows it as a run of a pipeline like any other. It is closed after each node, so that a kernel that is left
alone or killed between two cells leaves nothing open, and goes on with the next node. Each node lives the life that it
has in a pipeline: fingerprint, reuse, staging, commit.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.channel import BaseChannel, output_channels
from gristmill.dsl.connections import check_sources, connect
from gristmill.dsl.node import BaseNode
from gristmill.dsl.pipeline import Pipeline
from gristmill.errors import ConfigError
from gristmill.metadata import MetadataStore
from gristmill.orchestration.nodes.input_resolution import artifacts_in, hindrance
from gristmill.orchestration.nodes.partial_run import Selection
from gristmill.orchestration.nodes.session import Target, session_of
from gristmill.orchestration.observer import RunObserver
from gristmill.orchestration.records import record_names
from gristmill.orchestration.records.run_records import ContextTypes, RunRecord, open_run, reopen_run
from gristmill.orchestration.reuse.policy import ReusePolicy
from gristmill.orchestration.run_result import NodeResult, NodeState
from gristmill.orchestration.runs.recovery import close_dead_runs
from gristmill.orchestration.runs.run_walk import Walk
from gristmill.orchestration.stops.stop_signals import stop_signals_wait

__all__ = ["Asked", "InteractiveRun", "Ran"]


@dataclass(frozen=True)
class Asked:
    """How one node is to be run.

    Attributes:
        reuse: whether an earlier execution that did the same may stand for this one.
        engine_args: flags for the engine, in front of the node's own.
        parameters: values of runtime parameters.
        observer: sees it.
    """

    reuse: bool
    engine_args: Sequence[Any]
    parameters: Mapping[str, Any]
    observer: RunObserver


@dataclass(frozen=True)
class Ran:
    """What became of a node.

    Attributes:
        result: how it ended.
        inputs: the artifacts that it read, by key; those that a resolver chose from are not among them.
        exec_properties: its parameters, as its execution has them.
    """

    result: NodeResult
    inputs: Mapping[str, Sequence[Artifact]]
    exec_properties: Mapping[str, Any]


@dataclass
class InteractiveRun:
    """Nodes that were run one after the other, and what became of them.

    Attributes:
        pipeline_name: names the pipeline in the store.
        root: the pipeline root, absolute.
        config: opens the store.
        store_url: how the store is found again, without secrets.
        nodes: the node that was run last under each id, in the order in which the ids came up.
    """

    pipeline_name: str
    root: str
    config: Any
    store_url: str
    nodes: dict[str, BaseNode] = field(default_factory=dict, init=False)
    _results: dict[BaseNode, NodeResult] = field(default_factory=dict, init=False)
    _record: RunRecord | None = field(default=None, init=False)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock, init=False)

    @property
    def number(self) -> int:
        """The number of the run in the store; 0 before the first node."""
        return 0 if self._record is None else self._record.number

    @property
    def finished_nodes(self) -> dict[str, BaseNode]:
        """Those of ``nodes`` that neither failed nor were stopped."""
        unfinished = (NodeState.FAILED, NodeState.CANCELED)
        return {id: node for id, node in self.nodes.items() if self._results[node].state not in unfinished}

    def recover(self) -> list[str]:
        """Close what dead processes left open in the store; one sentence for each, for people."""
        store = MetadataStore(self.config)
        try:
            return close_dead_runs(store)
        finally:
            store.close()

    def run(self, node: BaseNode, asked: Asked) -> Ran:
        """Run a node; its failure is a result.

        Raises:
            ConfigError: a node that it depends on was not run, or did not come to a good end.
            KeyboardInterrupt: Ctrl-C or SIGTERM came; the node was stopped and recorded before.
        """
        with self._one_at_a_time:
            connect(node, self.nodes)
            check_sources(node)
            results = self._results_for(node)
            store = MetadataStore(self.config)
            try:
                result = self._run(node, asked, store, results)
                return Ran(result, _inputs(node, results), _recorded_parameters(store, result))
            finally:
                with stop_signals_wait():
                    store.close()

    def _run(self, node: BaseNode, asked: Asked, store: MetadataStore, results: Mapping[str, NodeResult]) -> NodeResult:
        asked.observer.recovered(close_dead_runs(store))
        types = ContextTypes.register(store)
        with session_of(
            self._open(store, types, [*results, node.id]),
            types,
            pipeline=Pipeline(self.pipeline_name, self.root, self.config, beam_pipeline_args=asked.engine_args),
            target=Target(store, self.store_url, self.root),
            reuse=ReusePolicy(True if asked.reuse else None),
            observer=asked.observer,
            parameters=asked.parameters,
            sees_own_run=True,
            results=results,
        ) as session:
            try:
                Walk(session, [node], Selection(frozenset([node.id]), frozenset()), 1, self.store_url).run()
            finally:
                self._remember(node, session.results.get(node.id))
        return self._results[node]

    def _open(self, store: MetadataStore, types: ContextTypes, node_ids: Sequence[str]) -> RunRecord:
        if self._record is None:
            self._record = open_run(
                store, types, pipeline_name=self.pipeline_name, pipeline_root=self.root, node_ids=node_ids
            )
        else:
            reopen_run(store, self._record, node_ids)
        return self._record

    def _remember(self, node: BaseNode, result: NodeResult | None) -> None:
        if result is None:
            return
        self.nodes[node.id] = node
        self._results[node] = result
        node.made = result.outputs if result.state.has_outputs else None

    def _results_for(self, node: BaseNode) -> dict[str, NodeResult]:
        """What became of the other nodes, by id; of those that the node depends on, the very objects count."""
        needed: dict[str, NodeResult] = {}
        for before in node.upstream_nodes:
            if before.id in needed or before.id == node.id:
                raise ConfigError(
                    f"{node.id}: two nodes that belong together have the id {before.id!r}",
                    hint="name one of them: .with_id('…')",
                )
            needed[before.id] = self._result_of(before, node)
        blocked = hindrance(node, node.upstream_nodes, needed)
        if blocked is not None and blocked[0] is NodeState.BLOCKED:
            raise ConfigError(
                f"{node.id} cannot be run: {blocked[1]}", hint="mend the cause, and context.run(…) that one again first"
            )
        others = {id: self._results[other] for id, other in self.nodes.items() if id != node.id}
        return {**others, **needed}

    def _result_of(self, before: BaseNode, node: BaseNode) -> NodeResult:
        result = self._results.get(before)
        if result is not None:
            return result
        keys = [key for key, channel in node.inputs.items() if before in _producers(channel)]
        wanted = f"its input {keys[0]!r} comes from it" if keys else "it comes after it"
        if before.id in self.nodes:
            rule = f"{node.id} needs {before.id}, which was made anew since it was run ({wanted})"
        else:
            rule = f"{node.id} needs {before.id}, which has not been run in this context ({wanted})"
        raise ConfigError(rule, hint=f"run it first: context.run(…) of {before.id}.")


def _inputs(node: BaseNode, results: Mapping[str, NodeResult]) -> dict[str, list[Artifact]]:
    connected = {key: channel for key, channel in node.inputs.items() if _producers(channel)}
    return {} if node.READS_HISTORY else {key: artifacts_in(channel, results) for key, channel in connected.items()}


def _recorded_parameters(store: MetadataStore, result: NodeResult) -> dict[str, Any]:
    if result.execution_id is None:
        return {}
    [execution] = store.get_executions_by_id([result.execution_id])
    values = execution.custom_properties
    told = [name for name in sorted(values) if not name.startswith(record_names.OWN_PREFIX)]
    return {name: getattr(values[name], str(values[name].WhichOneof("value"))) for name in told}


def _producers(channel: BaseChannel) -> list[BaseNode]:
    return [part.producer for part in output_channels([channel])]
