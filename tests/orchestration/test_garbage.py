"""Garbage collection: what is kept and why, what goes, and what a killed collection leaves."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gristmill.errors import ConfigError
from gristmill.metadata import MetadataStore
from gristmill.orchestration.garbage import GarbagePlan, collect_garbage, plan_garbage
from gristmill.orchestration.records.run_records import ContextTypes, close_run, leave_run, open_run
from gristmill.orchestration.retention import Retention
from gristmill.proto.metadata_store_pb2 import Artifact

from .conftest import PREAMBLE, Project

# A model is trained on examples, and pushed when their text asks for it; notes lie beside that.
CHAIN = """
from gristmill.dsl.standard_artifacts import PushedModel

@component
def read_examples(text: Parameter[str], examples: OutputArtifact[Examples]):
    write(examples, "examples of " + text)

@component
def train(examples: InputArtifact[Examples], model: OutputArtifact[Model]):
    write(model, "model of " + read(examples))

@component
def notes(examples: InputArtifact[Examples], model: OutputArtifact[Model]):
    write(model, "notes on " + read(examples))

@component
def push(model: InputArtifact[Model], pushed: OutputArtifact[PushedModel]):
    write(pushed, "push of " + read(model))
    is_pushed = int("pushed" in read(model))
    pushed.set_int_custom_property("pushed", is_pushed)
    if is_pushed:
        pushed.set_string_custom_property("pushed_destination", "/serving/model/" + str(pushed.id))

def create_pipeline(text="hello", **options):
    first = read_examples(text=text)
    trained = train(examples=first.outputs["examples"])
    beside = notes(examples=first.outputs["examples"])
    pushed = push(model=trained.outputs["model"])
    root = os.path.join(os.path.dirname(os.environ["CALLS"]), "root")
    return Pipeline("chain", root, components=[first, trained, beside, pushed], **options)
