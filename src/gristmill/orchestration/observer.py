"""What a face (command line, notebook, log) is told while a pipeline runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gristmill.engine.contract import Progress
from gristmill.orchestration.run_result import NodeResult, RunResult

__all__ = ["RunObserver", "RunStart"]


@dataclass(frozen=True)
class RunStart:
    """What is known when a run begins.

    Attributes:
        pipeline_name: the pipeline.
        run_id: the run's name in the store.
        number: 1 for the pipeline's first run in this store.
        node_ids: all nodes, in the order of the pipeline.
        workers: how many nodes may run at once.
        store_url: where the metadata is, without secrets.
        resumes: the number of the unfinished run that it goes on from; 0 where it begins anew.
    """

    pipeline_name: str
    run_id: str
    number: int
    node_ids: Sequence[str]
    workers: int
    store_url: str
    resumes: int = 0


class RunObserver:
    """Does nothing; override what you want to see.

    ``node_progress`` is called from the threads that run nodes, several at once; the others from the thread that
    called ``run``, one after the other. What an observer raises stops the run.
    """

    def run_started(self, start: RunStart) -> None:
        """The run is in the store, nothing has run yet."""

    def recovered(self, closed: Sequence[str]) -> None:
        """Executions of dead processes were closed; one sentence for each."""

    def node_started(self, node_id: str) -> None:
        """A node's inputs are ready; it is being looked up in the cache, or run."""

    def node_decided(self, node_id: str, reason: str) -> None:
        """A node will run, for this reason. From the node's own thread."""

    def node_progress(self, node_id: str, progress: Progress) -> None:
        """Long work inside a node has come so far. From the node's own threads."""

    def node_finished(self, result: NodeResult) -> None:
        """A node has ended, in whatever way."""

    def run_finished(self, result: RunResult) -> None:
        """Everything has ended and is recorded."""
