"""What is reused, what is not, and the reasons given."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gristmill.errors import UserCodeError
from gristmill.orchestration import LocalDagRunner, RunOptions
from gristmill.orchestration.run_settings import Caching

from .conftest import PREAMBLE

ALL = ["join", "left", "right", "start"]


def reasons(result) -> dict[str, str]:  # type: ignore[no-untyped-def]
    return {node_id: node.reason for node_id, node in result.nodes.items()}


def test_an_unchanged_pipeline_is_reused_with_its_artifacts(project, states) -> None:  # type: ignore[no-untyped-def]
    first = project.run()
    second = project.run()
    assert project.calls() == []
    assert set(states(second).values()) == {"cached"}
    assert second.outputs("join")["out"][0].id == first.outputs("join")["out"][0].id
    assert reasons(second)["join"] == "same inputs, parameters and code as run 1"


def test_an_edit_of_a_helper_module_runs_exactly_its_users_and_what_changes_behind_them(project) -> None:  # type: ignore[no-untyped-def]
    project.run()
    project.edit("helper.py", "text.upper()", "text.title()")
    result = project.run()
    assert project.calls() == ["join", "left"]
    assert reasons(result)["left"] == "helper.py changed"
    assert reasons(result)["join"] == "input a changed"


def test_an_edit_that_changes_no_output_goes_no_further(project) -> None:  # type: ignore[no-untyped-def]
    project.run()
    project.edit("helper.py", "text.upper()", "str(text.upper())")
    project.run()
    assert project.calls() == ["left"]


def test_an_edit_of_a_component_function_runs_it_alone(project) -> None:  # type: ignore[no-untyped-def]
    project.run()
    project.edit("pipeline.py", '"right of "', '"RIGHT of "')
    result = project.run()
    assert project.calls() == ["join", "right"]
    assert reasons(result)["right"] == "pipeline.py changed"


def test_a_changed_parameter_is_named(project) -> None:  # type: ignore[no-untyped-def]
    project.run()
    result = project.run(text="bye")
    assert project.calls() == ALL
    assert reasons(result)["start"] == "parameter text changed"
    assert reasons(result)["left"] == "input model changed"


def test_a_change_is_named_also_after_a_run_of_a_part(project) -> None:  # type: ignore[no-untyped-def]
    project.run()
    LocalDagRunner().run(project.pipeline(), RunOptions(from_nodes=["left"]))
    assert reasons(project.run(text="bye"))["start"] == "parameter text changed"


def test_with_the_cache_off_the_reason_to_run_says_that(project) -> None:  # type: ignore[no-untyped-def]
    project.run(caching=Caching.PIPELINE)
    result = project.run(caching=Caching.PIPELINE)
    assert project.calls() == ALL
    assert reasons(result)["start"] == "nothing changed, but the pipeline's cache is off"


def test_going_back_to_an_earlier_state_finds_it_again(project) -> None:  # type: ignore[no-untyped-def]
    project.run()
    project.run(text="bye")
    result = project.run()
    assert project.calls() == []
    assert reasons(result)["start"] == "same inputs, parameters and code as run 1"


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda payload: payload.unlink(), "was altered"),
        (lambda payload: payload.write_text("something else"), "was altered"),
        (lambda payload: (payload.unlink(), payload.parent.rmdir()), "was deleted"),
        (lambda payload: (payload.parent / "more.txt").touch(), "was altered"),
        (lambda payload: alter_in_secret(payload), "was altered"),
        (lambda payload: move_behind_a_link(payload), "is a link that leads out"),
        (lambda payload: move_behind_a_link(payload.parent), "is a link that leads out"),
    ],
)
def test_a_harmed_payload_is_not_reused(project, harm, says: str) -> None:  # type: ignore[no-untyped-def]
    first = project.run()
    harm(Path(first.outputs("left")["out"][0].uri) / "payload.txt")
    result = project.run()
    assert project.calls() == ["left"]
    assert "the stored outputs cannot be used" in reasons(result)["left"]
    assert says in reasons(result)["left"]


def alter_in_secret(payload: Path) -> None:
    """One byte is another, and size and modification time are what they were."""
    before = payload.stat()
    payload.write_bytes(b"\xff" + payload.read_bytes()[1:])
    os.utime(payload, ns=(before.st_atime_ns, before.st_mtime_ns))


def move_behind_a_link(path: Path) -> None:
    outside = Path(os.environ["CALLS"]).with_name("outside")
    path.rename(outside)
    path.symlink_to(outside)


DELIVERY = """
from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter
from gristmill.dsl.executor import BaseExecutor
from gristmill.dsl.executor_spec import ExecutorClassSpec

class DeliverySpec(ComponentSpec):
    PARAMETERS = {"to": ExecutionParameter(type=str)}
    OUTPUTS = {"receipt": ChannelParameter(type=Model)}

class DeliveryExecutor(BaseExecutor):
    def Do(self, input_dict, output_dict, exec_properties):
        note("deliver")
        with open(exec_properties["to"], "w") as file:
            file.write("goods")

    @classmethod
    def reuse_refusal(cls, exec_properties, outputs):
        if os.path.isdir(exec_properties["to"]):
            raise RuntimeError("that is a folder")
        assert [artifact.type_name for artifact in outputs["receipt"]] == ["Model"]
        return "" if os.path.exists(exec_properties["to"]) else "the goods are gone"