"""

LAST = Retention(runs=1)


@pytest.fixture
def chain(project: Project) -> Project:
    project.write("pipeline.py", PREAMBLE + CHAIN)
    return project


@pytest.fixture
def store(chain: Project) -> Iterator[MetadataStore]:
    """The store after a run whose model was pushed, one whose model was not, and a last one."""
    for text in ("pushed", "forgotten", "last"):
        chain.run(text=text)
    with MetadataStore(chain.store) as opened:
        yield opened


def texts(plan: GarbagePlan) -> set[str]:
    return {(Path(payload.uri) / "payload.txt").read_text() for payload in plan.payloads}


def texts_on_disk(project: Project) -> set[str]:
    return {path.read_text() for path in (project.folder / "root").rglob("payload.txt")}


def states(store: MetadataStore) -> set[int]:
    return {artifact.state for artifact in store.get_artifacts()}


def texts_of(run: str) -> set[str]:
    examples, model = f"examples of {run}", f"model of examples of {run}"
    return {examples, model, f"notes on {examples}", f"push of {model}"}


BESIDE = "notes on examples of pushed"  # made from the same data as the pushed model, but not behind it
FORGOTTEN = texts_of("forgotten")
LAST_TEXTS = texts_of("last")
PUSHED = texts_of("pushed") - {BESIDE}


def test_what_is_behind_a_pushed_model_and_of_a_recent_run_is_kept(store: MetadataStore, chain: Project) -> None:
    plan = plan_garbage(store, LAST)
    assert texts(plan) == FORGOTTEN | {BESIDE}
    assert plan.kept == {"behind a pushed model": 3, "of a recent run": 4}
    assert plan.size == sum(map(len, FORGOTTEN | {BESIDE}))


def test_a_plan_changes_nothing(store: MetadataStore, chain: Project) -> None:
    before = texts_on_disk(chain)
    plan_garbage(store, LAST)
    assert texts_on_disk(chain) == before
    assert states(store) == {Artifact.LIVE}


def test_a_collection_deletes_payloads_and_keeps_the_records(store: MetadataStore, chain: Project) -> None:
    collect_garbage(store, plan_garbage(store, LAST))
    assert texts_on_disk(chain) == PUSHED | LAST_TEXTS
    deleted = [artifact for artifact in store.get_artifacts() if artifact.state == Artifact.DELETED]
    assert len(deleted) == 5
    assert all(artifact.custom_properties["gristmill_digest"].string_value for artifact in deleted)
    assert plan_garbage(store, LAST).payloads == []


def test_a_step_whose_payload_was_collected_runs_again_and_one_that_was_kept_is_reused(
    store: MetadataStore, chain: Project
) -> None:
    collect_garbage(store, plan_garbage(store, LAST))
    result = chain.run(text="pushed")
    found = {node_id: node.state.value for node_id, node in result.nodes.items()}
    assert found == {"read_examples": "cached", "train": "cached", "notes": "complete", "push": "cached"}
    assert "is in the state DELETED" in result.nodes["notes"].reason


def test_what_a_recent_run_reused_is_kept_although_an_old_run_made_it(store: MetadataStore, chain: Project) -> None:
    chain.run(text="forgotten")
    assert texts(plan_garbage(store, LAST)) == {BESIDE} | LAST_TEXTS


def test_a_retention_can_name_ages_pushed_models_and_artifacts(store: MetadataStore) -> None:
    assert plan_garbage(store, Retention(runs=0, days=1)).payloads == []
    assert texts(plan_garbage(store, Retention(runs=1, pushed=0))) > PUSHED
    [forgotten] = [
        artifact.id
        for artifact in store.get_artifacts_by_type("Model")
        if (Path(artifact.uri) / "payload.txt").read_text() == "model of examples of forgotten"
    ]
    plan = plan_garbage(store, Retention(runs=1, artifact_ids=[forgotten]))
    assert texts(plan) == {"notes on examples of forgotten", "push of model of examples of forgotten", BESIDE}


def test_only_the_named_pipelines_payloads_go(store: MetadataStore) -> None:
    assert texts(plan_garbage(store, LAST, "chain")) == FORGOTTEN | {BESIDE}
    with pytest.raises(ConfigError, match="no such pipeline"):
        plan_garbage(store, LAST, "other")


def test_payloads_outside_of_pipeline_roots_are_never_deleted(store: MetadataStore, tmp_path: Path) -> None:
    [kind] = [kind for kind in store.get_artifact_types() if kind.name == "Model"]
    outside = tmp_path / "elsewhere" / "node" / "key" / "1"
    outside.mkdir(parents=True)
    store.put_artifacts([Artifact(type_id=kind.id, uri=str(outside), state=Artifact.LIVE)])
    assert str(outside) not in {payload.uri for payload in plan_garbage(store, LAST).payloads}


def test_a_payload_that_another_artifact_points_into_is_kept_with_it(store: MetadataStore) -> None:
    doomed = plan_garbage(store, LAST).payloads[0]
    [made_by_hand] = store.put_artifacts(
        [Artifact(type_id=doomed.artifacts[0].type_id, uri=f"{doomed.uri}/part", state=Artifact.LIVE)]
    )
    plan = plan_garbage(store, Retention(runs=1, artifact_ids=[made_by_hand]))
    assert doomed.uri not in {payload.uri for payload in plan.payloads}


def test_nothing_is_deleted_while_a_run_is_under_way(store: MetadataStore, chain: Project) -> None:
    plan, before = plan_garbage(store, LAST), texts_on_disk(chain)
    types = ContextTypes.register(store)
    run = open_run(store, types, pipeline_name="chain", pipeline_root=str(chain.folder / "root"), node_ids=[])
    with pytest.raises(ConfigError, match="while a run is under way"):
        collect_garbage(store, plan)
    close_run(store, run, "complete", "", {})
    leave_run(run)
    assert texts_on_disk(chain) == before
    assert states(store) == {Artifact.LIVE}


KILLED = """
import os, signal, sys
from gristmill.metadata import MetadataStore
from gristmill.orchestration.garbage import collect_garbage, plan_garbage
from gristmill.orchestration.retention import Retention
from gristmill.io import filesystem

after, remove = int(sys.argv[2]), filesystem.remove_tree
removed = []

def remove_or_die(uri):
    if len(removed) == after:
        os.kill(os.getpid(), signal.SIGKILL)
    remove(uri)
    removed.append(uri)

filesystem.remove_tree = remove_or_die
store = MetadataStore(sys.argv[1])
collect_garbage(store, plan_garbage(store, Retention(runs=1)))
"""


@pytest.mark.parametrize("after", [0, 2])
def test_a_killed_collection_is_finished_by_the_next(store: MetadataStore, chain: Project, after: int) -> None:
    process = subprocess.run([sys.executable, "-c", KILLED, chain.store, str(after)], check=False)
    assert process.returncode == -signal.SIGKILL
    assert Artifact.MARKED_FOR_DELETION in states(store)
    assert len(texts_on_disk(chain)) == len(PUSHED | LAST_TEXTS | FORGOTTEN | {BESIDE}) - after
    collect_garbage(store, plan_garbage(store, LAST))
    assert texts_on_disk(chain) == PUSHED | LAST_TEXTS
    assert states(store) == {Artifact.LIVE, Artifact.DELETED}


def test_what_a_killed_collection_marked_is_not_reused(store: MetadataStore, chain: Project) -> None:
    subprocess.run([sys.executable, "-c", KILLED, chain.store, "0"], check=False)
    result = chain.run(text="forgotten")
    assert {node.state.value for node in result.nodes.values()} == {"complete"}
