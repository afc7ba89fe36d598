"""Components written as functions."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypedDict

import pytest

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.components import (
    AsyncOutputArtifact,
    BeamComponentParameter,
    InputArtifact,
    OutputArtifact,
    OutputDict,
    Parameter,
    component,
)
from gristmill.dsl.executor_spec import ExecutorClassSpec
from gristmill.dsl.function_component import BaseFunctionalComponent
from gristmill.dsl.importer import Importer
from gristmill.dsl.standard_annotations import Train
from gristmill.dsl.standard_artifacts import Examples, Integer, JsonValue, Model, String
from gristmill.dsl.value_artifacts import ValueArtifact
from gristmill.errors import ConfigError, NotSupportedError, UserCodeError
from gristmill.proto import trainer_pb2
from gristmill.utils import JsonableType


class Figures(TypedDict):
    rows: int
    note: str | None


@component(component_annotation=Train)
def train(
    examples: InputArtifact[Examples],
    model: OutputArtifact[Model],
    limit: int,
    steps: Parameter[int] = 7,
    args: Parameter[trainer_pb2.TrainArgs] = None,  # type: ignore[assignment]
    tags: Parameter[list[str]] = None,  # type: ignore[assignment]
    anything: Parameter[JsonableType] = None,
    base: InputArtifact[Model] | None = None,
    word: str | None = None,
) -> Figures:
    Path(model.uri).write_text(
        f"{examples.uri} {limit} {steps} {args and args.num_steps} {tags} {anything} {base} {word}"
    )
    return {"rows": limit * 2, "note": None}


@component
def merge(parts: InputArtifact[list[Examples]]) -> OutputDict(count=int, uris=list[str]):  # type: ignore[valid-type]
    return {"count": len(parts), "uris": [part.uri for part in parts]}


@component
def forget() -> OutputDict(rows=int):  # type: ignore[valid-type]
    return {"row": 1}


@component
def empty_handed() -> OutputDict(rows=int):  # type: ignore[valid-type]
    return {"rows": None}


@component
def failing() -> None:
    raise ValueError("no rows today")


@component
def talkative() -> None:
    return "done"  # type: ignore[return-value]


def run(
    made: type[BaseFunctionalComponent] | Any, folder: Path, inputs: dict[str, Any], **parameters: Any
) -> dict[str, Any]:
    """Do what a runner does around an executor; the outputs by key."""
    channels = {key: Importer("/x", type(value)).outputs["result"] for key, value in inputs.items()}
    node = made(**channels, **parameters)
    outputs = {key: [channel.type()] for key, channel in node.outputs.items()}
    for key, (artifact,) in outputs.items():
        artifact.uri = str(folder / key)
    assert isinstance(node.executor_spec, ExecutorClassSpec)
    executor = node.executor_spec.executor_class()
    executor.Do({key: [value] for key, value in inputs.items()}, outputs, node.exec_properties)
    return {key: artifacts[0] for key, artifacts in outputs.items()}


def stored(cls: type[ValueArtifact], value: object, folder: Path) -> Artifact:
    artifact = cls()
    artifact.uri = str(folder / f"stored-{cls.__name__}")
    artifact.write(value)
    return artifact


def examples_at(uri: str) -> Examples:
    examples = Examples()
    examples.uri = uri
    return examples


def test_the_function_gets_artifacts_values_and_parameters(tmp_path: Path) -> None:
    inputs = {"examples": examples_at("/e"), "limit": stored(Integer, 21, tmp_path)}
    arguments = {"args": {"num_steps": 3}, "tags": ["a"], "anything": "text"}
    outputs = run(train, tmp_path, inputs, **arguments)
    assert (tmp_path / "model").read_text() == "/e 21 7 3 ['a'] text None None"
    assert outputs["rows"].read() == 42
    assert outputs["note"].read() is None


def test_optional_inputs_are_passed_where_they_are_connected(tmp_path: Path) -> None:
    inputs = {
        "examples": examples_at("/e"),
        "limit": stored(Integer, 1, tmp_path),
        "word": stored(String, "hi", tmp_path),
    }
    run(train, tmp_path, inputs, steps=2)
    assert (tmp_path / "model").read_text() == "/e 1 2 None None None None hi"


def test_the_spec_says_what_the_signature_says() -> None:
    spec = train.SPEC_CLASS  # type: ignore[attr-defined]
    assert {key: declared.type for key, declared in spec.INPUTS.items()} == {
        "examples": Examples,
        "base": Model,
        "limit": Integer,
        "word": String,
    }
    assert {key: declared.optional for key, declared in spec.INPUTS.items()} == {
        "examples": False,
        "base": True,
        "limit": False,
        "word": True,
    }
    assert set(spec.OUTPUTS) == {"model", "rows", "note"}
    assert spec.TYPE_ANNOTATION is Train
    assert train.__name__ == "train"  # type: ignore[attr-defined]


def test_a_default_is_recorded_as_the_parameters_value(tmp_path: Path) -> None:
    limit = Importer("/x", Integer).outputs["result"]
    node = train(examples=Importer("/x", Examples).outputs["result"], limit=limit)
    assert node.exec_properties["steps"] == 7
    assert node.id == "train"


def test_a_list_input_takes_all_artifacts_of_its_channel(tmp_path: Path) -> None:
    node = merge(parts=Importer("/x", Examples).outputs["result"])
    outputs = {key: [channel.type()] for key, channel in node.outputs.items()}
    for key, (artifact,) in outputs.items():
        artifact.uri = str(tmp_path / key)
    executor = node.executor_spec.executor_class()  # type: ignore[attr-defined]
    executor.Do({"parts": [examples_at("/a"), examples_at("/b")]}, outputs, {})
    assert outputs["count"][0].read() == 2
    assert outputs["uris"][0].read() == ["/a", "/b"]
    assert isinstance(outputs["uris"][0], JsonValue)


def test_a_single_input_refuses_several_artifacts(tmp_path: Path) -> None:
    executor = train.EXECUTOR_SPEC.executor_class()  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match="takes one artifact, but its channel holds 2"):
        executor.Do({"examples": [examples_at("/a"), examples_at("/b")]}, {"model": [Model()]}, {})


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (forget, "exactly the declared keys: rows"),
        (empty_handed, "must not return None for 'rows'"),
        (talkative, "declares no returned values"),
    ],
)
def test_a_function_returns_what_it_declares(tmp_path: Path, made: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        run(made, tmp_path, {})
    with pytest.raises(ConfigError, match=message):
        made.test_call()


def test_an_error_of_the_function_is_shown_as_the_users(tmp_path: Path) -> None:
    with pytest.raises(
        UserCodeError, match="the component function failing failed: ValueError: no rows today"
    ) as caught:
        run(failing, tmp_path, {})
    assert caught.value.place is not None
    assert caught.value.place.uri == __file__


def test_a_test_call_calls_the_function_itself(tmp_path: Path) -> None:
    model = Model()
    model.uri = str(tmp_path / "model")
    returned = train.test_call(examples=examples_at("/e"), model=model, limit=2)
    assert returned == {"rows": 4, "note": None}
    with pytest.raises(ConfigError, match="test_call needs limit, model"):
        train.test_call(examples=examples_at("/e"))
    with pytest.raises(ConfigError, match="did you mean 'limit'"):
        train.test_call(limits=3)


def test_arguments_are_named_and_known() -> None:
    channel = Importer("/x", Examples).outputs["result"]
    with pytest.raises(ConfigError, match="keyword arguments only"):
        train(channel)
    with pytest.raises(ConfigError, match="has no parameter 'stepz'"):
        train(examples=channel, stepz=3)
    with pytest.raises(ConfigError, match="'model' is an output"):
        train(examples=channel, model=channel)
    with pytest.raises(ConfigError, match="must be a channel of Integer"):
        train(examples=channel, limit=3)


def test_a_nested_function_is_refused() -> None:
    def nested() -> None: ...

    with pytest.raises(ConfigError, match="top level of its module"):
        component(nested)


def _without_annotation(x):  # type: ignore[no-untyped-def]
    ...


def _with_stars(*args: int) -> None: ...


def _with_set(x: set[int]) -> None: ...


def _with_bare_artifact(x: Model) -> None: ...


def _with_no_artifact_class(x: InputArtifact[int]) -> None: ...


def _with_set_parameter(x: Parameter[set[int]]) -> None: ...


def _returning_a_number() -> int:
    return 1


def _returning_its_parameter(rows: int) -> OutputDict(rows=int):  # type: ignore[valid-type]
    return {"rows": rows}


def _with_default_output(x: OutputArtifact[Model] = None) -> None: ...  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (_without_annotation, "needs an annotation"),
        (_with_stars, "named parameters only"),
        (_with_set, "a value is int, float"),
        (_with_bare_artifact, "for artifacts use InputArtifact"),
        (_with_no_artifact_class, "take an artifact class"),
        (_with_set_parameter, "Parameter takes int, float"),
        (_returning_a_number, "returns None, or a dict"),
        (_returning_its_parameter, "both a parameter and a returned value"),
        (_with_default_output, "cannot have a default"),
    ],
)
def test_a_signature_that_is_none_of_a_component_is_refused(function: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        component(function)


def _with_beam(x: BeamComponentParameter[int] = None) -> None: ...  # type: ignore[assignment]


def _with_async(x: AsyncOutputArtifact[Model]) -> None: ...


def test_what_functions_do_not_get_says_so() -> None:
    for function in (_with_beam, _with_async):
        with pytest.raises(NotSupportedError):
            component(function)
    with pytest.raises(NotSupportedError, match="Beam pipeline"):
        component(use_beam=True)
