"""Running pipelines: order, parallelism, isolation of failures, and what the store says afterwards."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from gristmill.dsl.importer import Importer
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.runtime_parameter import RuntimeParameter
from gristmill.dsl.standard_artifacts import Model
from gristmill.errors import ConfigError, DataError, RunError, UserCodeError
from gristmill.metadata import MetadataStore
from gristmill.orchestration import LocalDagRunner, RunOptions
from gristmill.orchestration.metadata import sqlite_metadata_connection_config
from gristmill.proto.metadata_store_pb2 import Artifact, Event, Execution

COMPLETE = {"start": "complete", "left": "complete", "right": "complete", "join": "complete"}


def payload(result, node_id: str, key: str = "out") -> str:  # type: ignore[no-untyped-def]
    return (Path(result.outputs(node_id)[key][0].uri) / "payload.txt").read_text()


def test_every_node_runs_after_what_it_needs(project, states) -> None:  # type: ignore[no-untyped-def]
    result = project.run()
    assert states(result) == COMPLETE
    assert payload(result, "join") == "HELLO & right of hello"
    assert result.number == 1


def test_the_store_has_executions_artifacts_events_and_contexts_as_the_family_lays_them_out(project) -> None:  # type: ignore[no-untyped-def]
    result = project.run()
    join = result.nodes["join"]
    with MetadataStore(project.store) as store:
        [execution] = store.get_executions_by_id([join.execution_id])
        events = store.get_events_by_execution_ids([join.execution_id])
        contexts = {(c.type, c.name) for c in store.get_contexts_by_execution(join.execution_id)}
        [artifact] = store.get_artifacts_by_id([join.outputs["out"][0].id])
    assert execution.last_known_state == Execution.COMPLETE
    assert sorted((e.type, e.path.steps[0].key, e.path.steps[1].index) for e in events) == [
        (Event.INPUT, "a", 0),
        (Event.INPUT, "b", 0),
        (Event.OUTPUT, "out", 0),
    ]
    assert {("pipeline", "diamond"), ("pipeline_run", result.run_id), ("node", "diamond.join")} < contexts
    assert "execution_cache" in {kind for kind, _ in contexts}
    assert artifact.state == Artifact.LIVE
    assert artifact.uri == f"{project.folder}/root/join/out/{join.execution_id}"
    assert artifact.custom_properties["tfx_version"].string_value


def test_parameters_are_custom_properties_of_the_execution(project) -> None:  # type: ignore[no-untyped-def]
    result = project.run(text="x")
    with MetadataStore(project.store) as store:
        [execution] = store.get_executions_by_id([result.nodes["start"].execution_id])
    assert execution.custom_properties["text"].string_value == "x"


def test_nothing_but_outputs_is_left_in_the_pipeline_root(project) -> None:  # type: ignore[no-untyped-def]
    result = project.run()
    root = project.folder / "root"
    files = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    outputs = {
        f"{node_id}/{key}/{node.execution_id}/payload.txt" for node_id, node in result.nodes.items()
        for key in node.outputs
    }  # fmt: skip
    assert files == outputs | {"metadata.sqlite"}


def test_independent_nodes_run_at_once(project, states) -> None:  # type: ignore[no-untyped-def]
    project.edit("pipeline.py", "import helper\n", "import helper\nmeet = threading.Barrier(2, timeout=60)\n")
    project.edit("pipeline.py", 'note("left")', "meet.wait()")
    project.edit("pipeline.py", 'note("right")', "meet.wait()")
    assert states(project.run()) == COMPLETE


def test_no_more_nodes_than_allowed_run_at_once(project) -> None:  # type: ignore[no-untyped-def]
    project.edit("pipeline.py", "import helper\n", "import helper\nmeet = threading.Barrier(2, timeout=0.2)\n")
    project.edit("pipeline.py", 'note("left")', "meet.wait()")
    project.edit("pipeline.py", 'note("right")', "meet.wait()")
    with pytest.raises(RunError) as raised:
        LocalDagRunner(workers=1).run(project.pipeline())
    assert set(raised.value.failed) == {"left", "right"}


def test_a_failure_stops_what_depends_on_it_and_nothing_else(project, states) -> None:  # type: ignore[no-untyped-def]
    project.edit("pipeline.py", 'note("right")', 'raise ValueError("no luck")')
    result = project.run()
    assert states(result) == {"start": "complete", "left": "complete", "right": "failed", "join": "blocked"}
    assert result.nodes["join"].reason == "right failed"
    assert isinstance(result.nodes["right"].error, UserCodeError)


def test_the_run_error_names_the_nodes_that_failed_and_has_the_cause(project) -> None:  # type: ignore[no-untyped-def]
    project.edit("pipeline.py", 'note("right")', 'raise ValueError("no luck")')
    with pytest.raises(RunError, match="failed: right") as raised:
        LocalDagRunner().run(project.pipeline())
    assert raised.value.failed == ("right",)
    assert "no luck" in str(raised.value.__cause__)


def test_a_failed_node_leaves_a_failed_execution_with_the_message_and_no_files(project) -> None:  # type: ignore[no-untyped-def]
    project.edit("pipeline.py", 'note("right")', 'write(out, "half"); raise ValueError("no luck")')
    result = project.run()
    with MetadataStore(project.store) as store:
        [execution] = store.get_executions_by_id([result.nodes["right"].execution_id])
        events = store.get_events_by_execution_ids([execution.id])
    assert execution.last_known_state == Execution.FAILED
    assert "no luck" in execution.custom_properties["gristmill_error"].string_value
    assert {event.type for event in events} == {Event.INPUT}
    assert not list((project.folder / "root" / "right").rglob("payload.txt"))


def test_a_node_that_writes_no_value_is_a_failure_that_names_the_output(tmp_path: Path) -> None:
    from gristmill.dsl.base_component import BaseComponent
    from gristmill.dsl.component_spec import ChannelParameter, ComponentSpec
    from gristmill.dsl.executor import BaseExecutor
    from gristmill.dsl.executor_spec import ExecutorClassSpec
    from gristmill.dsl.value_artifacts import Integer

    class Lazy(BaseExecutor):
        def Do(self, input_dict, output_dict, exec_properties):  # type: ignore[no-untyped-def]
            pass

    class LazySpec(ComponentSpec):
        OUTPUTS = {"number": ChannelParameter(type=Integer)}

    class LazyNode(BaseComponent):
        SPEC_CLASS = LazySpec
        EXECUTOR_SPEC = ExecutorClassSpec(Lazy)

    with pytest.raises(RunError) as raised:
        LocalDagRunner().run(Pipeline("p", str(tmp_path), components=[LazyNode(LazySpec())]))
    assert isinstance(raised.value.__cause__, DataError)
    assert "without writing its output 'number'" in str(raised.value.__cause__)


def test_a_pipeline_without_a_root_is_refused() -> None:
    with pytest.raises(ConfigError, match="has no pipeline_root"):
        LocalDagRunner().run(Pipeline("p"))


def test_runs_are_numbered_in_each_pipeline(project) -> None:  # type: ignore[no-untyped-def]
    assert [project.run().number for _ in range(3)] == [1, 2, 3]


def test_runtime_parameters_reach_nodes_and_the_root(project, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    pipeline = project.pipeline(text=RuntimeParameter("text", ptype=str))
    pipeline.pipeline_root = RuntimeParameter("root", ptype=str)
    result = LocalDagRunner().run(pipeline, parameters={"text": "given", "root": str(tmp_path / "there")})
    assert payload(result, "start", "model") == "given"
    assert result.outputs("start")["model"][0].uri.startswith(str(tmp_path / "there"))


def test_a_missing_runtime_parameter_fails_its_node_with_a_record(project, states) -> None:  # type: ignore[no-untyped-def]
    result = project.run(text=RuntimeParameter("text", ptype=str))
    assert states(result)["start"] == "failed"
    assert "'text' has no value" in result.nodes["start"].reason
    assert result.nodes["start"].execution_id is not None


def test_a_failing_node_is_tried_again_as_often_as_it_asks(project, states) -> None:  # type: ignore[no-untyped-def]
    from gristmill.dsl.node_options import NodeExecutionOptions

    project.edit(
        "pipeline.py",
        'note("right")',
        'note("right"); assert times("right") == 3, "not yet"',
    )
    pipeline = project.pipeline()
    pipeline.node("right").with_node_execution_options(NodeExecutionOptions(max_execution_retries=2))
    project.calls_file.write_text("")
    result = LocalDagRunner().run(pipeline)
    assert states(result) == COMPLETE
    assert result.nodes["right"].reason.startswith("attempt 3 of 3, after: ")


def test_a_node_over_its_time_limit_fails(project, states) -> None:  # type: ignore[no-untyped-def]
    from gristmill.dsl.node_options import NodeExecutionOptions

    project.edit("pipeline.py", 'note("right")', "while True: os.getpid()")
    pipeline = project.pipeline()
    pipeline.node("right").with_node_execution_options(NodeExecutionOptions(execution_timeout_sec=1))
    with pytest.raises(RunError) as raised:
        LocalDagRunner().run(pipeline)
    assert raised.value.failed == ("right",)
    assert "longer than the 1 s" in str(raised.value.__cause__)


def test_a_node_whose_success_is_optional_does_not_stop_those_behind_it_in_order_only(project, states) -> None:  # type: ignore[no-untyped-def]
    from gristmill.dsl.node_options import NodeExecutionOptions

    project.edit("pipeline.py", 'note("right")', 'raise ValueError("no luck")')
    pipeline = project.pipeline()
    right, left = pipeline.node("right"), pipeline.node("left")
    right.with_node_execution_options(NodeExecutionOptions(success_optional=True))
    left.add_upstream_node(right)
    rebuilt = Pipeline("diamond", pipeline.pipeline_root, components=pipeline.components)
    with pytest.raises(RunError) as raised:
        LocalDagRunner().run(rebuilt)
    assert raised.value.failed == ("right",)
    with MetadataStore(project.store) as store:
        done = {e.custom_properties["gristmill_node"].string_value: e.last_known_state for e in store.get_executions()}
    assert done["left"] == Execution.COMPLETE
    assert "join" not in done


def test_two_runners_share_one_store(project, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    config = sqlite_metadata_connection_config(str(tmp_path / "shared" / "metadata.sqlite"))
    pipelines = []
    for name in ("one", "two"):
        made = project.pipeline()
        pipelines.append(Pipeline(name, str(tmp_path / name), config, components=made.components))
    results: dict[str, object] = {}

    def run(pipeline: Pipeline) -> None:
        results[pipeline.pipeline_name] = LocalDagRunner().run(pipeline)

    threads = [threading.Thread(target=run, args=[pipeline]) for pipeline in pipelines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: payload(result, "join") for name, result in results.items()} == {
        "one": "HELLO & right of hello",
        "two": "HELLO & right of hello",
    }


def test_a_partial_run_takes_what_lies_before_it_from_an_earlier_run(project, states) -> None:  # type: ignore[no-untyped-def]
    project.run()
    result = LocalDagRunner().run(project.pipeline(), RunOptions(from_nodes=["join"]))
    assert states(result) == {"start": "skipped", "left": "cached", "right": "cached", "join": "complete"}
    assert "run 1" in result.nodes["left"].reason
    assert payload(result, "join") == "HELLO & right of hello"


def test_a_partial_run_ends_where_it_is_told(project, states) -> None:  # type: ignore[no-untyped-def]
    result = LocalDagRunner().run(project.pipeline(), RunOptions(to_nodes=["left"]))
    assert states(result) == {"start": "complete", "left": "complete", "right": "skipped", "join": "skipped"}


def test_a_partial_run_without_an_earlier_one_says_what_is_missing(project) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(RunError) as raised:
        LocalDagRunner().run(project.pipeline(), RunOptions(from_nodes=["join"]))
    assert "no earlier run has outputs of it" in str(raised.value.__cause__)


def test_a_partial_run_with_an_unknown_node_is_refused_before_anything_runs(project) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigError, match="has no node 'joint'"):
        LocalDagRunner().run(project.pipeline(), RunOptions(from_nodes=["joint"]))


def test_an_importer_records_a_payload_once_and_again_when_it_changed(tmp_path: Path) -> None:
    payload_folder = tmp_path / "outside"
    payload_folder.mkdir()
    (payload_folder / "model.txt").write_text("1")

    def run():  # type: ignore[no-untyped-def]
        importer = Importer(source_uri=str(payload_folder), artifact_type=Model, custom_properties={"who": "me"})
        node = LocalDagRunner().run(Pipeline("p", str(tmp_path / "root"), components=[importer])).nodes["Importer"]
        return node.state.value, node.outputs["result"][0]

    state, first = run()
    assert (state, first.uri) == ("complete", str(payload_folder))
    state, again = run()
    assert (state, again.id) == ("cached", first.id)
    (payload_folder / "model.txt").write_text("22")
    state, changed = run()
    assert state == "complete"
    assert changed.id != first.id


def test_an_importer_of_nothing_fails_with_the_place(tmp_path: Path) -> None:
    importer = Importer(source_uri=str(tmp_path / "nowhere"), artifact_type=Model)
    with pytest.raises(RunError) as raised:
        LocalDagRunner().run(Pipeline("p", str(tmp_path / "root"), components=[importer]))
    assert "nowhere" in str(raised.value.__cause__)
