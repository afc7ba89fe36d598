"""Closes the runs of processes that died, and removes what they left half done.

Every command does this first, so that nothing stays RUNNING for ever. A run is dead when its process is known to be
gone: asked of the operating system where that process can be seen from here; otherwise when it has been silent for
long (see ``heartbeat``). Two processes may do this at once: each step can be done twice.
"""

from __future__ import annotations

from gristmill.metadata import ListOptions, MetadataStore
from gristmill.orchestration.nodes.staging import Workplace
from gristmill.orchestration.records import record_names as names
from gristmill.orchestration.records.heartbeat import SILENCE_SECONDS, now_ms
from gristmill.orchestration.records.run_records import RunRecord, close_run, int_of, is_own_run, owner_of, text_of
from gristmill.orchestration.stops.checkpoint import Point, checkpoint
from gristmill.proto import metadata_store_pb2

__all__ = ["close_dead_runs", "is_dead", "live_runs"]

_Execution = metadata_store_pb2.Execution

_OPEN_RUNS = ListOptions(
    filter_query=f"type = '{names.PIPELINE_RUN}' AND custom_properties.{names.RUN_STATE}.string_value = 'running'"
)


def close_dead_runs(store: MetadataStore) -> list[str]:
    """Close every dead run; one sentence for each run and execution closed, for people."""
    said = []
    for context in store.get_contexts(_OPEN_RUNS):
        if is_dead(context):
            said += _close(store, RunRecord(context))
    return said


def live_runs(store: MetadataStore) -> list[RunRecord]:
    """The runs that a living process works on now."""
    return [RunRecord(context) for context in store.get_contexts(_OPEN_RUNS) if not is_dead(context)]


def is_dead(node: metadata_store_pb2.Context | metadata_store_pb2.Execution) -> bool:
    """Whether the process that owns a run or an execution is gone."""
    owner = owner_of(node)
    if owner.is_this_process():
        return not is_own_run(_run_id_of(node))
    if owner.is_visible_from_here():
        return not owner.is_alive()
    return now_ms() - int_of(node, names.HEARTBEAT) > SILENCE_SECONDS * 1000


def _run_id_of(node: metadata_store_pb2.Context | metadata_store_pb2.Execution) -> str:
    return node.name if isinstance(node, metadata_store_pb2.Context) else text_of(node, names.RUN_ID)


def _close(store: MetadataStore, run: RunRecord) -> list[str]:
    reason = f"{owner_of(run.context)} died while it ran this"
    said = []
    for execution in store.get_executions_by_context(run.context.id):
        if execution.last_known_state in (_Execution.RUNNING, _Execution.NEW):
            node_id = text_of(execution, names.NODE_NAME)
            _close_execution(store, run, execution, reason)
            said.append(f"closed {node_id} of run {run.number}: {reason}")
    close_run(store, run, "failed", reason, run.not_run)
    return said or [f"closed run {run.number}: {reason}"]


def _close_execution(
    store: MetadataStore, run: RunRecord, execution: metadata_store_pb2.Execution, reason: str
) -> None:
    # Files first: should this process die in between, the execution is still RUNNING and the next one does it again.
    node_id = text_of(execution, names.NODE_NAME)
    left = Workplace(run.pipeline_root, node_id, execution.id).clear()
    checkpoint(node_id, Point.SWEPT)
    execution.last_known_state = _Execution.FAILED
    execution.custom_properties[names.ERROR].string_value = reason + left
    store.put_executions([execution])
