"""A small pipeline that reads a file from outside, and a store with its runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gristmill.dsl.annotations import InputArtifact, OutputArtifact, OutputDict, Parameter
from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter
from gristmill.dsl.executor import BaseExecutor
from gristmill.dsl.executor_spec import ExecutorClassSpec
from gristmill.dsl.function_component import component
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.standard_artifacts import Examples, Model
from gristmill.errors import RunError
from gristmill.metadata import MetadataStore
from gristmill.orchestration import LocalDagRunner
from gristmill.orchestration.run_settings import Caching, RunSettings, overriding


class ReaderSpec(ComponentSpec):
    PARAMETERS = {"path": ExecutionParameter(type=str)}
    INPUTS = {}
    OUTPUTS = {"examples": ChannelParameter(type=Examples)}


class ReaderExecutor(BaseExecutor):
    def Do(self, input_dict, output_dict, exec_properties) -> None:  # type: ignore[no-untyped-def]
        [examples] = output_dict["examples"]
        Path(examples.uri, "rows.csv").write_bytes(Path(exec_properties["path"]).read_bytes())

    @classmethod
    def external_inputs(cls, exec_properties) -> list[str]:  # type: ignore[no-untyped-def]
        return [exec_properties["path"]]


class Reader(BaseComponent):
    """Takes a file in."""

    SPEC_CLASS = ReaderSpec
    EXECUTOR_SPEC = ExecutorClassSpec(ReaderExecutor)

    def __init__(self, path: str) -> None:
        super().__init__(ReaderSpec(path=path))


@component
def train(steps: Parameter[int], examples: InputArtifact[Examples], model: OutputArtifact[Model]):
    if steps < 0:
        raise ValueError(f"{steps} steps cannot be taken")
    with open(os.path.join(model.uri, "model.txt"), "w") as file:
        file.write("x" * steps)


@component
def judge(model: InputArtifact[Model]) -> OutputDict(size=float):
    return {"size": float(os.path.getsize(os.path.join(model.uri, "model.txt")))}


class Readings:
    """The pipeline Reader → train → judge, and its store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "rows.csv"
        self.data.write_text("a\n1\n")
        self.store_path = str(folder / "metadata.sqlite")
        self.store = MetadataStore(self.store_path)

    def run(self, steps: int = 3) -> None:
        reader = Reader(path=str(self.data))
        trained = train(steps=steps, examples=reader.outputs["examples"])
        judged = judge(model=trained.outputs["model"])
        pipeline = Pipeline(
            "readings",
            str(self.folder / "root"),
            components=[reader, trained, judged],
            metadata_connection_config=self.store_path,
        )
        with overriding(RunSettings(caching=Caching.ON)):
            LocalDagRunner().run(pipeline)

    def run_failing(self) -> None:
        with pytest.raises(RunError):
            self.run(steps=-1)


@pytest.fixture
def readings(tmp_path: Path) -> Iterator[Readings]:
    made = Readings(tmp_path)
    yield made
    made.store.close()
