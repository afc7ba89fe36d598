"""After hundreds of runs, commands do the work that they did after three. Work is counted, never timed."""

from __future__ import annotations

from pathlib import Path

import pytest
from measured.history import repeat_last_run
from measured.sqlite_work import SqliteWork, sqlite_work
from typer.testing import CliRunner

from gristmill.cli.main import app

FEW, SOME, MANY = 3, 100, 300  # runs
MORE_STEPS = 1.2  # for indices that are deeper

PIPELINE = """
import os
from gristmill.dsl.annotations import InputArtifact, OutputArtifact, Parameter
from gristmill.dsl.channel import Channel
from gristmill.dsl.function_component import component
from gristmill.dsl.importer import Importer
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.resolver import Resolver
from gristmill.dsl.runtime_parameter import RuntimeParameter
from gristmill.dsl.standard_artifacts import Examples, Model, ModelBlessing
from gristmill.dsl.strategies import LatestArtifactStrategy, LatestBlessedModelStrategy

def write(artifact, text):
    with open(os.path.join(artifact.uri, "payload"), "w") as file:
        file.write(text)

@component
def read(rows: InputArtifact[Examples], text: Parameter[str], examples: OutputArtifact[Examples]):
    write(examples, text)

@component
def train(examples: InputArtifact[Examples], base: InputArtifact[Model], model: OutputArtifact[Model]):
    write(model, "model")

@component
def judge(model: InputArtifact[Model], blessing: OutputArtifact[ModelBlessing]):
    write(blessing, "good")
    blessing.set_int_custom_property("blessed", 1)
    blessing.set_int_custom_property("current_model_id", model.id)

def resolved(name, strategy, **channels):
    return Resolver(strategy_class=strategy, **channels).with_id(name)

rows = Importer("rows", Examples).with_id("rows")
base = Importer("base", Model).with_id("base")
text = RuntimeParameter("text", ptype=str, default="hello")
examples = read(rows=rows.outputs["result"], text=text)
trained = train(examples=examples.outputs["examples"], base=base.outputs["result"])
judged = judge(model=trained.outputs["model"])
latest = resolved("latest", LatestArtifactStrategy, model=trained.outputs["model"])
blessed = resolved(
    "blessed", LatestBlessedModelStrategy, model=Channel(type=Model), blessing=Channel(type=ModelBlessing)
)
blessed.add_upstream_node(judged)
components = [rows, base, examples, trained, judged, latest, blessed]
pipeline = Pipeline("long", "root", components=components, enable_cache=True)
"""


def command(folder: Path, *arguments: str) -> SqliteWork:
    """The work of a command of gristmill in a folder."""
    with pytest.MonkeyPatch.context() as patch, sqlite_work() as work:
        patch.chdir(folder)
        patch.delenv("GRISTMILL_STORE", raising=False)
        result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
        assert result.exit_code == 0, result.output
    return work


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Folders of the pipeline, by how often it has run there: twice, and the rest are copies of the second run."""
    made = {runs: tmp_path_factory.mktemp(f"runs_{runs}_") for runs in (FEW, SOME, MANY)}
    for runs, folder in made.items():
        (folder / "pipeline.py").write_text(PIPELINE)
        for imported in ("rows", "base"):
            (folder / imported).write_text("1")
        for _ in range(2):
            command(folder, "run", "pipeline.py")
        repeat_last_run(folder / "root" / "metadata.sqlite", runs - 2)
    return made


@pytest.mark.parametrize(
    ("before", "arguments"),
    [
        (FEW, ["run", "pipeline.py"]),
        (FEW, ["run", "pipeline.py", "--from", "train"]),
        (FEW, ["run", "pipeline.py", "-p", "text=other"]),  # looks for earlier runs with this parameter
        (FEW, ["plan", "pipeline.py"]),
        (SOME, ["plan", "pipeline.py", "-p", "text=new"]),
        (SOME, ["runs"]),  # a screenful
        (SOME, ["runs", "long"]),
        (FEW, ["show", "latest"]),
        (FEW, ["why", "2", "train"]),
        (FEW, ["why", "latest", "train"]),
    ],
)
def test_a_command_does_the_same_work_after_many_runs_as_before(
    folders: dict[int, Path], before: int, arguments: list[str]
) -> None:
    works = {runs: command(folder, *arguments) for runs, folder in folders.items()}  # all, so that they stay alike
    assert works[MANY].statements == works[before].statements
    assert works[MANY].steps <= works[before].steps * MORE_STEPS
