"""A plan comes true: what it says of a step is what the run then does, for the same reason; and it writes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from gristmill.orchestration import LocalDagRunner, PlannedState, RunOptions, plan
from gristmill.orchestration.run_settings import Caching, RunSettings, overriding

from .test_conditions_and_resolvers import build, with_resolver

EDITS = {
    "nothing": lambda project: None,
    "a helper": lambda project: project.edit("helper.py", "text.upper()", "text.title()"),
    "a helper, to the same effect": lambda project: project.edit("helper.py", "text.upper()", "str(text.upper())"),
    "the first step": lambda project: project.edit("pipeline.py", 'note("start")', 'note("start"); str()'),
    "the last step": lambda project: project.edit("pipeline.py", '" & "', '" and "'),
    "an output that was deleted": lambda project: harm(project, "right"),
    "the last output": lambda project: harm(project, "join"),
    "two steps": lambda project: (harm(project, "start"), project.edit("pipeline.py", '" & "', '" and "')),
}
OPTIONS = {
    "all": RunOptions(),
    "the end": RunOptions(from_nodes=["left"]),
    "the beginning": RunOptions(to_nodes=["right"]),
}
BECOMES = {
    PlannedState.RUNS: {"complete"},
    PlannedState.REUSED: {"cached"},
    PlannedState.DEPENDS: {"complete", "cached", "skipped"},
    PlannedState.SKIPPED: {"skipped"},
    PlannedState.BLOCKED: {"blocked"},
    PlannedState.FAILS: {"failed"},
}


def harm(project, node_id: str) -> None:  # type: ignore[no-untyped-def]
    for payload in (project.folder / "root" / node_id).rglob("payload.txt"):
        payload.unlink()


def files(folder: Path) -> dict[str, tuple[int, int]]:
    found = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in found}


def check(planned, result) -> None:  # type: ignore[no-untyped-def]
    assert list(planned.nodes) == list(result.nodes)
    assert planned.number == result.number
    for node_id, node in planned.nodes.items():
        became = result.nodes[node_id]
        assert became.state.value in BECOMES[node.state], (node, became)
        if node.state is PlannedState.RUNS:  # behind a step that runs, its inputs may have changed as well
            words = node.reason.removesuffix(" changed").split(", ")
            assert all(word in became.reason for word in words), (node, became)
        elif node.state is not PlannedState.DEPENDS:
            assert node.reason == became.reason


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("edit", EDITS)
def test_a_plan_comes_true(project, edit: str, options: str) -> None:  # type: ignore[no-untyped-def]
    project.run()
    EDITS[edit](project)
    with overriding(RunSettings(caching=Caching.ON)):
        before = files(project.folder)
        planned = plan(project.pipeline(), OPTIONS[options])
        assert files(project.folder) == before
        try:
            result = LocalDagRunner().run(project.pipeline(), OPTIONS[options])
        except Exception:  # noqa: BLE001 - a stand-in whose outputs are gone fails the run, as the plan must say
            assert planned.of_state(PlannedState.FAILS)
            return
    check(planned, result)


@pytest.mark.parametrize("caching", list(Caching))
def test_a_plan_knows_the_policy_of_reuse(project, caching: Caching) -> None:  # type: ignore[no-untyped-def]
    project.run(caching=caching)
    with overriding(RunSettings(caching=caching)):
        planned = plan(project.pipeline())
    result = project.run(caching=caching)
    assert {node.state for node in planned.nodes.values()} <= {PlannedState.RUNS, PlannedState.REUSED}
    assert {id: node.state is PlannedState.REUSED for id, node in planned.nodes.items()} == {
        id: node.state.value == "cached" for id, node in result.nodes.items()
    }


def test_the_plan_of_a_first_run_makes_no_store(project) -> None:  # type: ignore[no-untyped-def]
    planned = plan(project.pipeline())
    assert {(node.state, node.reason) for node in planned.nodes.values()} == {(PlannedState.RUNS, "first run")}
    assert not (project.folder / "root").exists()
    check(planned, project.run())


def test_a_step_behind_one_that_runs_is_said_to_depend_on_it(project) -> None:  # type: ignore[no-untyped-def]
    project.run()
    project.edit("helper.py", "text.upper()", "str(text.upper())")
    with overriding(RunSettings(caching=Caching.ON)):
        nodes = plan(project.pipeline()).nodes
    assert (nodes["left"].state, nodes["left"].reason) == (PlannedState.RUNS, "helper.py changed")
    assert (nodes["join"].state, nodes["join"].reason) == (PlannedState.DEPENDS, "runs if the output of left changes")
    assert nodes["join"].depends_on == ("left",)


def test_conditions_that_are_not_decided_yet_are_said_to_be_open(project) -> None:  # type: ignore[no-untyped-def]
    first = plan(build(project, number=9))
    assert first.nodes["measure"].state is PlannedState.RUNS
    assert first.nodes["use"].reason == "its condition is decided by measure"
    assert first.nodes["after"].reason == "use may be skipped"
    check(first, LocalDagRunner().run(build(project, number=9)))


def test_resolvers_say_what_they_would_choose_now(project) -> None:  # type: ignore[no-untyped-def]
    assert plan(with_resolver(project)).of_state(PlannedState.FAILS) == ("latest",)
    project.run()
    for _ in range(2):
        planned = plan(with_resolver(project))
        check(planned, LocalDagRunner().run(with_resolver(project)))


def test_a_file_outside_that_is_gone_is_said_to_fail_its_step(project) -> None:  # type: ignore[no-untyped-def]
    from gristmill.dsl.importer import Importer
    from gristmill.dsl.pipeline import Pipeline
    from gristmill.dsl.standard_artifacts import Model

    importer = Importer(source_uri=str(project.folder / "nowhere"), artifact_type=Model)
    planned = plan(Pipeline("imports", str(project.folder / "root"), components=[importer]))
    assert planned.of_state(PlannedState.FAILS) == ("Importer",)
    assert "nothing to import" in planned.nodes["Importer"].reason


def test_no_step_and_no_line_behind_the_pipeline_is_run_for_a_plan(project) -> None:  # type: ignore[no-untyped-def]
    from typer.testing import CliRunner

    from gristmill.cli.main import app

    ending = """
if __name__ == "__main__":
    from gristmill.orchestration import LocalDagRunner
    try:
        LocalDagRunner().run(create_pipeline())
    except Exception:
        note("caught")
    note("behind")
"""
    project.write("pipeline.py", (project.folder / "pipeline.py").read_text() + ending)
    project.calls_file.write_text("")
    told = CliRunner().invoke(app, ["plan", str(project.folder / "pipeline.py")], catch_exceptions=False)
    assert told.exit_code == 0
    assert "diamond · plan of run 1 · 4 steps" in told.stdout
    assert "● start runs: first run" in told.stdout
    assert project.calls() == []


def test_the_plan_of_a_run_that_would_resume_another_says_what_is_taken_from_it(project) -> None:  # type: ignore[no-untyped-def]
    project.edit("pipeline.py", 'note("right")', 'note("right"); raise ValueError("no luck")')
    project.run(caching=Caching.PIPELINE)
    project.edit("pipeline.py", 'raise ValueError("no luck")', "pass")
    planned = plan(project.pipeline())
    assert planned.of_state(PlannedState.REUSED) == ("start", "left")
    check(planned, project.run(caching=Caching.PIPELINE))
