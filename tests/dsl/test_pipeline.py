"""Nodes, specs and pipelines: connections, order, and what is refused."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.base_component import BaseBeamComponent, BaseComponent
from gristmill.dsl.channel import BaseChannel, Channel, UnionChannel, union
from gristmill.dsl.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter
from gristmill.dsl.condition import Cond
from gristmill.dsl.executor import BaseBeamExecutor, BaseExecutor, ExecutionContext
from gristmill.dsl.executor_spec import BeamExecutorSpec, ExecutorClassSpec
from gristmill.dsl.node_options import NodeExecutionOptions, TriggerStrategy
from gristmill.dsl.pipeline import ExecutionMode, Pipeline
from gristmill.dsl.placeholder import Scope, resolve
from gristmill.dsl.runtime_parameter import RuntimeParameter
from gristmill.dsl.standard_artifacts import Examples, Model, Schema
from gristmill.errors import ConfigError, NotSupportedError
from gristmill.proto import trainer_pb2


class Nothing(BaseBeamExecutor):
    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        self.context.report("nothing to do")


class SourceSpec(ComponentSpec):
    PARAMETERS: ClassVar = {
        "rows": ExecutionParameter(type=int, optional=True),
        "ratio": ExecutionParameter(type=float, optional=True),
        "args": ExecutionParameter(type=trainer_pb2.TrainArgs, optional=True),
        "names": ExecutionParameter(type=list[str], optional=True),
        "table": ExecutionParameter(type=dict, optional=True),
    }
    OUTPUTS: ClassVar = {
        "examples": ChannelParameter(type=Examples),
        "schema": ChannelParameter(type=Schema, optional=True),
    }


class Source(BaseBeamComponent):
    SPEC_CLASS = SourceSpec
    EXECUTOR_SPEC = BeamExecutorSpec(Nothing)

    def __init__(self, **parameters: Any) -> None:
        super().__init__(SourceSpec(**parameters))


class LearnerSpec(ComponentSpec):
    INPUTS: ClassVar = {
        "examples": ChannelParameter(type=Examples),
        "base_model": ChannelParameter(type=Model, optional=True),
    }
    OUTPUTS: ClassVar = {"model": ChannelParameter(type=Model)}


class Learner(BaseComponent):
    SPEC_CLASS = LearnerSpec
    EXECUTOR_SPEC = ExecutorClassSpec(Nothing)

    def __init__(self, examples: Any, base_model: Any = None) -> None:
        super().__init__(LearnerSpec(examples=examples, base_model=base_model))


def learner_after(source: Source) -> Learner:
    return Learner(source.outputs["examples"])


def test_nodes_are_ordered_behind_what_they_need_and_otherwise_as_given() -> None:
    source = Source()
    late, early = learner_after(source).with_id("late"), learner_after(source).with_id("early")
    other = Source().with_id("other")
    pipeline = Pipeline("p", components=[late, other, early, source])
    assert [node.id for node in pipeline.components] == ["other", "Source", "late", "early"]
    assert pipeline.upstream_of(late) == [source]
    assert pipeline.downstream_of(source) == [late, early]
    assert pipeline.node("late") is late


def test_a_node_that_is_only_added_behind_another_runs_behind_it() -> None:
    first, second = Source().with_id("first"), Source().with_id("second")
    first.add_upstream_node(second)
    assert [node.id for node in Pipeline("p", components=[first, second]).components] == ["second", "first"]
    assert second.downstream_nodes == [first]


def test_a_circle_is_shown() -> None:
    source = Source()
    learner = learner_after(source)
    source.add_upstream_node(learner)
    with pytest.raises(ConfigError, match=r"(Learner → )?Source → Learner → Source|Learner → Source → Learner"):
        Pipeline("p", components=[source, learner])


def test_an_id_is_used_once() -> None:
    with pytest.raises(ConfigError, match=r"two nodes .* have the id 'Source'"):
        Pipeline("p", components=[Source(), Source()])


def test_an_id_is_not_the_name_of_the_pipeline() -> None:
    with pytest.raises(ConfigError, match="must not have the pipeline's name"):
        Pipeline("Source", components=[Source()])


def test_a_pipeline_name_is_short() -> None:
    Pipeline("p" * 63)
    for name in ("", "p" * 64):
        with pytest.raises(ConfigError, match="1 to 63 characters"):
            Pipeline(name)


def test_a_producer_that_is_not_listed_is_named() -> None:
    with pytest.raises(ConfigError, match="Learner needs Source, which is not among the components"):
        Pipeline("p", components=[learner_after(Source())])


def test_a_component_class_in_place_of_an_object_is_refused() -> None:
    with pytest.raises(ConfigError, match="must be nodes"):
        Pipeline("p", components=[Source])  # type: ignore[list-item]


def test_a_channel_may_name_its_producer_by_id() -> None:
    source = Source()
    learner = Learner(Channel(Examples, producer_component_id="Source", output_key="examples"))
    pipeline = Pipeline("p", components=[learner, source])
    assert [node.id for node in pipeline.components] == ["Source", "Learner"]
    assert learner.inputs["examples"] is source.outputs["examples"]
    assert source.downstream_nodes == [learner]


def test_a_channel_that_names_an_unknown_producer_or_output_is_refused() -> None:
    with pytest.raises(ConfigError, match="did you mean 'Source'"):
        Pipeline("p", components=[Source(), Learner(Channel(Examples, producer_component_id="Sourse"))])
    channel = Channel(Examples, producer_component_id="Source", output_key="rows")
    with pytest.raises(ConfigError, match="no output 'rows'"):
        Pipeline("p", components=[Source(), Learner(channel)])


def test_an_input_that_is_connected_to_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="not connected to the output of a node"):
        Pipeline("p", components=[Learner(Channel(Examples))])


def test_a_condition_over_a_channel_of_no_node_is_refused() -> None:
    with Cond(Channel(Model).future()[0].uri == "x"):
        source = Source()
    with pytest.raises(ConfigError, match="refers to a channel that is not the output of a node"):
        Pipeline("p", components=[source])


def test_a_union_connects_to_all_of_its_producers() -> None:
    first, second = Source().with_id("first"), Source().with_id("second")
    both = union([first.outputs["examples"], second.outputs["examples"]])
    learner = Learner(both)
    assert learner.upstream_nodes == [first, second]
    optional = Learner(first.outputs["examples"], base_model=union([learner.outputs["model"]]).as_optional())
    Pipeline("p", components=[first, second, learner, optional.with_id("optional")])
    assert optional.inputs["base_model"].is_optional
    assert isinstance(both, UnionChannel)
    with pytest.raises(ConfigError, match="must have one type"):
        union([first.outputs["examples"], learner.outputs["model"]])


@pytest.mark.parametrize(
    "arguments",
    [
        {"execution_mode": ExecutionMode.ASYNC},
        {"platform_config": object()},
        {"inputs": object()},
        {"outputs": {}},
        {"dsl_context_registry": object()},
    ],
)
def test_what_a_pipeline_does_not_support_says_so(arguments: dict[str, Any]) -> None:
    with pytest.raises(NotSupportedError, match="is not supported"):
        Pipeline("p", **arguments)


def test_a_pipeline_within_a_pipeline_is_not_supported() -> None:
    with pytest.raises(NotSupportedError, match="a pipeline cannot be a node"):
        Pipeline("outer", components=[Pipeline("inner")])  # type: ignore[list-item]


def test_engine_flags_of_the_pipeline_come_before_those_of_the_node() -> None:
    source = Source().with_beam_pipeline_args(["--direct_num_workers=1"])
    plain = Source().with_id("plain")
    pipeline = Pipeline("p", components=[source, plain], beam_pipeline_args=["--runner=DirectRunner"])
    assert pipeline.engine_args(source) == ["--runner=DirectRunner", "--direct_num_workers=1"]
    assert pipeline.engine_args(plain) == ["--runner=DirectRunner"]


def test_an_unknown_argument_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(ConfigError, match=r"Source has no parameter 'row'(.|\n)*did you mean 'rows'"):
        SourceSpec(row=3)


def test_a_required_input_must_be_given() -> None:
    with pytest.raises(ConfigError, match="Learner needs the input 'examples', a channel of Examples"):
        Learner(None)


def test_an_input_of_another_type_is_refused() -> None:
    model = learner_after(Source()).outputs["model"]
    with pytest.raises(ConfigError, match="'examples' must be a channel of Examples, not of Model"):
        Learner(model)


def test_a_node_or_path_in_place_of_a_channel_is_refused() -> None:
    for value in (Source(), "/data"):
        with pytest.raises(ConfigError, match="must be a channel of Examples"):
            Learner(value)


def test_parameters_are_converted_to_what_is_stored() -> None:
    spec = SourceSpec(
        rows=True, ratio=1, args=trainer_pb2.TrainArgs(num_steps=5), names=["b", "a"], table={"b": 1, "a": None}
    )
    assert spec.exec_properties == {
        "rows": 1,
        "ratio": 1.0,
        "args": '{"num_steps": 5}',
        "names": '["b", "a"]',
        "table": '{"a": null, "b": 1}',
    }
    assert isinstance(spec.exec_properties["ratio"], float)
    assert SourceSpec().exec_properties["rows"] is None


def test_a_message_parameter_may_be_a_dict_or_json_text() -> None:
    assert SourceSpec(args={"num_steps": 5}).exec_properties["args"] == '{"num_steps": 5}'
    assert SourceSpec(args='{"numSteps": 5}').exec_properties["args"] == '{"num_steps": 5}'
    with pytest.raises(ConfigError, match=r"must be an object of TrainArgs(.|\n)*the fields are: splits, num_steps"):
        SourceSpec(args={"steps": 5})
    with pytest.raises(ConfigError, match="must be an object of TrainArgs"):
        SourceSpec(args=trainer_pb2.EvalArgs())


@pytest.mark.parametrize(
    "arguments", [{"rows": "3"}, {"rows": 1.5}, {"ratio": "x"}, {"names": {"a": 1}}, {"table": [1]}]
)
def test_a_parameter_of_another_type_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"Source: parameter '{next(iter(arguments))}' must be"):
        SourceSpec(**arguments)


def test_a_nested_runtime_parameter_is_put_in_when_the_run_gives_it() -> None:
    steps = RuntimeParameter("steps", int, default=10)
    value = SourceSpec(args={"num_steps": steps}, rows=steps).exec_properties
    assert resolve(value["args"], Scope()) == '{"num_steps": 10}'
    assert resolve(value["rows"], Scope(runtime_parameters={"steps": "12"})) == 12


@pytest.mark.parametrize("id", ["", "a/b", "../up", "a\\b", ".system", "..", "two\nlines", "a\0b", "é" * 128])
def test_an_id_that_cannot_name_a_folder_is_refused(id: str) -> None:
    with pytest.raises(ConfigError, match="name of a folder"):
        Source().with_id(id)
    assert Source().with_id("Ünï Köde [2].train").id == "Ünï Köde [2].train"


def test_a_union_of_outputs_named_by_node_stays_optional() -> None:
    source = Source().with_id("source")
    by_name = Channel(type=Examples, producer_component_id="source", output_key="examples")
    learner = learner_after(source)
    learner.inputs["more"] = UnionChannel([by_name, source.outputs["examples"]]).as_optional()
    Pipeline("p", components=[source, learner])
    assert learner.inputs["more"].is_optional
    assert list(learner.inputs["more"].parts) == [source.outputs["examples"]] * 2


def test_a_key_is_declared_once() -> None:
    with pytest.raises(ConfigError, match="declares a key twice"):
        type(
            "TwiceSpec",
            (ComponentSpec,),
            {"PARAMETERS": {"x": ExecutionParameter(type=int)}, "OUTPUTS": {"x": ChannelParameter(type=Model)}},
        )


def test_an_optional_output_is_only_there_when_it_is_passed() -> None:
    assert set(Source().outputs) == {"examples"}
    with_schema = Source(schema=Channel(type=Schema, additional_custom_properties={"by": "hand"}))
    assert set(with_schema.outputs) == {"examples", "schema"}
    assert with_schema.outputs["schema"].additional_custom_properties == {"by": "hand"}


def test_an_optional_input_may_be_empty_when_the_node_runs() -> None:
    source = Source()
    learner = Learner(source.outputs["examples"], base_model=learner_after(source).outputs["model"])
    assert learner.inputs["base_model"].is_optional
    assert not learner.inputs["examples"].is_optional


def test_a_component_checks_its_spec_and_executor() -> None:
    class Wrong(BaseComponent):
        SPEC_CLASS = LearnerSpec
        EXECUTOR_SPEC = ExecutorClassSpec(Nothing)

    with pytest.raises(ConfigError, match="Wrong takes a LearnerSpec"):
        Wrong(SourceSpec())
    with pytest.raises(ConfigError, match="subclass of BaseExecutor"):
        ExecutorClassSpec(object)  # type: ignore[arg-type]
    with pytest.raises(NotSupportedError, match="no drivers"):
        type("WithDriver", (BaseComponent,), {"DRIVER_CLASS": object})


def test_a_custom_executor_replaces_the_declared_one() -> None:
    class Other(BaseExecutor):
        Do = Nothing.Do

    class Custom(BaseComponent):
        SPEC_CLASS = SourceSpec
        EXECUTOR_SPEC = ExecutorClassSpec(Nothing)

    node = Custom(SourceSpec(), custom_executor_spec=ExecutorClassSpec(Other))
    assert isinstance(node.executor_spec, ExecutorClassSpec)
    assert node.executor_spec.executor_class is Other


def test_what_is_only_for_endless_pipelines_says_so() -> None:
    channel: BaseChannel = Source().outputs["examples"]
    existing = Model()
    existing.uri = "models/1"
    for refused in (channel.no_trigger, lambda: channel.trigger_by_property("span")):
        with pytest.raises(NotSupportedError, match="continuously running"):
            refused()
    with pytest.raises(NotSupportedError, match="published when the node has finished"):
        ChannelParameter(type=Model, is_async=True)
    with pytest.raises(NotSupportedError, match="proto3 JSON text"):
        ExecutionParameter(type=trainer_pb2.TrainArgs, use_proto=True)
    with pytest.raises(NotSupportedError, match="does not take artifacts"):
        Channel(Model, artifacts=[existing])
    with pytest.raises(NotSupportedError, match="no platforms"):
        Source().with_platform_config(object())


def test_node_options_are_checked() -> None:
    options = NodeExecutionOptions(max_execution_retries=2, execution_timeout_sec=60, success_optional=True)
    assert Source().with_node_execution_options(options).execution_options is options
    with pytest.raises(ConfigError, match="must not be negative"):
        NodeExecutionOptions(max_execution_retries=-1)
    with pytest.raises(NotSupportedError):
        NodeExecutionOptions(trigger_strategy=TriggerStrategy.ALL_UPSTREAM_NODES_COMPLETED)
    with pytest.raises(NotSupportedError):
        NodeExecutionOptions(lifetime_start="Source")


def test_a_nodes_type_is_the_dotted_path_of_its_class() -> None:
    assert Source().type == f"{__name__}.Source"


def test_an_executor_without_a_runner_has_a_scratch_directory_of_its_own() -> None:
    executor = Nothing()
    executor.Do({}, {}, {})
    assert executor.context.summary == ["nothing to do"]
    executor._log_startup({}, {}, {})
    assert executor._get_tmp_dir() == executor.context.work_dir
    assert isinstance(executor.context, Nothing.Context)
    given = ExecutionContext(executor.context.engine, executor.context.progress, "/scratch", node_id="n")
    assert Nothing(given).context is given
    with pytest.raises(NotSupportedError, match="do not build Beam pipelines"):
        executor._make_beam_pipeline()
