"""What all nodes of one run share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gristmill.dsl.pipeline import Pipeline
from gristmill.metadata import MetadataStore
from gristmill.orchestration.cancellation import Cancellation
from gristmill.orchestration.execution_records import ExecutionRecords
from gristmill.orchestration.heartbeat import Heartbeat
from gristmill.orchestration.observer import RunObserver
from gristmill.orchestration.reuse_policy import ReusePolicy
from gristmill.orchestration.run_records import RunRecord
from gristmill.orchestration.run_result import NodeResult

__all__ = ["Session"]


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
    results: dict[str, NodeResult] = field(default_factory=dict)
