"""Placeholders, predicates and conditions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gristmill.dsl import placeholders as ph
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.channel import Channel
from gristmill.dsl.condition import Cond, active_conditions
from gristmill.dsl.importer import Importer
from gristmill.dsl.placeholder import Placeholder, Scope, resolve
from gristmill.dsl.runtime_parameter import RuntimeParameter
from gristmill.dsl.standard_artifacts import Examples, JsonValue, Model, String
from gristmill.errors import ConfigError
from gristmill.proto import pusher_pb2, trainer_pb2

JSON = ph.ProtoSerializationFormat.JSON


@pytest.fixture
def scope(tmp_path: Path) -> Scope:
    examples = Examples()
    examples.uri, examples.splits, examples.span = "/data/examples", ["train"], 4
    examples.set_string_custom_property("by", "ada")
    text, figures = String(), JsonValue()
    text.uri, figures.uri = str(tmp_path / "text"), str(tmp_path / "figures")
    text.write("hello")
    figures.write({"auc": [0.25, 0.75]})
    model = Model()
    model.uri = "/out/model"
    return Scope(
        inputs={"examples": [examples], "text": [text], "figures": [figures], "nothing": []},
        outputs={"model": [model]},
        exec_properties={"steps": 10, "args": '{"num_steps": 5, "splits": ["a"]}', "names": '["x", "y"]', "plain": "p"},
        execution_invocation={"pipeline_run_id": "run-1", "execution_properties": {"a": 1}},
        runtime_info={"executor_spec": {"image": "alpine"}},
        environment={"HOME": "/home/ada"},
    )


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (ph.input("examples").uri, "/data/examples"),
        (ph.input("examples")[0].uri + "/x", "/data/examples/x"),
        ("gs:/" + ph.input("examples")[0].uri, "gs://data/examples"),
        (ph.input("examples")[0].split_uri("train"), "/data/examples/Split-train"),
        (ph.input("examples").split_uri("train"), "/data/examples/Split-train"),
        (ph.input("examples")[0].property("span"), 4),
        (ph.input("examples")[0].property("version"), None),
        (ph.input("examples").custom_property("by"), "ada"),
        (ph.input("text").value, "hello"),
        (ph.input("figures")[0].value["auc"][1], 0.75),
        (ph.input("nothing")[0].uri, None),
        (ph.input("nothing")[0].uri + "/x", None),
        (ph.output("model")[0].uri, "/out/model"),
        (ph.exec_property("steps"), 10),
        (ph.exec_property("args").num_steps, 5),
        (ph.exec_property("args").splits[0], "a"),
        (ph.exec_property("names").serialize_list(ph.ListSerializationFormat.JSON), '["x", "y"]'),
        (ph.exec_property("names").serialize_list(ph.ListSerializationFormat.COMMA_SEPARATED_STR), '"x","y"'),
        (ph.exec_property("plain").b64encode(), "cA=="),
        (ph.exec_property("steps").serialize(JSON), "10"),
        (ph.execution_invocation().pipeline_run_id, "run-1"),
        (ph.execution_invocation().execution_properties["a"], 1),
        (ph.runtime_info("executor_spec").image, "alpine"),
        (ph.environment_variable("HOME"), "/home/ada"),
        (ph.environment_variable("NOWHERE"), None),
        (ph.join(["a", ph.exec_property("plain"), "b"], "-"), "a-p-b"),
        (ph.join(["a", "b"], "-"), "a-b"),
        (ph.join_path("root", ph.exec_property("plain"), "f"), "root/p/f"),
        (ph.dirname(ph.input("examples")[0].uri), "/data"),
        (ph.make_list([1, ph.exec_property("steps"), ph.input("nothing")[0].uri]), [1, 10]),
        (ph.make_dict({"a": ph.exec_property("steps"), "b": ph.input("nothing")[0].uri}), {"a": 10}),
        (ph.make_dict([(ph.exec_property("plain"), 1)]), {"p": 1}),
        (ph.make_list([ph.make_dict({"a": 1})]).serialize(JSON), '[{"a": 1}]'),
    ],
)
def test_an_expression_has_the_value_that_the_scope_gives_it(scope: Scope, expression: Any, value: object) -> None:
    assert resolve(expression, scope) == value


def test_a_message_parameter_reads_unset_fields_by_their_defaults_where_its_type_is_known() -> None:
    scope = Scope(exec_properties={"args": "{}"}, parameter_types={"args": trainer_pb2.TrainArgs})
    assert resolve(ph.exec_property("args").num_steps, scope) == 0
    assert resolve(ph.exec_property("args"), scope) == trainer_pb2.TrainArgs()


def test_a_message_is_made_from_a_base_and_placeholders(scope: Scope) -> None:
    expression = ph.make_proto(
        pusher_pb2.PushDestination(), filesystem={"base_directory": ph.join_path("/serving", ph.exec_property("plain"))}
    )
    assert resolve(expression, scope).filesystem.base_directory == "/serving/p"
    assert resolve(expression.serialize(JSON), scope) == '{"filesystem": {"base_directory": "/serving/p"}}'
    text = resolve(expression.serialize(ph.ProtoSerializationFormat.TEXT_FORMAT), scope)
    assert text == 'filesystem {\n  base_directory: "/serving/p"\n}\n'
    with pytest.raises(ConfigError, match="has no field 'directory'"):
        ph.make_proto(pusher_pb2.PushDestination(), directory="x")


@pytest.mark.parametrize(
    "expression",
    [
        ph.input("missing")[0].uri,
        ph.output("missing")[0].uri,
        ph.exec_property("missing"),
        ph.exec_property("plain").field,
        ph.exec_property("args").missing,
        ph.input("examples")[0].value,
        ph.input("figures")[0].value["missing"],
        ph.make_list([1]) + "x",
        ph.runtime_info("platform_config"),
        RuntimeParameter("missing"),
        ph.exec_property("steps").serialize(ph.ProtoSerializationFormat.BINARY),
        ph.exec_property("plain") < 3,
    ],
)
def test_what_the_scope_does_not_have_is_an_error(scope: Scope, expression: Placeholder) -> None:
    with pytest.raises(ConfigError):
        resolve(expression, scope)


def test_an_output_has_no_value() -> None:
    with pytest.raises(ConfigError, match="an output has no value"):
        _ = ph.output("x")[0].value


def test_an_invocation_has_known_fields_only() -> None:
    with pytest.raises(AttributeError, match="no field 'run'"):
        _ = ph.execution_invocation().run


@pytest.mark.parametrize(
    ("predicate", "value"),
    [
        (ph.exec_property("steps") == 10, True),
        (ph.exec_property("steps") != 10, False),
        (ph.exec_property("steps") < 11, True),
        (ph.exec_property("steps") <= 9, False),
        (ph.exec_property("steps") > 9, True),
        (ph.exec_property("steps") >= 11, False),
        (ph.input("nothing")[0].uri == "x", False),
        (ph.logical_and(ph.exec_property("steps") == 10, ph.exec_property("plain") == "q"), False),
        (ph.logical_or(ph.exec_property("steps") == 10, ph.exec_property("plain") == "q"), True),
        (ph.logical_not(ph.exec_property("steps") == 10), False),
    ],
)
def test_a_predicate_is_true_or_false(scope: Scope, predicate: Placeholder, value: bool) -> None:
    assert resolve(predicate, scope) is value


def test_a_placeholder_has_no_truth_value_items_or_text_while_the_pipeline_is_defined() -> None:
    placeholder = ph.exec_property("x")
    for use in (lambda: bool(placeholder == 1), lambda: list(placeholder), lambda: f"{placeholder}"):
        with pytest.raises(ConfigError):
            use()


@pytest.mark.parametrize(
    ("kind", "given", "value"), [(int, "3", 3), (float, 2, 2.0), (str, "a", "a"), (None, "b", "b")]
)
def test_a_runtime_parameter_has_the_type_that_it_declares(kind: type | None, given: object, value: object) -> None:
    resolved = resolve(RuntimeParameter("p", kind), Scope(runtime_parameters={"p": given}))
    assert resolved == value
    assert type(resolved) is type(value)


def test_a_runtime_parameter_refuses_values_of_another_type() -> None:
    with pytest.raises(ConfigError, match="its default is not"):
        RuntimeParameter("p", int, default="many")
    with pytest.raises(ConfigError, match="is int, float or str"):
        RuntimeParameter("p", list)
    with pytest.raises(ConfigError, match="the value of the run is not"):
        resolve(RuntimeParameter("p", int), Scope(runtime_parameters={"p": 1.5}))


def imported() -> Importer:
    return Importer("/models/1", Model)


def test_nodes_made_inside_a_condition_carry_it() -> None:
    model = imported().outputs["result"]
    outer, inner = model.future()[0].custom_property("a") == 1, model.future()[0].custom_property("b") == 2
    with Cond(outer):
        first = imported().with_id("first")
        with Cond(inner):
            second = imported().with_id("second")
    third = imported().with_id("third")
    assert [len(node.conditions) for node in (first, second, third)] == [1, 2, 0]
    assert second.upstream_nodes == [model.producer]
    assert second.referred_channels == [model]
    assert active_conditions() == ()


def test_a_condition_is_evaluated_over_the_artifacts_of_its_channels() -> None:
    channel = Channel(Model)
    good = Model()
    good.set_int_custom_property("blessed", 1)
    predicate = channel.future()[0].custom_property("blessed") == 1

    def holding(artifacts: list[Artifact]) -> Scope:
        return Scope(channel_artifacts=lambda asked: artifacts if asked is channel else [])

    assert resolve(predicate, holding([good])) is True
    assert resolve(predicate, holding([Model()])) is False
    assert resolve(predicate, holding([])) is False


def test_a_condition_that_is_nested_in_itself_is_refused() -> None:
    model = imported().outputs["result"]
    with Cond(model.future()[0].uri == "x"), pytest.raises(ConfigError, match="surrounds this one already"):
        Cond(model.future()[0].uri == "x").__enter__()


def test_a_condition_takes_predicates_over_channels_only() -> None:
    with pytest.raises(ConfigError, match="Cond takes a predicate"):
        Cond(True)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="knows no inputs"):
        Cond(ph.input("model")[0].uri == "x")