class Delivery(BaseComponent):
    SPEC_CLASS = DeliverySpec
    EXECUTOR_SPEC = ExecutorClassSpec(DeliveryExecutor)

def create_pipeline():
    folder = os.path.dirname(os.environ["CALLS"])
    delivery = Delivery(DeliverySpec(to=os.path.join(folder, "goods.txt")))
    return Pipeline("deliveries", os.path.join(folder, "root"), components=[delivery])
"""


def test_an_executor_can_refuse_reuse_when_its_effect_elsewhere_is_undone(project) -> None:  # type: ignore[no-untyped-def]
    from gristmill.metadata import MetadataStore
    from gristmill.orchestration.history import find_run, node_records

    project.write("pipeline.py", PREAMBLE + DELIVERY)
    project.run()
    project.run()
    assert project.calls() == []
    (project.folder / "goods.txt").unlink()
    result = project.run()
    assert project.calls() == ["deliver"]
    assert reasons(result) == {"Delivery": "the goods are gone"}
    with MetadataStore(project.store) as store:  # where `gristmill why` looks
        assert [node.reason for node in node_records(store, find_run(store, "latest"))] == ["the goods are gone"]


def test_an_error_of_the_users_while_reuse_is_decided_is_told_as_the_users(project) -> None:  # type: ignore[no-untyped-def]
    project.write("pipeline.py", PREAMBLE + DELIVERY)
    project.run()
    (project.folder / "goods.txt").unlink()
    (project.folder / "goods.txt").mkdir()
    error = project.run().nodes["Delivery"].error
    assert isinstance(error, UserCodeError)
    assert "that is a folder" in str(error)


def test_a_payload_that_was_only_touched_is_proved_by_its_bytes(project) -> None:  # type: ignore[no-untyped-def]
    first = project.run()
    os.utime(Path(first.outputs("left")["out"][0].uri) / "payload.txt", (1, 1))
    project.run()
    assert project.calls() == []


def test_an_artifact_that_was_marked_deleted_is_not_reused(project) -> None:  # type: ignore[no-untyped-def]
    from gristmill.metadata import MetadataStore
    from gristmill.proto.metadata_store_pb2 import Artifact

    first = project.run()
    with MetadataStore(project.store) as store:
        [artifact] = store.get_artifacts_by_id([first.outputs("left")["out"][0].id])
        artifact.state = Artifact.DELETED
        store.put_artifacts([artifact])
    result = project.run()
    assert project.calls() == ["left"]
    assert "state DELETED" in reasons(result)["left"]


def test_nothing_is_reused_when_reuse_is_forbidden(project) -> None:  # type: ignore[no-untyped-def]
    project.run()
    result = project.run(caching=Caching.FORBIDDEN)
    assert project.calls() == ALL
    assert reasons(result)["start"] == "reuse is switched off for this run"


def test_a_node_can_refuse_reuse_for_itself(project) -> None:  # type: ignore[no-untyped-def]
    project.run()
    pipeline = project.pipeline(enable_cache=True)
    pipeline.node("left").enable_cache = False
    project.calls_file.write_text("")
    LocalDagRunner().run(pipeline)
    assert project.calls() == ["left"]


def test_without_caching_a_finished_pipeline_runs_again(project) -> None:  # type: ignore[no-untyped-def]
    project.run(caching=Caching.PIPELINE)
    project.run(caching=Caching.PIPELINE)
    assert project.calls() == ALL


def test_without_caching_a_failed_run_is_still_resumed(project, states) -> None:  # type: ignore[no-untyped-def]
    project.edit("pipeline.py", 'note("right")', 'note("right"); raise ValueError("no luck")')
    project.run(caching=Caching.PIPELINE)
    project.edit("pipeline.py", 'raise ValueError("no luck")', "pass")
    resumed = project.run(caching=Caching.PIPELINE)
    assert project.calls() == ["join", "right"]
    assert states(resumed) == {"start": "cached", "left": "cached", "right": "complete", "join": "complete"}
    project.run(caching=Caching.PIPELINE)
    assert project.calls() == ALL


def test_a_run_that_failed_twice_is_resumed_from_both(project) -> None:  # type: ignore[no-untyped-def]
    project.edit("pipeline.py", 'note("join")', 'note("join"); raise ValueError("no luck")')
    project.run(caching=Caching.PIPELINE)
    project.run(caching=Caching.PIPELINE)
    assert project.calls() == ["join"]
    project.edit("pipeline.py", 'raise ValueError("no luck")', "pass")
    project.run(caching=Caching.PIPELINE)
    assert project.calls() == ["join"]


def test_files_outside_the_pipeline_count_by_content(tmp_path: Path) -> None:
    from gristmill.components import CsvExampleGen
    from gristmill.dsl.pipeline import Pipeline

    data = tmp_path / "data"
    data.mkdir()
    (data / "rows.csv").write_text("a,b\n1,2\n3,4\n5,6\n")

    def run():  # type: ignore[no-untyped-def]
        pipeline = Pipeline(
            "p", str(tmp_path / "root"), components=[CsvExampleGen(input_base=str(data))], enable_cache=True
        )
        return LocalDagRunner().run(pipeline).nodes["CsvExampleGen"]

    assert run().state.value == "complete"
    os.utime(data / "rows.csv", (1, 1))
    assert run().state.value == "cached"
    (data / "rows.csv").write_text("a,b\n1,2\n3,4\n5,7\n")
    changed = run()
    assert (changed.state.value, changed.reason) == ("complete", f"{data / 'rows.csv'} changed")
