"""Small projects of component functions, written to a folder and run in this process."""

from __future__ import annotations

import sys
import textwrap
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.user_module import load_user_module
from gristmill.errors import RunError
from gristmill.orchestration import LocalDagRunner, RunResult
from gristmill.orchestration.observer import RunObserver
from gristmill.orchestration.run_settings import Caching, RunSettings, overriding

PREAMBLE = """
import os
import threading
from gristmill.dsl.annotations import InputArtifact, OutputArtifact, OutputDict, Parameter
from gristmill.dsl.function_component import component
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.standard_artifacts import Examples, Model

def write(artifact, text):
    with open(os.path.join(artifact.uri, "payload.txt"), "w") as file:
        file.write(text)

def read(artifact):
    with open(os.path.join(artifact.uri, "payload.txt")) as file:
        return file.read()

def times(line):
    with open(os.environ["CALLS"]) as file:
        return file.read().count(line)

def note(line):
    with open(os.environ["CALLS"], "a") as file:
        file.write(line + "\\n")
"""

DIAMOND = """
import helper

@component
def start(text: Parameter[str], model: OutputArtifact[Model]):
    note("start")
    write(model, text)

@component
def left(model: InputArtifact[Model], out: OutputArtifact[Model]):
    note("left")
    write(out, helper.shout(read(model)))

@component
def right(model: InputArtifact[Model], out: OutputArtifact[Model]):
    note("right")
    write(out, "right of " + read(model))

@component
def join(a: InputArtifact[Model], b: InputArtifact[Model], out: OutputArtifact[Model]):
    note("join")
    write(out, read(a) + " & " + read(b))

def create_pipeline(text="hello", **options):
    first = start(text=text)
    l = left(model=first.outputs["model"])
    r = right(model=first.outputs["model"])
    j = join(a=l.outputs["out"], b=r.outputs["out"])
    root = os.path.join(os.path.dirname(os.environ["CALLS"]), "root")
    return Pipeline("diamond", root, components=[first, l, r, j], **options)
"""


class Project:
    """A folder with a pipeline file, and a record of which component functions were called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls_file = folder / "calls.txt"
        self.write("helper.py", "def shout(text):\n    return text.upper()\n")
        self.write("pipeline.py", PREAMBLE + DIAMOND)

    @property
    def store(self) -> str:
        return str(self.folder / "root" / "metadata.sqlite")

    def write(self, name: str, source: str) -> None:
        (self.folder / name).write_text(textwrap.dedent(source))

    def edit(self, name: str, old: str, new: str) -> None:
        source = (self.folder / name).read_text()
        assert old in source
        (self.folder / name).write_text(source.replace(old, new))

    def pipeline(self, **options: object) -> Pipeline:
        module = load_user_module(str(self.folder / "pipeline.py"))
        made = module.create_pipeline(**options)
        assert isinstance(made, Pipeline)
        return made

    def run(self, *, caching: Caching = Caching.ON, **options: object) -> RunResult:
        """Run the pipeline; the result, also of a run that failed: its errors are shown where a test fails then."""
        seen = LastResult()
        self.calls_file.write_text("")
        with overriding(RunSettings(caching=caching, observer=seen)):
            try:
                return LocalDagRunner().run(self.pipeline(**options))
            except RunError:
                assert seen.result is not None
                for node_id in seen.result.failed:
                    sys.stdout.writelines(traceback.format_exception(seen.result.nodes[node_id].error))
                return seen.result

    def calls(self) -> list[str]:
        return sorted(self.calls_file.read_text().split())


class LastResult(RunObserver):
    result: RunResult | None = None

    def run_finished(self, result: RunResult) -> None:
        self.result = result


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    made = Project(tmp_path)
    monkeypatch.setenv("CALLS", str(made.calls_file))
    return made


@pytest.fixture
def states() -> Callable[[RunResult], Mapping[str, str]]:
    return lambda result: {node_id: node.state.value for node_id, node in result.nodes.items()}
