"""Runs and their nodes, read back from a store."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from gristmill.dsl.artifact import Artifact
from gristmill.errors import ConfigError
from gristmill.metadata import MetadataStore
from gristmill.orchestration.records import record_names as names
from gristmill.orchestration.records.newest_first import newest_contexts
from gristmill.orchestration.records.run_records import RunRecord, newest_runs, text_of
from gristmill.orchestration.records.stored_result import seconds_of, summary_of
from gristmill.orchestration.reuse.search import outputs_of
from gristmill.proto import metadata_store_pb2

__all__ = ["NodeRecord", "find_run", "list_runs", "node_records", "pipeline_names"]

_LATEST = "latest"
_NUMBER = re.compile("[1-9][0-9]{0,17}")
_STATES = {
    metadata_store_pb2.Execution.NEW: "running",
    metadata_store_pb2.Execution.RUNNING: "running",
    metadata_store_pb2.Execution.COMPLETE: "complete",
    metadata_store_pb2.Execution.CACHED: "cached",
    metadata_store_pb2.Execution.FAILED: "failed",
    metadata_store_pb2.Execution.CANCELED: "canceled",
}


@dataclass(frozen=True)
class NodeRecord:
    """What became of a node in a run.

    Attributes:
        node_id: which node.
        state: ``running``, ``waiting``, or one of the values of NodeState.
        reason: the decision behind it.
        error: the message of a failure.
        seconds: how long it took; None where unknown.
        summary: the lines that its executor reported.
        execution: its last execution in the run; None where there is none.
        attempts: how many executions it has in the run.
    """

    node_id: str
    state: str
    reason: str = ""
    error: str = ""
    seconds: float | None = None
    summary: Sequence[str] = field(default_factory=tuple)
    execution: metadata_store_pb2.Execution | None = None
    attempts: int = 0

    def outputs(self, store: MetadataStore) -> Mapping[str, Sequence[Artifact]]:
        """Its output artifacts, by key."""
        return {} if self.execution is None else outputs_of(store, self.execution.id)


def list_runs(store: MetadataStore, pipeline_name: str | None = None) -> list[RunRecord]:
    """The runs in a store, newest first."""
    runs = [RunRecord(context) for context in store.get_contexts_by_type(names.PIPELINE_RUN)]
    wanted = [run for run in runs if pipeline_name in (None, run.pipeline_name)]
    return sorted(wanted, key=lambda run: int(run.context.id), reverse=True)


def pipeline_names(store: MetadataStore) -> list[str]:
    """The pipelines that have executions in a store."""
    return [context.name for context in store.get_contexts_by_type(names.PIPELINE)]


def find_run(store: MetadataStore, wanted: str) -> RunRecord:
    """The run that a person means.

    Args:
        wanted: a number (``3``), a pipeline and a number (``taxi/3``), a run id, or ``latest``.

    Raises:
        ConfigError: there is no such run, or several pipelines have one of that number.
    """
    found = list(islice(newest_runs(store, at_once=1), 1)) if wanted == _LATEST else _named(store, wanted)
    if len(found) > 1:
        choices = ", ".join(f"{run.pipeline_name}/{run.number}" for run in found)
        raise ConfigError("several pipelines have a run of that number", value=wanted, hint=f"name one: {choices}.")
    if not found:
        raise ConfigError("there is no such run", value=wanted, hint="`gristmill runs` lists them.")
    return found[0]


def _named(store: MetadataStore, wanted: str) -> list[RunRecord]:
    """The runs of that id, or of that number, newest first."""
    context = store.get_context_by_type_and_name(names.PIPELINE_RUN, wanted)
    if context is not None:
        return [RunRecord(context)]
    pipeline_name, _, number = wanted.rpartition("/")
    if not _NUMBER.fullmatch(number):
        return []
    numbered = newest_contexts(store, passing=f"custom_properties.{names.NUMBER}.int_value = {number}")
    return [run for run in map(RunRecord, numbered) if pipeline_name in ("", run.pipeline_name)]


def node_records(store: MetadataStore, run: RunRecord) -> list[NodeRecord]:
    """What became of each node of a run, in the order of the pipeline."""
    executions: dict[str, list[metadata_store_pb2.Execution]] = {}
    for execution in sorted(store.get_executions_by_context(run.context.id), key=lambda found: found.id):
        executions.setdefault(_node_name(store, execution), []).append(execution)
    node_ids = list(dict.fromkeys([*run.node_ids, *executions]))
    return [_node_record(run, node_id, executions.get(node_id, [])) for node_id in node_ids]


def _node_name(store: MetadataStore, execution: metadata_store_pb2.Execution) -> str:
    """The node of an execution; runs that another tool recorded have it in the name of a context only."""
    if name := text_of(execution, names.NODE_NAME):
        return name
    for context in store.get_contexts_by_execution(execution.id):
        if context.type == names.NODE:
            return str(context.name).rpartition(".")[2]
    return f"execution {execution.id}"


def _node_record(run: RunRecord, node_id: str, executions: Sequence[metadata_store_pb2.Execution]) -> NodeRecord:
    if not executions:
        waiting = ("waiting", "") if run.state == "running" else ("blocked", "the run ended before its turn")
        state, reason = run.not_run.get(node_id, waiting)
        return NodeRecord(node_id, state, reason)
    last = executions[-1]
    return NodeRecord(
        node_id=node_id,
        state=_STATES.get(last.last_known_state, "unknown"),
        reason=text_of(last, names.REASON),
        error=text_of(last, names.ERROR),
        seconds=seconds_of(last),
        summary=tuple(summary_of(last)),
        execution=last,
        attempts=len(executions),
    )
