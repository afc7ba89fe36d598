"""Steps run one by one in plain Python live the life that they have in a pipeline."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType

import pytest

from gristmill.dsl import Cond, Importer, Resolver
from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.channel import Channel
from gristmill.dsl.container_component import create_container_component
from gristmill.dsl.runtime_parameter import RuntimeParameter
from gristmill.dsl.standard_artifacts import Model
from gristmill.dsl.strategies import LatestArtifactStrategy
from gristmill.dsl.user_module import load_user_module
from gristmill.errors import ConfigError, UserCodeError
from gristmill.metadata import MetadataStore
from gristmill.orchestration import LocalDagRunner, NodeState, RunOptions
from gristmill.orchestration import metadata as connection
from gristmill.orchestration.history import find_run, list_runs, node_records
from gristmill.orchestration.interactive import InteractiveContext
from gristmill.orchestration.records.execution_records import ExecutionRecords
from gristmill.orchestration.run_settings import Caching, RunSettings, overriding
from gristmill.proto.metadata_store_pb2 import ConnectionConfig, Execution


def payload(node: BaseComponent, key: str) -> str:
    return (Path(node.outputs[key].get()[0].uri) / "payload.txt").read_text()


def states(context: InteractiveContext) -> dict[str, str]:
    """What the store says of the context's newest run."""
    with MetadataStore(context.metadata_connection_config) as store:
        return {node.node_id: node.state for node in node_records(store, find_run(store, "latest"))}


def test_steps_get_what_earlier_steps_made(context: InteractiveContext, steps: ModuleType) -> None:
    first = steps.start(text="hello")
    assert context.run(first).state is NodeState.COMPLETE
    second = steps.louder(model=first.outputs["model"])
    result = context.run(second)
    assert payload(second, "out") == "HELLO"
    assert result.component is second
    assert result.inputs["model"][0].id == first.outputs["model"].get()[0].id
    assert result.outputs["out"] == second.outputs["out"].get()


def test_all_steps_of_a_context_are_one_run_in_the_store(context: InteractiveContext, steps: ModuleType) -> None:
    first = steps.start(text="hello")
    context.run(first)
    context.run(steps.louder(model=first.outputs["model"]))
    context.run(steps.size(model=first.outputs["model"]))
    assert states(context) == {"start": "complete", "louder": "complete", "size": "complete"}
    with MetadataStore(context.metadata_connection_config) as store:
        [run] = list_runs(store, "notes")
        assert (run.state, run.number, run.node_ids) == ("complete", 1, ["start", "louder", "size"])
        assert run.seconds is not None


def test_a_step_that_would_do_the_same_is_reused(context: InteractiveContext, steps: ModuleType) -> None:
    first = context.run(steps.start(text="hello"))
    again = context.run(steps.start(text="hello"))
    assert again.state is NodeState.CACHED
    assert again.outputs["model"][0].id == first.outputs["model"][0].id
    assert again.execution_id != first.execution_id
    assert context.run(steps.start(text="other")).state is NodeState.COMPLETE


def test_without_the_cache_it_runs_again(context: InteractiveContext, steps: ModuleType) -> None:
    context.run(steps.start(text="hello"))
    assert context.run(steps.start(text="hello"), enable_cache=False).state is NodeState.COMPLETE


def test_a_later_context_of_the_same_name_reuses_and_another_does_not(
    context: InteractiveContext, steps: ModuleType
) -> None:
    context.run(steps.start(text="hello"))
    same = InteractiveContext("notes", context.pipeline_root)
    assert same.run(steps.start(text="hello")).state is NodeState.CACHED
    other = InteractiveContext("other", context.pipeline_root)
    assert other.run(steps.start(text="hello")).state is NodeState.COMPLETE
    with MetadataStore(context.metadata_connection_config) as store:
        assert [(run.pipeline_name, run.number) for run in list_runs(store)] == [
            ("other", 1), ("notes", 2), ("notes", 1)
        ]  # fmt: skip


