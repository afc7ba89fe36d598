"""A run as OpenLineage events, for catalogs and lineage tools that speak it (Marquez, DataHub, OpenMetadata, …).

The pipeline's run is one run of a job named after the pipeline; each step's execution is a run of the job
``<pipeline>.<step>``, with the pipeline's run as its parent. Each has an event when it began and one when it ended.
Artifacts and files from outside are datasets, named by OpenLineage's naming rules; their version is the digest of what
they hold. Events follow the specification 2-0-2 (https://openlineage.io/spec/2-0-2/OpenLineage.json).
"""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gristmill.dsl.artifact import Artifact
from gristmill.io import filesystem
from gristmill.metadata import MetadataStore
from gristmill.orchestration.fingerprints.external_inputs import from_json
from gristmill.orchestration.history import find_run
from gristmill.orchestration.records import record_names as names
from gristmill.orchestration.records.execution_records import gristmill_version
from gristmill.orchestration.records.run_records import RunRecord, text_of
from gristmill.redaction import without_secrets
from gristmill.report.run_facts import RunFacts, StepFacts, gather

__all__ = ["openlineage_events"]

Json = dict[str, Any]

_PRODUCER = "https://pypi.org/project/gristmill/"
_SPEC = "https://openlineage.io/spec"
_EVENT_SCHEMA = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
_FACETS = {  # facet name -> version of its schema
    "DatasetTypeDatasetFacet": "1-0-1",
    "DatasetVersionDatasetFacet": "1-0-1",
    "ErrorMessageRunFacet": "1-0-1",
    "JobTypeJobFacet": "2-0-4",
    "ParentRunFacet": "1-2-0",
    "ProcessingEngineRunFacet": "1-1-1",
}
_ENDS = {"complete": "COMPLETE", "cached": "COMPLETE", "failed": "FAIL", "canceled": "ABORT"}


def openlineage_events(store: MetadataStore, run: RunRecord | str, *, namespace: str = "gristmill") -> Iterator[Json]:
    """The events of a run, as JSON values in the order of their times; what still runs has no end yet.

    Args:
        store: where the run is recorded.
        run: the run, or how a person names it: ``3``, ``taxi/3``, a run id, ``latest``.
        namespace: of the jobs: what tells this installation from others.

    Raises:
        ConfigError: there is no such run, or several pipelines have one of that number.
    """
    facts = gather(store, find_run(store, run) if isinstance(run, str) else run)
    events = [*_run_events(facts, namespace)]
    for step in facts.steps:
        events += _step_events(facts, step, namespace)
    yield from sorted(events, key=_place)


def _place(event: Json) -> tuple[object, ...]:
    """In time; at one moment a start comes before an end, and the run's are around those of its steps."""
    starts, is_run = event["eventType"] == "START", "parent" not in event["run"]["facets"]
    return event["eventTime"], not starts, is_run != starts


def _run_events(facts: RunFacts, namespace: str) -> Iterator[Json]:
    run = facts.run
    body: Json = {
        "run": {"runId": _run_uuid(run), "facets": _engine()},
        "job": _job(namespace, run.pipeline_name, "DAG"),
    }
    yield _event("START", run.started_ms, body)
    if run.seconds is not None and facts.state in _ENDS:
        error = {"errorMessage": _error(run.reason)} if run.reason and facts.state == "failed" else {}
        ended: Json = {**body, "run": {**body["run"], "facets": {**_engine(), **error}}}
        ends = [_end_of(step) for step in facts.steps]  # rounded: the last may seem to be behind the run's
        yield _event(_ENDS[facts.state], max([run.started_ms + int(run.seconds * 1000), *ends]), ended)


