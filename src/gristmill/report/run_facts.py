"""Everything that a store knows of a run, gathered for its report in a fixed number of queries for each step."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from gristmill.artifact_views.facts import property_value
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.artifact_registry import from_store
from gristmill.metadata import MetadataStore
from gristmill.metadata.lineage_events import INPUT_EVENTS, OUTPUT_EVENTS
from gristmill.orchestration.history import NodeRecord, node_records
from gristmill.orchestration.records import record_names as names
from gristmill.orchestration.records.run_records import RunRecord, int_of, text_of
from gristmill.orchestration.reuse.search import paths_of
from gristmill.proto import metadata_store_pb2
from gristmill.redaction import without_secrets, without_secrets_within

__all__ = ["Artifacts", "RunFacts", "StepFacts", "gather"]

_STRATEGY = "strategy_class"  # parameter of every resolver that is recorded here
_RESOLVER = "Resolver"  # the class's name, by which those that the family recorded are known

Artifacts = Mapping[str, Sequence[Artifact]]


@dataclass(frozen=True)
class StepFacts:
    """One step of a run.

    Attributes:
        record: its end, as the store knows it.
        inputs: its input artifacts, by key.
        outputs: its output artifacts, by key.
    """

    record: NodeRecord
    inputs: Artifacts
    outputs: Artifacts

    @property
    def id(self) -> str:
        """The step's id."""
        return self.record.node_id

    @property
    def started_ms(self) -> int | None:
        """When it began, in milliseconds since 1970-01-01 UTC; None where it did not."""
        execution = self.record.execution
        return None if execution is None else int(execution.create_time_since_epoch)

    @property
    def seconds(self) -> float | None:
        """How long it took; runs that another tool recorded tell only when it was written for the last time."""
        execution = self.record.execution
        if self.record.seconds is not None or execution is None or self.record.state == "running":
            return self.record.seconds
        return (execution.last_update_time_since_epoch - execution.create_time_since_epoch) / 1000

    @property
    def parameters(self) -> dict[str, object]:
        """Its parameters as JSON values, without secrets."""
        execution = self.record.execution
        if execution is None:
            return {}
        recorded = {**execution.properties, **execution.custom_properties}
        return {
            name: without_secrets_within(property_value(value), name)
            for name, value in sorted(recorded.items())
            if not name.startswith(names.OWN_PREFIX)
        }

    @property
    def fingerprint(self) -> dict[str, str]:
        """What decided its outputs: digests by the names of the parts."""
        execution = self.record.execution
        recorded = json.loads((text_of(execution, names.FINGERPRINT_PARTS) if execution else "") or "{}")
        return {without_secrets(str(part)): str(digest) for part, digest in recorded.items()}

    @property
    def reused_execution(self) -> int:
        """The execution that made its outputs; 0 where it made them itself."""
        return 0 if self.record.execution is None else int_of(self.record.execution, names.REUSED_EXECUTION)

    @property
    def is_resolver(self) -> bool:
        """Whether it looked for artifacts of earlier runs, instead of making its own."""
        execution = self.record.execution
        return execution is not None and (
            _STRATEGY in execution.custom_properties or execution.type.rpartition(".")[2] == _RESOLVER
        )

    def output_artifacts(self) -> Iterator[tuple[str, Artifact]]:
        """Its outputs one by one, with their keys."""
        for key, artifacts in self.outputs.items():
            for artifact in artifacts:
                yield key, artifact


@dataclass(frozen=True)
class RunFacts:
    """One run.

    Attributes:
        run: the run itself.
        steps: its steps, in the order of the pipeline.
    """

    run: RunRecord
    steps: Sequence[StepFacts]

    @property
    def title(self) -> str:
        """``taxi · run 3``; the run's id, for a run that another tool recorded."""
        number = f"run {self.run.number}" if self.run.number else self.run.run_id
        return f"{self.run.pipeline_name} · {number}" if self.run.pipeline_name else number

    @property
    def state(self) -> str:
        """How it stands; of a run that another tool recorded, what its steps tell."""
        if self.run.state:
            return self.run.state
        states = {step.record.state for step in self.steps}
        for state in ("running", "failed", "canceled"):
            if state in states:
                return state
        return "complete"

    @cached_property
    def makers(self) -> Mapping[int, str]:
        """The step that gave each artifact, by the artifact's id. Who made it comes before who found it again."""
        made: dict[int, str] = {}
        found: dict[int, str] = {}
        for step in self.steps:
            for _, artifact in step.output_artifacts():
                (found if step.is_resolver else made).setdefault(artifact.id, step.id)
        return {**found, **made}


def gather(store: MetadataStore, run: RunRecord) -> RunFacts:
    """Read a run and its steps from the store."""
    return RunFacts(run, facts_of_steps(store, node_records(store, run)))


def facts_of_steps(store: MetadataStore, records: Sequence[NodeRecord]) -> list[StepFacts]:
    """Read what steps read and wrote, of one run or of several."""
    ids = [record.execution.id for record in records if record.execution is not None]
    events = store.get_events_by_execution_ids(ids) if ids else []
    artifacts = _artifacts(store, {event.artifact_id for event in events})
    by_execution: dict[int, list[metadata_store_pb2.Event]] = {}
    for event in events:
        by_execution.setdefault(event.execution_id, []).append(event)
    steps = []
    for record in records:
        own = by_execution.get(record.execution.id, []) if record.execution is not None else []
        steps.append(StepFacts(record, _by_key(own, INPUT_EVENTS, artifacts), _by_key(own, OUTPUT_EVENTS, artifacts)))
    return steps


def _artifacts(store: MetadataStore, ids: Collection[int]) -> dict[int, Artifact]:
    if not ids:
        return {}
    messages, types = store.get_artifacts_and_types_by_artifact_ids(sorted(ids))
    by_id = {kind.id: kind for kind in types}
    return {message.id: from_store(message, by_id[message.type_id]) for message in messages}


def _by_key(
    events: Sequence[metadata_store_pb2.Event], kinds: Collection[int], artifacts: Mapping[int, Artifact]
) -> dict[str, list[Artifact]]:
    found: dict[str, dict[int, Artifact]] = {}
    for event in events:
        if event.type in kinds and event.artifact_id in artifacts:
            for key, index in paths_of(event):
                found.setdefault(key, {})[index] = artifacts[event.artifact_id]
    return {key: [by_index[index] for index in sorted(by_index)] for key, by_index in sorted(found.items())}
