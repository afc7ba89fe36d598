"""Finds the logs of trainings through the store: of runs, or of the training that a model came from.

Logs are artifacts of the type ModelRun; those of a step that still runs lie in its staging folder.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gristmill.dsl.standard_artifacts import ModelRun
from gristmill.io import filesystem
from gristmill.metadata import MetadataStore
from gristmill.metadata.lineage import OUTPUT_EVENTS, Node, trace
from gristmill.orchestration.history import NodeRecord, node_records
from gristmill.orchestration.nodes.staging import Workplace
from gristmill.orchestration.records.record_names import NODE_NAME, NUMBER
from gristmill.orchestration.records.run_records import RunRecord, int_of, text_of

__all__ = ["TrainingLogs", "logs_of_model", "logs_of_runs"]


@dataclass(frozen=True)
class TrainingLogs:
    """One folder of logs.

    Attributes:
        name: tells a person whose they are: ``taxi run 3``, ``taxi runs 3, 4`` where a later run reused them.
        uri: the folder.
    """

    name: str
    uri: str


def logs_of_runs(store: MetadataStore, runs: Sequence[RunRecord]) -> list[TrainingLogs]:
    """The logs of these runs, in their order; those that several of them share once."""
    runs_of: dict[str, list[RunRecord]] = defaultdict(list)
    steps: dict[str, str] = {}
    for run in runs:
        for step, uri in _logs_of_run(store, run):
            runs_of[uri].append(run)
            steps[uri] = step
    names = {uri: _name(found) for uri, found in runs_of.items()}
    shared = Counter(names.values())  # several steps of one run trained
    return [TrainingLogs(f"{name} {steps[uri]}" if shared[name] > 1 else name, uri) for uri, name in names.items()]


def logs_of_model(store: MetadataStore, artifact_id: int) -> list[TrainingLogs]:
    """The logs of the training that a model, or whatever was made from one, came from: of the nearest, if of several.

    What lies further back trained other models: the one that it was compared with, or that it began from.

    Raises:
        NotFoundError: there is no such artifact.
    """
    executions = trace(store, [artifact_id], reused=False).executions
    events = store.get_events_by_execution_ids(sorted(executions)) if executions else []
    makers = {event.artifact_id: executions[event.execution_id] for event in events if event.type in OUTPUT_EVENTS}
    logs = [found for found in store.get_artifacts_by_id(sorted(makers)) if found.type == ModelRun.TYPE_NAME]
    nearest = min((makers[found.id].hops for found in logs), default=0)
    return [
        TrainingLogs(_name_by(makers[found.id], artifact_id), found.uri)
        for found in logs
        if makers[found.id].hops == nearest
    ]


def _logs_of_run(store: MetadataStore, run: RunRecord) -> Iterator[tuple[str, str]]:
    """Steps with logs, and where these are."""
    for record in node_records(store, run):
        if record.state == "running":
            yield from ((record.node_id, uri) for uri in _staged_logs(run, record))
        for artifacts in record.outputs(store).values():
            yield from ((record.node_id, found.uri) for found in artifacts if found.type_name == ModelRun.TYPE_NAME)


def _staged_logs(run: RunRecord, record: NodeRecord) -> Iterable[str]:
    """Where a step that runs writes its logs: outputs that hold event files of TensorBoard."""
    if record.execution is None:
        return
    outputs = Workplace(run.pipeline_root, record.node_id, record.execution.id).staged("")
    if not filesystem.is_dir(outputs):
        return
    for key in filesystem.list_dir(outputs):
        folder = filesystem.join(outputs, key)
        if any(".tfevents." in name for name in filesystem.walk_files(folder)):
            yield folder


def _name(runs: Sequence[RunRecord]) -> str:
    numbers = ", ".join(str(run.number or run.run_id) for run in runs)
    return f"{runs[0].pipeline_name} {'run' if len(runs) == 1 else 'runs'} {numbers}"


def _name_by(maker: Node, artifact_id: int) -> str:
    step, number = text_of(maker.message, NODE_NAME), int_of(maker.message, NUMBER)
    return f"model {artifact_id} ({step} of run {number})" if number else f"model {artifact_id}"
