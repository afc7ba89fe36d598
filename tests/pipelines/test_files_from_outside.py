"""Files that a pipeline reads from outside count by content: editing one re-runs what depends on it, touching none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gristmill.components import CsvExampleGen, ExampleValidator, ImportSchemaGen, SchemaGen, StatisticsGen
from gristmill.dsl.node import BaseNode
from gristmill.dsl.pipeline import Pipeline
from gristmill.errors import DataError, RunError
from gristmill.orchestration import LocalDagRunner, RunResult

from .steps import ThinOut


class Project:
    """Two sources, data and a schema kept by hand, and what follows from each of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows = folder / "data" / "rows.csv"
        self.schema = folder / "schema.pbtxt"
        self.rows.parent.mkdir()
        self.rows.write_text("n,word\n" + "".join(f"{number},w{number % 3}\n" for number in range(30)))
        self.schema.write_text('feature { name: "n" type: INT }\nfeature { name: "word" type: BYTES }\n')

    def run(self) -> RunResult:
        generator = CsvExampleGen(str(self.rows.parent))
        examples = generator.outputs["examples"]
        statistics = StatisticsGen(examples)
        schema = SchemaGen(statistics.outputs["statistics"])
        imported = ImportSchemaGen(str(self.schema))
        validator = ExampleValidator(statistics.outputs["statistics"], imported.outputs["schema"])
        own = ThinOut(examples, drop=2, trap=str(self.folder / "trap"))
        nodes: list[BaseNode] = [generator, statistics, schema, imported, validator, own]
        return LocalDagRunner().run(Pipeline("outside", str(self.folder / "root"), components=nodes, enable_cache=True))


def ran(result: RunResult) -> set[str]:
    return {name for name, node in result.nodes.items() if node.state.value == "complete"}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    assert len(ran(made.run())) == 6
    return made


def test_touching_a_file_reruns_nothing(project: Project) -> None:
    for file in (project.rows, project.schema):
        os.utime(file, (1_000_000, 1_000_000))
    assert ran(project.run()) == set()


def test_editing_the_data_reruns_everything_that_depends_on_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.folder)
    project.rows.write_text(project.rows.read_text().replace("w2", "w7"))
    result = project.run()
    assert ran(result) == {"CsvExampleGen", "StatisticsGen", "SchemaGen", "ExampleValidator", "ThinOut"}
    assert result.nodes["CsvExampleGen"].reason == "data/rows.csv changed"
    assert result.nodes["StatisticsGen"].reason == "input examples changed"


def test_a_new_file_counts_as_well(project: Project) -> None:
    (project.rows.parent / "more.csv").write_text("n,word\n100,w1\n")
    assert "CsvExampleGen" in ran(project.run())


def test_editing_the_schema_reruns_what_uses_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.folder)
    project.schema.write_text(project.schema.read_text().replace("INT", "FLOAT"))
    result = project.run()
    assert ran(result) == {"ImportSchemaGen", "ExampleValidator"}
    assert result.nodes["ImportSchemaGen"].reason == "schema.pbtxt changed"


def test_an_edit_that_changes_no_row_stops_at_the_examples(project: Project) -> None:
    """The file's size and time are recorded with the examples, and are no reason to compute anything anew."""
    project.rows.write_text(project.rows.read_text().replace("w2", '"w2"'))
    assert ran(project.run()) == {"CsvExampleGen"}
    assert ran(project.run()) == set()


def test_going_back_finds_the_earlier_results(project: Project) -> None:
    before = project.rows.read_text()
    project.rows.write_text(before.replace("w2", "w7"))
    project.run()
    project.rows.write_text(before)
    assert ran(project.run()) == set()


def test_a_file_that_is_gone_is_named(project: Project) -> None:
    project.schema.unlink()
    with pytest.raises(RunError, match="ImportSchemaGen") as caught:
        project.run()
    assert isinstance(caught.value.__cause__, DataError)
    assert str(project.schema) in str(caught.value.__cause__)
