"""Training logs are found through the store, and named so that a person can tell them apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gristmill.metadata import MetadataStore
from gristmill.orchestration.history import find_run, list_runs
from gristmill.orchestration.stops.checkpoint import Point, listen
from gristmill.orchestration.training_logs import TrainingLogs, logs_of_model, logs_of_runs

from .conftest import PREAMBLE, Project

TRAINING = """
from gristmill.dsl.standard_artifacts import ModelRun, PushedModel

@component
def train(text: Parameter[str], model: OutputArtifact[Model], model_run: OutputArtifact[ModelRun]):
    write(model, text)
    with open(os.path.join(model_run.uri, "events.out.tfevents.1"), "w") as file:
        file.write(text)

@component
def push(model: InputArtifact[Model], pushed: OutputArtifact[PushedModel], better: str = ""):
    write(pushed, read(model))

@component
def compare(model: InputArtifact[Model], baseline: InputArtifact[Model]) -> OutputDict(better=str):
    return {"better": read(model) + read(baseline)}

def create_pipeline(text="hello", baseline=None, **options):
    trained = train(text=text)
    pushed = push(model=trained.outputs["model"])
    if baseline:
        other = train(text=baseline).with_id("baseline")
        compared = compare(model=trained.outputs["model"], baseline=other.outputs["model"])
        pushed = push(model=trained.outputs["model"], better=compared.outputs["better"])
        options["components"] = [other, compared]
    root = os.path.join(os.path.dirname(os.environ["CALLS"]), "root")
    return Pipeline("small", root, components=[trained, pushed, *options.pop("components", [])], **options)
"""


@pytest.fixture
def store(project: Project) -> Iterator[MetadataStore]:
    project.write("pipeline.py", PREAMBLE + TRAINING)
    project.run()
    with MetadataStore(project.store) as opened:
        yield opened


def test_each_run_has_its_logs_under_its_number(store: MetadataStore, project: Project) -> None:
    project.run(text="other")
    found = logs_of_runs(store, list_runs(store))
    assert [logs.name for logs in found] == ["small run 2", "small run 1"]
    assert [(Path(logs.uri) / "events.out.tfevents.1").read_text() for logs in found] == ["other", "hello"]


def test_logs_that_a_run_reused_are_there_once_and_name_both_runs(store: MetadataStore, project: Project) -> None:
    project.run()
    assert [logs.name for logs in logs_of_runs(store, list_runs(store))] == ["small runs 2, 1"]


def test_a_model_leads_to_its_training_and_so_does_what_was_made_from_it(store: MetadataStore) -> None:
    [model], [pushed] = store.get_artifacts_by_type("Model"), store.get_artifacts_by_type("PushedModel")
    [expected] = logs_of_runs(store, list_runs(store))
    assert logs_of_model(store, model.id) == [TrainingLogs(f"model {model.id} (train of run 1)", expected.uri)]
    assert [logs.uri for logs in logs_of_model(store, pushed.id)] == [expected.uri]


def test_what_a_model_was_compared_with_is_another_training(store: MetadataStore, project: Project) -> None:
    project.run(text="other", baseline="older")
    project.run(text="other", baseline="older")  # takes all of it over
    newest = store.get_artifacts_by_type("PushedModel")[-1]
    assert [logs.name for logs in logs_of_model(store, newest.id)] == [f"model {newest.id} (train of run 2)"]


def test_a_step_that_still_runs_has_its_logs_where_it_writes_them(store: MetadataStore, project: Project) -> None:
    seen: list[TrainingLogs] = []

    def look(node_id: str, point: Point) -> None:
        if (node_id, point) == ("train", Point.EXECUTED):
            seen.extend(logs_of_runs(store, [find_run(store, "latest")]))

    listen(look)
    try:
        project.run(text="other")
    finally:
        listen(None)
    [logs] = seen
    assert logs.name == "small run 2"
    assert "/.system/executions/" in logs.uri