def test_an_edited_module_runs_again(context: InteractiveContext, steps: ModuleType, tmp_path: Path) -> None:
    first = steps.start(text="hello")
    context.run(first)
    context.run(steps.louder(model=first.outputs["model"]))
    file = tmp_path / "steps.py"
    file.write_text(file.read_text().replace(".upper()", '.upper() + "!"'))
    louder = load_user_module(str(file)).louder(model=first.outputs["model"])
    result = context.run(louder)
    assert (result.state, result.reason) == (NodeState.COMPLETE, "steps.py changed")
    assert payload(louder, "out") == "HELLO!"


def test_a_module_that_was_edited_and_not_loaded_anew_is_refused(
    context: InteractiveContext, steps: ModuleType, tmp_path: Path
) -> None:
    context.run(steps.start(text="hello"))
    file = tmp_path / "steps.py"
    file.write_text(file.read_text().replace("write(model, text)", "write(model, text * 2)"))
    with pytest.raises(ConfigError, match="edited since it was imported"):
        context.run(steps.start(text="hello"))


def test_an_input_that_was_never_run_is_named(context: InteractiveContext, steps: ModuleType) -> None:
    first = steps.start(text="hello")
    with pytest.raises(ConfigError, match="louder needs start, which has not been run in this context") as caught:
        context.run(steps.louder(model=first.outputs["model"]))
    assert "its input 'model' comes from it" in str(caught.value)
    with pytest.raises(ConfigError, match="once its node has been run"):
        first.outputs["model"].get()


def test_an_input_that_was_made_anew_since_it_was_run_is_named(context: InteractiveContext, steps: ModuleType) -> None:
    context.run(steps.start(text="hello"))
    made_anew = steps.start(text="hello")
    with pytest.raises(ConfigError, match="which was made anew since it was run"):
        context.run(steps.louder(model=made_anew.outputs["model"]))


def test_a_step_keeps_the_inputs_that_it_was_made_with(context: InteractiveContext, steps: ModuleType) -> None:
    old = steps.start(text="old")
    context.run(old)
    context.run(steps.start(text="new"))
    louder = steps.louder(model=old.outputs["model"])
    context.run(louder)
    assert payload(louder, "out") == "OLD"


def test_two_inputs_of_one_id_are_refused(context: InteractiveContext, steps: ModuleType) -> None:
    old, new = steps.start(text="old"), steps.start(text="new")
    context.run(old)
    context.run(new)
    with pytest.raises(ConfigError, match="have the id 'start'"):
        context.run(steps.join(a=old.outputs["model"], b=new.outputs["model"]))


def test_producers_may_be_named_by_id(context: InteractiveContext, steps: ModuleType) -> None:
    context.run(steps.start(text="hello"))
    channel = Channel(Model, producer_component_id="start", output_key="model")
    louder = steps.louder(model=channel)
    context.run(louder)
    assert payload(louder, "out") == "HELLO"


def test_a_failure_raises_the_users_error_with_the_users_frames_and_is_recorded(
    context: InteractiveContext, steps: ModuleType
) -> None:
    first = steps.start(text="hello")
    context.run(first)
    broken = steps.broken(model=first.outputs["model"])
    with pytest.raises(UserCodeError, match="ValueError: no good: hello") as caught:
        context.run(broken)
    cause = caught.value.__cause__
    assert isinstance(cause, ValueError)
    assert cause.__traceback__ is not None
    assert cause.__traceback__.tb_frame.f_code.co_name == "broken"
    assert states(context) == {"start": "complete", "broken": "failed"}
    with MetadataStore(context.metadata_connection_config) as store:
        assert list_runs(store)[0].state == "failed"


def test_what_reads_from_a_failed_step_is_told_so(context: InteractiveContext, steps: ModuleType) -> None:
    first = steps.start(text="hello")
    context.run(first)
    broken = steps.broken(model=first.outputs["model"])
    with pytest.raises(UserCodeError):
        context.run(broken)
    with pytest.raises(ConfigError, match="louder cannot be run: broken failed"):
        context.run(steps.louder(model=broken.outputs["out"]))


