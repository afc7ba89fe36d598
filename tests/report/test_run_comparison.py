"""Two runs side by side: what differs, and what came of it."""

from __future__ import annotations

import shutil

import pytest

from gristmill.dsl.annotations import InputArtifact, OutputDict
from gristmill.dsl.channel import Channel
from gristmill.dsl.function_component import component
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.resolver import Resolver
from gristmill.dsl.standard_artifacts import Model
from gristmill.dsl.strategies.contract import ResolverStrategy
from gristmill.errors import ConfigError
from gristmill.metadata import MetadataStore
from gristmill.orchestration import LocalDagRunner
from gristmill.report import compare_runs
from gristmill.report.run_comparison import Change, StepComparison

from .conftest import Reader, Readings, train


def test_runs_that_did_the_same_differ_in_nothing(readings: Readings) -> None:
    readings.run()
    readings.run()
    comparison = compare_runs(readings.store, "1", "2")
    assert comparison.steps == {step: StepComparison(("complete", "cached")) for step in ("Reader", "train", "judge")}
    assert not any(step.differs for step in comparison.steps.values())


def test_another_parameter_and_the_numbers_that_came_of_it_are_told(readings: Readings) -> None:
    readings.run(steps=3)
    readings.run(steps=5)
    steps = compare_runs(readings.store, "1", "latest").steps
    assert not steps["Reader"].differs
    assert steps["train"].parameters == (Change("steps", 3, 5),)
    assert [change.name for change in steps["judge"].inputs] == ["input model"]
    assert steps["judge"].metrics == (Change("size", 3.0, 5.0),)


def test_other_data_is_told_as_an_input_of_the_step_that_reads_it(readings: Readings) -> None:
    readings.run()
    readings.data.write_text("a\n2\n")
    readings.run()
    [change] = compare_runs(readings.store, "1", "2").steps["Reader"].inputs
    assert change.name == f"file {readings.data}"
    assert change.before != change.after


def test_a_step_that_failed_and_those_behind_it_show_their_states(readings: Readings) -> None:
    readings.run()
    readings.run_failing()
    steps = compare_runs(readings.store, "1", "2").steps
    assert [step.states[1] for step in steps.values()] == ["cached", "failed", "blocked"]
    assert steps["train"].parameters == (Change("steps", 3, -1),)


def test_a_payload_that_is_gone_has_no_numbers(readings: Readings) -> None:
    readings.run()
    readings.run(steps=5)
    shutil.rmtree(readings.folder / "root" / "judge" / "size" / "3")
    assert compare_runs(readings.store, "1", "2").steps["judge"].metrics == (Change("size", None, 5.0),)


def test_an_unknown_run_is_refused(readings: Readings) -> None:
    readings.run()
    with pytest.raises(ConfigError, match="no such run"):
        compare_runs(readings.store, "1", "7")


class NewestIfAny(ResolverStrategy):
    def resolve_artifacts(self, store, input_dict):  # type: ignore[no-untyped-def]
        return {key: sorted(found, key=lambda artifact: artifact.id)[-1:] for key, found in input_dict.items()}


@component
def compare(model: InputArtifact[Model], baseline: InputArtifact[Model] | None = None) -> OutputDict(size=float):
    return {"size": 1.0 if baseline is None else 2.0}


def test_an_input_that_found_nothing_is_nothing_and_not_a_digest(readings: Readings) -> None:
    for _ in range(2):
        earlier = Resolver(strategy_class=NewestIfAny, model=Channel(type=Model)).with_id("earlier")
        reader = Reader(path=str(readings.data))
        trained = train(steps=3, examples=reader.outputs["examples"])
        compared = compare(model=trained.outputs["model"], baseline=earlier.outputs["model"])
        steps = [reader, trained, earlier, compared]
        pipeline = Pipeline("compared", str(readings.folder / "root"), components=steps)
        LocalDagRunner().run(pipeline)
    store = MetadataStore(readings.folder / "root" / "metadata.sqlite")
    [change] = compare_runs(store, "1", "2").steps["compare"].inputs
    store.close()
    assert (change.name, change.before) == ("input baseline", None)
    assert change.after
