"""Components whose work is done by a command in a container."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from gristmill.dsl import placeholders as ph
from gristmill.dsl.container_component import (
    ConcatPlaceholder,
    InputUriPlaceholder,
    InputValuePlaceholder,
    OutputUriPlaceholder,
)
from gristmill.dsl.container_executor import ContainerExecutor
from gristmill.dsl.executor_spec import ExecutorClassSpec
from gristmill.dsl.experimental import create_container_component
from gristmill.dsl.importer import Importer
from gristmill.dsl.standard_artifacts import Examples, Model, String
from gristmill.errors import ConfigError, NotSupportedError, UserCodeError

trainer = create_container_component(
    name="ContainerTrainer",
    image="example/trainer:1",
    inputs={"examples": Examples, "word": String},
    outputs={"model": Model},
    parameters={"steps": 10, "optimizer": None},
    command=[
        "train",
        InputUriPlaceholder("examples"),
        ConcatPlaceholder(["--word=", InputValuePlaceholder("word")]),
        "--steps",
        ph.exec_property("steps").serialize(ph.ProtoSerializationFormat.JSON),
        InputValuePlaceholder("optimizer"),
        OutputUriPlaceholder("model"),
        ph.make_list(["a", "b"]),
    ],
)


def node(**parameters: Any) -> Any:
    channels = {
        "examples": Importer("/e", Examples).outputs["result"],
        "word": Importer("/w", String).outputs["result"],
    }
    return trainer(**channels, **parameters)


def executor_of(made: Any) -> ContainerExecutor:
    assert isinstance(made.executor_spec, ExecutorClassSpec)
    executor = made.executor_spec.executor_class()
    assert isinstance(executor, ContainerExecutor)
    return executor


@pytest.fixture
def artifacts(tmp_path: Path) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    examples, word, model = Examples(), String(), Model()
    examples.uri, word.uri, model.uri = str(tmp_path / "e"), str(tmp_path / "w" / "value"), str(tmp_path / "m")
    (tmp_path / "w").mkdir()
    word.write("hi")
    return {"examples": [examples], "word": [word]}, {"model": [model]}


def test_the_command_line_has_all_placeholders_replaced(tmp_path: Path, artifacts: Any) -> None:
    made = node(optimizer="adam")
    command = executor_of(made).command_line(*artifacts, made.exec_properties)
    assert command == [
        "train",
        str(tmp_path / "e"),
        "--word=hi",
        "--steps",
        "10",
        "adam",
        str(tmp_path / "m"),
        "a",
        "b",
    ]


def test_parameters_have_defaults_or_are_required() -> None:
    assert node(optimizer="adam", steps=3).exec_properties["steps"] == 3
    with pytest.raises(ConfigError, match="needs the parameter 'optimizer'"):
        node()


def test_image_and_command_are_recorded_with_the_execution() -> None:
    recorded = node(optimizer="adam").exec_properties
    assert recorded["container_image"] == "example/trainer:1"
    assert "--steps" in recorded["container_command"]


def test_a_command_refers_to_what_is_declared() -> None:
    for item in (
        InputUriPlaceholder("x"),
        OutputUriPlaceholder("x"),
        InputValuePlaceholder("x"),
        ph.exec_property("x"),
    ):
        with pytest.raises(ConfigError, match="which is not declared"):
            create_container_component(name="C", image="i", command=["run", item], inputs={"y": Examples})
    with pytest.raises(ConfigError, match="text and placeholders"):
        create_container_component(name="C", image="i", command=["run", 3])  # type: ignore[list-item]


def test_without_docker_the_executor_says_so(artifacts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    made = node(optimizer="adam")
    with pytest.raises(NotSupportedError, match="need Docker on this machine"):
        executor_of(made).Do(*artifacts, made.exec_properties)


def program_named_docker(folder: Path, script: str) -> None:
    (folder / "docker").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "docker").chmod(0o755)


def test_docker_gets_mounts_image_and_command(tmp_path: Path, artifacts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    program_named_docker(tmp_path, f'echo "$@" > {tmp_path}/called')
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    made = node(optimizer="adam")
    executor_of(made).Do(*artifacts, made.exec_properties)
    called = (tmp_path / "called").read_text()
    assert called.startswith("run --rm ")
    for mount in (f"{tmp_path}/e:{tmp_path}/e:ro", f"{tmp_path}/w:{tmp_path}/w:ro", f"{tmp_path}/m:{tmp_path}/m:rw"):
        assert f"-v {mount} " in called
    assert f"example/trainer:1 train {tmp_path}/e --word=hi" in called


def test_a_container_that_fails_shows_its_last_words(
    tmp_path: Path, artifacts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    program_named_docker(tmp_path, "echo no such model; exit 3")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    made = node(optimizer="adam")
    with pytest.raises(UserCodeError, match=r"ended with exit code 3:\nno such model"):
        executor_of(made).Do(*artifacts, made.exec_properties)
