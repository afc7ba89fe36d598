"""What all nodes of one run share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from gristmill.dsl.pipeline import Pipeline
from gristmill.metadata import MetadataStore
from gristmill.orchestration.observer import RunObserver
from gristmill.orchestration.records.execution_records import ExecutionRecords
from gristmill.orchestration.records.heartbeat import Heartbeat
from gristmill.orchestration.records.run_records import ContextTypes, RunRecord, close_run, leave_run
from gristmill.orchestration.reuse.policy import ReusePolicy
from gristmill.orchestration.run_result import NodeResult
from gristmill.orchestration.stops.cancellation import Cancellation

__all__ = ["Session", "Target", "session_of"]


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


@dataclass
class Session:
    """One run in progress.

    Attributes:
        pipeline: what is run.
        root: the pipeline root, resolved.
        parameters: values of runtime parameters.
        store: the metadata.
        records: writes the executions.
        run: the run in the store.
        reuse: which earlier executions may be reused.
        cancellation: stops everything.
        heartbeat: keeps executions alive in the store.
        observer: sees everything.
        sees_own_run: whether a resolver that waits for nothing sees what nodes of this very run have published: it
            may where they run one at a time, in an order that a person chose.
        results: the nodes that have ended, by id; only the thread that walks the graph adds to it.
    """

    pipeline: Pipeline
    root: str
    parameters: Mapping[str, object]
    store: MetadataStore
    records: ExecutionRecords
    run: RunRecord
    reuse: ReusePolicy
    cancellation: Cancellation
    heartbeat: Heartbeat
    observer: RunObserver
    sees_own_run: bool = False
    results: dict[str, NodeResult] = field(default_factory=dict)


@contextmanager
def session_of(
    run: RunRecord,
    types: ContextTypes,
    *,
    pipeline: Pipeline,
    target: Target,
    reuse: ReusePolicy,
    observer: RunObserver,
    parameters: Mapping[str, object],
    sees_own_run: bool = False,
    results: Mapping[str, NodeResult] | None = None,
) -> Iterator[Session]:
    """A session of an open run, with a heartbeat while the block runs; this process leaves the run afterwards."""
    store = target.store
    try:
        with Heartbeat(store, run.context) as heartbeat:
            yield Session(
                pipeline=pipeline,
                root=target.root,
                parameters=parameters,
                store=store,
                records=ExecutionRecords(store, types, run),
                run=run,
                reuse=reuse,
                cancellation=Cancellation(),
                heartbeat=heartbeat,
                observer=observer,
                sees_own_run=sees_own_run,
                results=dict(results or {}),
            )
    except BaseException as error:
        if run.state == "running":  # something of ours broke: nobody else will close this run while we live
            is_stop = isinstance(error, KeyboardInterrupt)
            state, reason = ("canceled", "stopped from outside") if is_stop else ("failed", "the runner itself failed")
            close_run(store, run, state, reason, {})
        raise
    finally:
        leave_run(run)
