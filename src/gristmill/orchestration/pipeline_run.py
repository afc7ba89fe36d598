"""One run of a pipeline in this process, from the first look at the store to the last word about every node."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from gristmill.dsl.node import BaseNode
from gristmill.dsl.pipeline import Pipeline
from gristmill.metadata import MetadataStore
from gristmill.orchestration import record_names as names
from gristmill.orchestration.cancellation import Cancellation, Interrupted
from gristmill.orchestration.execution_records import ExecutionRecords
from gristmill.orchestration.heartbeat import Heartbeat
from gristmill.orchestration.node_life import live
from gristmill.orchestration.observer import RunStart
from gristmill.orchestration.partial_run import Selection
from gristmill.orchestration.recovery import close_dead_runs
from gristmill.orchestration.reuse_policy import ReusePolicy
from gristmill.orchestration.run_records import ContextTypes, close_run, last_run, leave_run, open_run, text_of
from gristmill.orchestration.run_result import NodeResult, NodeState, RunResult
from gristmill.orchestration.run_settings import DEFAULT_WORKERS, Caching, RunSettings
from gristmill.orchestration.schedule import Schedule
from gristmill.orchestration.session import Session
from gristmill.orchestration.staging import Workplace
from gristmill.orchestration.stop_signals import stop_signals_raise, stop_signals_wait
from gristmill.proto import metadata_store_pb2

__all__ = ["run_pipeline"]

# How long interrupted executors may take to end: less than the 10 s that container managers wait before they kill.
_GRACE_SECONDS = 8.0


@dataclass(frozen=True)
class Target:
    """Where a pipeline runs.

    Attributes:
        store: the metadata.
        store_url: how to find that store again, without secrets.
        root: the pipeline root.
    """

    store: MetadataStore
    store_url: str
    root: str


def run_pipeline(pipeline: Pipeline, target: Target, settings: RunSettings) -> RunResult:
    """Run the nodes, independent ones at once; returns when everything has ended and is recorded.

    Failures of nodes are in the result.

    Raises:
        KeyboardInterrupt: Ctrl-C or SIGTERM came; everything was stopped and recorded before.
        ConfigError: the settings do not fit the pipeline.
    """
    selection = Selection.of(pipeline, settings.options)
    settings.observer.recovered(close_dead_runs(target.store))
    with _opened(pipeline, target, settings) as session:
        return _Walk(session, selection, settings.workers or DEFAULT_WORKERS, target.store_url).run()


@contextmanager
def _opened(pipeline: Pipeline, target: Target, settings: RunSettings) -> Iterator[Session]:
    store = target.store
    types = ContextTypes.register(store)
    previous = last_run(store, pipeline.pipeline_name)
    run = open_run(
        store,
        types,
        pipeline_name=pipeline.pipeline_name,
        pipeline_root=target.root,
        node_ids=[node.id for node in pipeline.components],
    )
    try:
        with Heartbeat(store, run.context) as heartbeat:
            yield Session(
                pipeline=pipeline,
                root=target.root,
                parameters=settings.parameters,
                store=store,
                records=ExecutionRecords(store, types, run),
                run=run,
                reuse=ReusePolicy.of_run(store, _caching(pipeline, settings), previous),
                cancellation=Cancellation(),
                heartbeat=heartbeat,
                observer=settings.observer,
            )
    except BaseException:
        if run.state == "running":  # something of ours broke: nobody else will close this run while we live
            close_run(store, run, "failed", "the runner itself failed", {})
        raise
    finally:
        leave_run(run)


def _caching(pipeline: Pipeline, settings: RunSettings) -> bool | None:
    if settings.caching is Caching.FORBIDDEN:
        return None
    return settings.caching is Caching.ON or pipeline.enable_cache


@dataclass
class _Walk:
    """The thread that starts nodes and takes their results."""

    session: Session
    selection: Selection
    workers: int
    store_url: str
    _started: float = field(default_factory=time.perf_counter)

    def run(self) -> RunResult:
        nodes = {node.id: node for node in self.session.pipeline.components}
        upstream = {
            node.id: [before.id for before in self.session.pipeline.upstream_of(node)] for node in nodes.values()
        }
        schedule = Schedule(
            upstream, lambda node_id: self._live(nodes[node_id]), self.workers, self.session.observer.node_started
        )
        try:
            with stop_signals_raise():
                self.session.observer.run_started(self._start(list(nodes)))
                for result in schedule.walk():
                    self._take(result)
        except KeyboardInterrupt as stop:
            self._stop(schedule, list(nodes))
            self._finish("canceled", str(stop) or "stopped by Ctrl-C")
            raise
        except BaseException:
            self.session.cancellation.stop()
            raise
        return self._finish("failed" if self._failed() else "complete", "")

    def _live(self, node: BaseNode) -> NodeResult:
        return live(self.session, node, self.selection)

    def _start(self, node_ids: list[str]) -> RunStart:
        run = self.session.run
        return RunStart(run.pipeline_name, run.run_id, run.number, node_ids, self.workers, self.store_url)

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