def _step_events(facts: RunFacts, step: StepFacts, namespace: str) -> Iterator[Json]:
    if step.record.execution is None or step.started_ms is None:
        return
    parent = _facet(
        "ParentRunFacet",
        run={"runId": _run_uuid(facts.run)},
        job={"namespace": namespace, "name": facts.run.pipeline_name},
    )
    facets = {"parent": parent, **_engine()}
    body: Json = {
        "run": {"runId": _uuid(step.record.execution.name), "facets": facets},
        "job": _job(namespace, f"{facts.run.pipeline_name}.{step.id}", "TASK"),
        "inputs": [*_files(step), *_datasets(step.inputs)],
    }
    yield _event("START", step.started_ms, body)
    if step.record.state in _ENDS:
        error = {"errorMessage": _error(step.record.error)} if step.record.error else {}
        ended: Json = {
            **body,
            "run": {**body["run"], "facets": {**facets, **error}},
            "outputs": [*_datasets(step.outputs)],
        }
        yield _event(_ENDS[step.record.state], _end_of(step), ended)


def _end_of(step: StepFacts) -> int:
    return (step.started_ms or 0) + int((step.seconds or 0) * 1000)


def _event(kind: str, time_ms: int, body: Mapping[str, Any]) -> Json:
    time = datetime.datetime.fromtimestamp(time_ms / 1000, datetime.UTC).isoformat(timespec="milliseconds")
    return {
        "eventType": kind,
        "eventTime": time,
        "producer": _PRODUCER,
        "schemaURL": _EVENT_SCHEMA,
        "inputs": [],
        "outputs": [],
        **body,
    }


def _facet(kind: str, **fields: object) -> Json:
    return {"_producer": _PRODUCER, "_schemaURL": f"{_SPEC}/facets/{_FACETS[kind]}/{kind}.json#/$defs/{kind}", **fields}


def _job(namespace: str, name: str, kind: str) -> Json:
    of_kind = _facet("JobTypeJobFacet", processingType="BATCH", integration="GRISTMILL", jobType=kind)
    return {"namespace": namespace, "name": name, "facets": {"jobType": of_kind}}


def _engine() -> Json:
    return {"processing_engine": _facet("ProcessingEngineRunFacet", version=gristmill_version(), name="gristmill")}


def _error(message: str) -> Json:
    return _facet("ErrorMessageRunFacet", message=without_secrets(message), programmingLanguage="PYTHON")


def _files(step: StepFacts) -> Iterator[Json]:
    """What the step read from outside."""
    execution = step.record.execution
    recorded = from_json(text_of(execution, names.EXTERNAL_FILES)) if execution is not None else {}
    for uri, file in recorded.items():
        yield _dataset(uri, "FILE", "", file.digest)


def _datasets(artifacts: Mapping[str, Sequence[Artifact]]) -> Iterator[Json]:
    for artifact in {found.id: found for each in artifacts.values() for found in each}.values():
        digest = artifact.get_string_custom_property(names.PAYLOAD_DIGEST)
        yield _dataset(artifact.uri, "JOB_OUTPUT", artifact.type_name, digest)


def _dataset(uri: str, kind: str, sub_kind: str, digest: str) -> Json:
    namespace, name = _dataset_name(uri)
    more = {"subType": sub_kind} if sub_kind else {}
    facets = {"datasetType": _facet("DatasetTypeDatasetFacet", datasetType=kind, **more)}
    if digest:
        facets["version"] = _facet("DatasetVersionDatasetFacet", datasetVersion=digest)
    return {"namespace": namespace, "name": name, "facets": facets}


def _dataset_name(uri: str) -> tuple[str, str]:
    """Namespace and name by https://openlineage.io/docs/spec/naming: ``file`` and a path, ``s3://bucket`` and a key."""
    if filesystem.is_local(uri):
        return "file", filesystem.absolute(uri)
    scheme, _, rest = without_secrets(uri).partition("://")
    bucket, _, key = rest.partition("/")
    return f"{scheme}://{bucket}", key or "/"


def _run_uuid(run: RunRecord) -> str:
    return _uuid(json.dumps([run.pipeline_name, run.run_id]))


def _uuid(name: str) -> str:
    """The name itself where it is a UUID; otherwise one that is the same whenever it is asked for."""
    try:
        return str(uuid.UUID(name))
    except ValueError:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{_PRODUCER}{name}"))
