"""The thread that starts a run's nodes, takes their results, and has the last word about the run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from gristmill.dsl.node import BaseNode
from gristmill.orchestration.nodes.node_life import live
from gristmill.orchestration.nodes.partial_run import Selection
from gristmill.orchestration.nodes.session import Session
from gristmill.orchestration.nodes.staging import Workplace
from gristmill.orchestration.observer import RunStart
from gristmill.orchestration.records import record_names as names
from gristmill.orchestration.records.run_records import close_run, text_of
from gristmill.orchestration.run_result import NodeResult, NodeState, RunResult
from gristmill.orchestration.runs.schedule import Schedule
from gristmill.orchestration.stops.cancellation import Interrupted
from gristmill.orchestration.stops.stop_signals import stop_signals_told, stop_signals_wait
from gristmill.proto import metadata_store_pb2

__all__ = ["Walk"]

# How long interrupted executors may take to end: less than the 10 s that container managers wait before they kill.
_GRACE_SECONDS = 8.0


@dataclass
class Walk:
    """One walk over nodes whose run is open in the store.

    Attributes:
        session: the run.
        nodes: what is walked over, in the order in which ready nodes are taken. Nodes before them that are not among
            them have ended already: their results are in the session.
        selection: which of the nodes run.
        workers: how many may run at once.
        store_url: where the metadata is, without secrets.
    """

    session: Session
    nodes: Sequence[BaseNode]
    selection: Selection
    workers: int
    store_url: str
    _started: float = field(default_factory=time.perf_counter)

    def run(self) -> RunResult:
        """Run the nodes, independent ones at once, and close the run; failures of nodes are in the result.

        Raises:
            KeyboardInterrupt: Ctrl-C or SIGTERM came; everything was stopped and recorded before.
        """
        nodes = {node.id: node for node in self.nodes}
        upstream = {
            node.id: [before.id for before in node.upstream_nodes if nodes.get(before.id) is before]
            for node in self.nodes
        }
        schedule = Schedule(
            upstream, lambda node_id: self._live(nodes[node_id]), self.workers, self.session.observer.node_started
        )
        stops: list[KeyboardInterrupt] = []

        def hear(stop: KeyboardInterrupt) -> None:
            stops.append(stop)
            schedule.interrupt(stop)  # first: so it comes before the results of what is forbidden from here on
            self.session.cancellation.forbid()

        try:
            with stop_signals_told(hear):
                self._walk(schedule, list(nodes))
        except KeyboardInterrupt as stop:
            self._finish("canceled", str(stop) or "stopped by Ctrl-C")
            raise
        except BaseException:
            self.session.cancellation.stop()
            raise
        result = self._finish("failed" if self._failed() else "complete", "")
        if stops:  # one that came when all nodes had ended
            raise stops[0]
        return result

    def _walk(self, schedule: Schedule[NodeResult], node_ids: list[str]) -> None:
        try:
            self.session.observer.run_started(self._start(node_ids))
            for result in schedule.walk():
                self._take(result)
        except KeyboardInterrupt:
            self._stop(schedule, node_ids)
            raise

    def _live(self, node: BaseNode) -> NodeResult:
        return live(self.session, node, self.selection)

    def _start(self, node_ids: list[str]) -> RunStart:
        run = self.session.run
        return RunStart(run.pipeline_name, run.run_id, run.number, node_ids, self.workers, self.store_url, run.resumes)

    def _take(self, result: NodeResult) -> None:
        self.session.results[result.node_id] = result
        self.session.observer.node_finished(result)

    def _failed(self) -> bool:
        return any(result.state is NodeState.FAILED for result in self.session.results.values())

    def _stop(self, schedule: Schedule[NodeResult], node_ids: list[str]) -> None:
        """Interrupt what runs, wait a little, and record what does not end as canceled."""
        self.session.cancellation.stop()
        try:
            for result in schedule.drain(_GRACE_SECONDS):
                self._take(result)
        except KeyboardInterrupt:
            pass  # asked twice: wait no longer
        for execution in self.session.heartbeat.live_executions():
            self.session.heartbeat.discard(execution.id)
            node_id = text_of(execution, names.NODE_NAME)
            Workplace(self.session.root, node_id, execution.id).clear()
            self.session.records.close(execution, metadata_store_pb2.Execution.CANCELED, "stopped from outside", 0.0)
        for node_id in node_ids:
            if node_id not in self.session.results:
                self._take(NodeResult(node_id, NodeState.CANCELED, "the run was stopped", error=Interrupted()))

    def _finish(self, state: str, reason: str) -> RunResult:
        results = self.session.results
        not_run = {
            node_id: (result.state.value, result.reason)
            for node_id, result in results.items()
            if result.execution_id is None
        }
        with stop_signals_wait():
            close_run(self.session.store, self.session.run, state, reason, not_run)
        run = self.session.run
        result = RunResult(
            pipeline_name=run.pipeline_name,
            run_id=run.run_id,
            number=run.number,
            seconds=time.perf_counter() - self._started,
            nodes={node_id: results[node_id] for node_id in run.node_ids},
        )
        self.session.observer.run_finished(result)
        return result