def test_a_run_is_complete_again_once_what_failed_was_mended(
    context: InteractiveContext, steps: ModuleType, tmp_path: Path
) -> None:
    first = steps.start(text="hello")
    context.run(first)
    with pytest.raises(UserCodeError):
        context.run(steps.broken(model=first.outputs["model"]))
    file = tmp_path / "steps.py"
    file.write_text(file.read_text().replace('raise ValueError("no good: " + read(model))', 'write(out, "mended")'))
    context.run(load_user_module(str(file)).broken(model=first.outputs["model"]))
    assert states(context) == {"start": "complete", "broken": "complete"}
    with MetadataStore(context.metadata_connection_config) as store:
        assert list_runs(store)[0].state == "complete"


def test_a_component_that_leaves_the_interpreter_does_not(context: InteractiveContext, tmp_path: Path) -> None:
    (tmp_path / "leaving.py").write_text(
        "import sys\n"
        "from gristmill.dsl.annotations import OutputArtifact\n"
        "from gristmill.dsl.function_component import component\n"
        "from gristmill.dsl.standard_artifacts import Model\n"
        "@component\n"
        "def leave(model: OutputArtifact[Model]):\n"
        "    sys.exit(3)\n"
    )
    leaving = load_user_module(str(tmp_path / "leaving.py"))
    with pytest.raises(UserCodeError, match="leave failed: SystemExit: 3") as caught:
        context.run(leaving.leave())
    assert isinstance(caught.value.__cause__, SystemExit)


def test_importers_import(context: InteractiveContext, tmp_path: Path, steps: ModuleType) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "payload.txt").write_text("given")
    importer = Importer(str(tmp_path / "given"), Model)
    assert context.run(importer).state is NodeState.COMPLETE
    louder = steps.louder(model=importer.outputs["result"])
    context.run(louder)
    assert payload(louder, "out") == "GIVEN"
    assert context.run(Importer(str(tmp_path / "given"), Model)).state is NodeState.CACHED


def test_resolvers_see_what_was_run_before(context: InteractiveContext, steps: ModuleType) -> None:
    for text in ("old", "new"):
        context.run(steps.start(text=text))
    resolver = Resolver(strategy_class=LatestArtifactStrategy, model=Channel(type=Model)).with_id("latest")
    result = context.run(resolver)
    louder = steps.louder(model=resolver.outputs["model"])
    context.run(louder)
    assert payload(louder, "out") == "NEW"
    assert result.summary == (f"model: artifact {resolver.outputs['model'].get()[0].id}",)


def test_what_a_step_reported_is_one_field_of_its_result(context: InteractiveContext, steps: ModuleType) -> None:
    context.run(steps.start(text="hello"))
    result = context.run(Resolver(strategy_class=LatestArtifactStrategy, a=Channel(Model), b=Channel(Model)))
    assert repr(result).count("summary:") == 1
    assert "summary: a: artifact 1 · b: artifact 1" in repr(result)


def test_conditions_and_parameters_from_other_steps_work(context: InteractiveContext, steps: ModuleType) -> None:
    first = steps.start(text="hello")
    size = steps.size(model=first.outputs["model"])
    letters = size.outputs["letters"].future()[0]
    with Cond(letters.value == 5):
        shout = steps.louder(model=first.outputs["model"])
    with Cond(letters.value > 5):
        skipped = steps.louder(model=first.outputs["model"]).with_id("skipped")
    behind = steps.louder(model=skipped.outputs["out"]).with_id("behind")
    told = steps.start(text=letters.uri).with_id("told")
    context.run(first)
    with pytest.raises(ConfigError, match="louder needs size"):
        context.run(shout)
    context.run(size)
    assert context.run(shout).state is NodeState.COMPLETE
    assert context.run(skipped).state is NodeState.SKIPPED
    assert context.run(behind).state is NodeState.SKIPPED
    result = context.run(told)
    assert payload(told, "model") == size.outputs["letters"].get()[0].uri
    assert result.exec_properties["text"] == size.outputs["letters"].get()[0].uri
    assert states(context)["skipped"] == "skipped"


