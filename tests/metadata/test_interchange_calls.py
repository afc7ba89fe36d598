"""The original package and ours answer every call that reads alike: on files that either wrote, with one of each thing
that a store can hold, and on the store of pipelines, which go on after the original has added to it.

How the original is named: see test_interchange.py.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gristmill.cli.main import app
from gristmill.metadata import MetadataStore

SCRIPT = Path(__file__).with_name("interchange_script.py")
Run = Callable[..., dict[str, Any]]

pytestmark = pytest.mark.peer

PIPELINE = """
import os
import gristmill as tfx
from gristmill.dsl.annotations import InputArtifact, OutputArtifact, OutputDict, Parameter
from gristmill.dsl.function_component import component
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.runtime_parameter import RuntimeParameter
from gristmill.dsl.standard_artifacts import Examples, Model, PushedModel

@component
def train(steps: Parameter[int], rate: Parameter[float], examples: InputArtifact[Examples],
          model: OutputArtifact[Model]) -> OutputDict(loss=float, note=str):
    with open(os.path.join(model.uri, "model.txt"), "w") as file:
        file.write("x" * steps)
    model.set_string_custom_property("größe", "ä🌾")
    return {"loss": rate / steps, "note": ""}

@component
def push(model: InputArtifact[Model], loss: float, pushed: OutputArtifact[PushedModel]):
    with open(os.path.join(pushed.uri, "model.txt"), "w") as file:
        file.write(str(loss))

examples = tfx.components.CsvExampleGen(input_base="data")
steps = RuntimeParameter("steps", ptype=int, default=4)
trained = train(steps=steps, rate=0.1, examples=examples.outputs["examples"])
pushed = push(model=trained.outputs["model"], loss=trained.outputs["loss"])
pipeline = Pipeline("trips", "root", components=[examples, trained, pushed])
"""


@pytest.fixture
def theirs() -> Run:
    """Runs a command of the script with the original."""
    python = os.environ.get("GRISTMILL_MLMD_PYTHON")
    if not python:
        pytest.skip("set GRISTMILL_MLMD_PYTHON to a Python that has ml-metadata")
    return lambda *arguments: run([python, str(SCRIPT)], *arguments)


def ours(*arguments: str | Path) -> dict[str, Any]:
    """Runs a command of the script with our packages."""
    return run([sys.executable, str(SCRIPT.with_name("with_compat.py")), str(SCRIPT)], *arguments)


def run(command: list[str], *arguments: str | Path) -> dict[str, Any]:
    done = subprocess.run([*command, *map(str, arguments)], check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout or "{}"))


def read_alike(theirs: Run, database: Path) -> dict[str, Any]:
    """What both read."""
    answers = ours("read", database)
    assert answers == theirs("read", database)
    return answers


def test_what_either_wrote_is_extended_by_the_other_and_read_alike(theirs: Run, tmp_path: Path) -> None:
    for number, (first, then) in enumerate([(ours, theirs), (theirs, ours)]):
        database = tmp_path / f"{number}.db"
        first("variants", database, "écrit")
        then("variants", database, "après")
        first("take", database, "après")
        answers = read_alike(theirs, database)
        assert len(answers["artifacts"]) == 2 * 18 + 1
        assert len(answers) > 800


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a pipeline ran twice, the second time with another parameter."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRISTMILL_STORE", raising=False)
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "trips.csv").write_text("fare,tip\n" + "1.5,0.5\n" * 50)
    command("run", "pipeline.py")
    command("run", "pipeline.py", "-p", "steps=8")
    return tmp_path


def command(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_pipelines_store_is_read_alike_and_works_on_after_the_original_added_to_it(theirs: Run, folder: Path) -> None:
    database = folder / "root" / "metadata.sqlite"
    answers = read_alike(theirs, database)
    assert len(answers["artifacts"]) == len(answers["artifacts by id"]) >= 7
    runs = command("runs")

    theirs("take", database, "Model")
    read_alike(theirs, database)
    assert command("runs") == runs
    newest = [artifact["uri"] for artifact in answers["artifacts"] if artifact["type"] == "Model"][-1]
    told = command("lineage", newest, "--downstream")
    assert "Elsewhere" in told
    assert "elsewhere/model" in told
    assert "train" in command("lineage", "elsewhere/model")
    for steps in ("4", "8"):
        told = command("run", "pipeline.py", "-p", f"steps={steps}")
        assert "≡ CsvExampleGen … push" in told
        assert "✓" not in told
    told = command("run", "pipeline.py", "-p", "steps=2")
    assert "≡ CsvExampleGen" in told
    assert "✓ push" in told
    read_alike(theirs, database)
    with MetadataStore(database) as store:  # what the original added to our type is kept
        assert "added elsewhere" in store.get_artifact_type("Model").properties
