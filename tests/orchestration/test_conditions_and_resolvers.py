"""Cond, resolvers, and parameters that are known only when the pipeline runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from gristmill.dsl.channel import Channel, union
from gristmill.dsl.condition import Cond
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.resolver import Resolver
from gristmill.dsl.standard_artifacts import Model
from gristmill.dsl.strategies.latest_artifact import LatestArtifactStrategy
from gristmill.dsl.user_module import load_user_module
from gristmill.errors import RunError
from gristmill.metadata import MetadataStore
from gristmill.orchestration import LocalDagRunner
from gristmill.proto.metadata_store_pb2 import Event

VALUES = """
@component
def measure(number: Parameter[int]) -> OutputDict(score=int):
    note("measure")
    return {"score": number}

@component
def use(score: int, extra: Parameter[str]) -> OutputDict(text=str):
    note("use")
    return {"text": f"{score} {extra}"}

@component
def after(text: str) -> OutputDict(length=int):
    note("after")
    return {"length": len(text)}
"""


def build(project, number: int):  # type: ignore[no-untyped-def]
    source = (project.folder / "pipeline.py").read_text()
    if "def measure" not in source:
        project.write("pipeline.py", source.partition("import helper")[0] + VALUES)
    module = load_user_module(str(project.folder / "pipeline.py"))
    measured = module.measure(number=number)
    with Cond(measured.outputs["score"].future()[0].value > 3):
        used = module.use(score=measured.outputs["score"], extra=measured.outputs["score"].future()[0].uri + "!")
    behind = module.after(text=used.outputs["text"])
    return Pipeline("conditional", str(project.folder / "root"), components=[measured, used, behind])


def test_a_condition_that_holds_lets_the_node_run(project, states) -> None:  # type: ignore[no-untyped-def]
    result = LocalDagRunner().run(build(project, 5))
    assert set(states(result).values()) == {"complete"}


def test_parameters_may_come_from_artifacts(project) -> None:  # type: ignore[no-untyped-def]
    result = LocalDagRunner().run(build(project, 5))
    score = result.outputs("measure")["score"][0]
    assert result.outputs("use")["text"][0].read() == f"5 {score.uri}!"


def test_a_condition_that_does_not_hold_skips_the_node_and_what_needs_it(project, states) -> None:  # type: ignore[no-untyped-def]
    result = LocalDagRunner().run(build(project, 2))
    assert states(result) == {"measure": "complete", "use": "skipped", "after": "skipped"}
    assert result.nodes["use"].reason == "its condition does not hold"
    assert result.nodes["after"].reason == "its input 'text' comes from use, which was skipped"
    with MetadataStore(project.store) as store:
        assert len(store.get_executions()) == 1


def test_a_union_whose_nodes_were_all_skipped_skips_the_node_behind(project, states) -> None:  # type: ignore[no-untyped-def]
    pipeline = build(project, 2)
    module = load_user_module(str(project.folder / "pipeline.py"))
    measured = pipeline.node("measure")
    with Cond(measured.outputs["score"].future()[0].value > 4):
        other = module.use(score=measured.outputs["score"], extra="?").with_id("other")
    either = union([pipeline.node("use").outputs["text"], other.outputs["text"]])
    behind = module.after(text=either).with_id("behind")
    result = LocalDagRunner().run(
        Pipeline("u", str(project.folder / "root"), components=[*pipeline.components, other, behind])
    )
    assert states(result)["behind"] == "skipped"


def with_resolver(project):  # type: ignore[no-untyped-def]
    pipeline = project.pipeline()
    latest = Resolver(strategy_class=LatestArtifactStrategy, model=Channel(type=Model)).with_id("latest")
    return Pipeline("diamond", pipeline.pipeline_root, components=[latest, *pipeline.components])


def test_a_resolver_finds_what_earlier_runs_published_and_nothing_of_its_own_run(project) -> None:  # type: ignore[no-untyped-def]
    first = project.run()
    newest = max(a.id for node in first.nodes.values() for items in node.outputs.values() for a in items)
    result = LocalDagRunner().run(with_resolver(project))
    assert [artifact.id for artifact in result.outputs("latest")["model"]] == [newest]


def test_a_resolver_publishes_its_choice_as_internal_output(project) -> None:  # type: ignore[no-untyped-def]
    project.run()
    result = LocalDagRunner().run(with_resolver(project))
    with MetadataStore(project.store) as store:
        events = store.get_events_by_execution_ids([result.nodes["latest"].execution_id])
    assert [event.type for event in events] == [Event.INTERNAL_OUTPUT]


def test_a_resolver_that_must_find_something_fails_when_there_is_nothing(project, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    latest = Resolver(strategy_class=LatestArtifactStrategy, model=Channel(type=Model)).with_id("latest")
    with pytest.raises(RunError) as raised:
        LocalDagRunner().run(Pipeline("empty", str(tmp_path / "root"), components=[latest]))
    assert "found no artifacts that will do" in str(raised.value.__cause__)