def test_steps_may_be_ordered_without_reading_from_each_other(context: InteractiveContext, steps: ModuleType) -> None:
    first, other = steps.start(text="a"), steps.start(text="b").with_id("other")
    other.add_upstream_node(first)
    with pytest.raises(ConfigError, match="other needs start, which has not been run in this context"):
        context.run(other)


def test_container_components_run_as_in_pipelines(
    context: InteractiveContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # no Docker there
    Echo = create_container_component("Echo", image="alpine", command=["echo"])  # noqa: N806 - a class
    with pytest.raises(Exception, match=r"(?i)docker"):
        context.run(Echo())
    assert states(context) == {"Echo": "failed"}


def test_only_nodes_are_run(context: InteractiveContext, steps: ModuleType) -> None:
    with pytest.raises(ConfigError, match=r"context\.run takes a node"):
        context.run(steps.start)


def test_a_store_can_be_given(tmp_path: Path, steps: ModuleType) -> None:
    config = connection.sqlite_metadata_connection_config(str(tmp_path / "elsewhere" / "my.db"))
    context = InteractiveContext("notes", str(tmp_path / "root"), config)
    context.run(steps.start(text="hello"))
    assert (tmp_path / "elsewhere" / "my.db").is_file()
    assert not (tmp_path / "root" / "metadata.sqlite").exists()
    assert states(context) == {"start": "complete"}


def test_a_store_that_would_not_outlast_a_step_is_refused(tmp_path: Path) -> None:
    config = ConnectionConfig()
    config.fake_database.SetInParent()
    with pytest.raises(ConfigError, match="a database that lasts"):
        InteractiveContext("notes", tmp_path, config)


def test_without_a_root_everything_is_in_a_temporary_folder_that_is_logged(
    steps: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with caplog.at_level(logging.WARNING):
        context = InteractiveContext()
    assert context.pipeline_root in caplog.text
    assert Path(context.pipeline_root).parent == tmp_path
    assert context.pipeline_name.startswith("interactive-2")
    assert ":" not in context.pipeline_name
    context.run(steps.start(text="hello"))
    assert (Path(context.pipeline_root) / "metadata.sqlite").is_file()


def test_two_contexts_may_take_turns_on_one_store(tmp_path: Path, steps: ModuleType) -> None:
    one, two = (InteractiveContext("notes", tmp_path / "root") for _ in range(2))
    first, other = steps.start(text="one"), steps.start(text="two").with_id("other")
    one.run(first)
    two.run(other)
    one.run(steps.louder(model=first.outputs["model"]))
    with pytest.raises(ConfigError, match="has not been run in this context"):
        two.run(steps.louder(model=first.outputs["model"]))
    with MetadataStore(one.metadata_connection_config) as store:
        runs = {run.number: run.node_ids for run in list_runs(store)}
    assert runs == {1: ["start", "louder"], 2: ["other"]}


def test_a_step_that_ran_here_is_reused_by_the_pipeline_of_that_name(
    context: InteractiveContext, steps: ModuleType
) -> None:
    from gristmill.dsl import Pipeline

    context.run(steps.start(text="hello"))
    pipeline = Pipeline("notes", context.pipeline_root, components=[steps.start(text="hello")], enable_cache=True)
    assert LocalDagRunner().run(pipeline).nodes["start"].state is NodeState.CACHED


def test_what_the_command_line_says_holds_for_a_file_with_a_context(
    context: InteractiveContext, steps: ModuleType
) -> None:
    node = steps.start(text=RuntimeParameter("greeting", str))
    with overriding(RunSettings(parameters={"greeting": "from outside"}, caching=Caching.FORBIDDEN)):
        context.run(node)
        assert payload(node, "model") == "from outside"
        assert context.run(node).state is NodeState.COMPLETE
    with overriding(RunSettings(options=RunOptions(to_nodes=["start"]))), pytest.raises(ConfigError, match="--from"):
        context.run(node)


def test_the_command_line_runs_a_file_with_a_context(tmp_path: Path, steps: ModuleType) -> None:
    (tmp_path / "by_hand.py").write_text(
        "import steps\n"
        "from gristmill.orchestration.experimental import InteractiveContext\n"
        "context = InteractiveContext('notes', 'root')\n"
        "first = steps.start(text='hello')\n"
        "context.run(first)\n"
        "context.run(steps.louder(model=first.outputs['model']))\n"
    )
    command = [str(Path(sys.executable).with_name("gristmill")), "run", "by_hand.py"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "✓ louder" in ran.stdout
    with MetadataStore(str(tmp_path / "root" / "metadata.sqlite")) as store:
        assert [run.node_ids for run in list_runs(store, "notes")] == [["start", "louder"]]


def test_a_file_that_raises_behind_a_run_is_told_with_what_it_ran(tmp_path: Path, steps: ModuleType) -> None:
    file = tmp_path / "by_hand.py"
    file.write_text(
        "import steps\n"
        "from gristmill.orchestration.experimental import InteractiveContext\n"
        "context = InteractiveContext('notes', 'root')\n"
        "first = steps.start(text='hello')\n"
        "context.run(first)\n"
        "context.run(steps.broken(model=first.outputs['model']))\n"
    )
    command = str(Path(sys.executable).with_name("gristmill"))
    failed = subprocess.run([command, "run", "by_hand.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert failed.returncode == 1
    assert failed.stderr.count("no good: hello") == 2  # Python's line and ours, each once
    assert failed.stdout.count("next: gristmill") == 1
    assert "next: gristmill why 1 broken" in failed.stdout
    told = subprocess.run([command, "runs"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "notes" in told.stdout  # it remembers where the store is

    file.write_text(file.read_text().replace("context.run(steps.broken", "raise KeyError('mine')  #"))
    raised = subprocess.run([command, "run", "by_hand.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert raised.returncode == 1
    assert "by_hand.py failed: KeyError: 'mine'" in raised.stderr
    assert "next: gristmill report 2" in raised.stdout


def test_a_name_that_is_no_pipelines_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="1 to 63 characters"):
        InteractiveContext("n" * 64, tmp_path)


def test_a_store_that_fails_leaves_no_line_behind_that_is_renewed(
    context: InteractiveContext, steps: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*arguments: object, **options: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(ExecutionRecords, "begin", lost)
    with pytest.raises(OSError, match="the disk is gone"):
        context.run(steps.start(text="hello"))
    assert not [thread for thread in threading.enumerate() if thread.name == "gristmill progress"]


def test_importing_the_room_loads_neither_ipython_nor_views() -> None:
    script = (
        "import sys, gristmill.orchestration.experimental, gristmill.orchestration.interactive\n"
        "print('IPython' in sys.modules, 'gristmill.artifact_views' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "False"]


def test_tfx_users_find_it_where_they_know_it() -> None:
    import gristmill as tfx

    assert tfx.orchestration.experimental.InteractiveContext is InteractiveContext
    interactive = tfx.orchestration.experimental.interactive
    assert interactive.interactive_context.InteractiveContext is InteractiveContext


def test_an_execution_is_complete_in_the_store_as_the_family_has_it(
    context: InteractiveContext, steps: ModuleType
) -> None:
    result = context.run(steps.start(text="hello"))
    with MetadataStore(context.metadata_connection_config) as store:
        [execution] = store.get_executions_by_id([result.execution_id])
        kinds = {kind.type for kind in store.get_contexts_by_execution(result.execution_id)}
    assert execution.last_known_state == Execution.COMPLETE
    assert kinds == {"pipeline", "pipeline_run", "node", "execution_cache"}
