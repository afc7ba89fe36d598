"""``gristmill report`` and the pages and graphs of ``gristmill lineage``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gristmill.cli.main import app
from gristmill.dsl.annotations import InputArtifact, OutputArtifact
from gristmill.dsl.function_component import component
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.standard_artifacts import Model
from gristmill.errors import ConfigError
from gristmill.orchestration import LocalDagRunner


@component
def train(model: OutputArtifact[Model]):
    with open(os.path.join(model.uri, "model.txt"), "w") as file:
        file.write("weights")


@component
def copy(model: InputArtifact[Model], copied: OutputArtifact[Model]):
    with open(os.path.join(copied.uri, "model.txt"), "w") as file:
        file.write(model.uri)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the store of one run of a pipeline whose name is no good file name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRISTMILL_STORE", raising=False)
    trained = train()
    copied = copy(model=trained.outputs["model"])
    store = str(tmp_path / "store" / "metadata.sqlite")
    (tmp_path / "store").mkdir()
    LocalDagRunner().run(
        Pipeline("my/pipeline", str(tmp_path / "root"), components=[trained, copied], metadata_connection_config=store)
    )
    (tmp_path / ".gristmill").mkdir()
    (tmp_path / ".gristmill" / "store").write_text(store)
    return tmp_path


def command(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_report_is_written_beside_the_store(folder: Path) -> None:
    assert command("report", "1") == "store/report-my_pipeline-1.html\n"
    page = (folder / "store" / "report-my_pipeline-1.html").read_text()
    assert page.startswith("<!DOCTYPE html>")
    assert "my/pipeline · run 1" in page


def test_a_report_is_written_where_one_says(folder: Path) -> None:
    assert command("report", "--output", "here.html") == "here.html\n"
    assert "run 1" in (folder / "here.html").read_text()


def test_a_report_of_a_run_that_is_not_there_says_so(folder: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such run"):
        command("report", "7")


def test_a_report_into_a_folder_that_is_not_there_says_so(folder: Path) -> None:
    with pytest.raises(ConfigError, match="folder that exists"):
        command("report", "-o", "nowhere/report.html")


def test_lineage_is_written_as_a_page(folder: Path) -> None:
    assert command("lineage", "2", "--html", "lineage.html") == ""
    page = (folder / "lineage.html").read_text()
    assert "What made Model 2" in page
    assert "<svg" in page


def test_lineage_is_printed_for_graphviz(folder: Path) -> None:
    printed = command("lineage", "1", "--downstream", "--dot")
    assert printed.startswith("digraph lineage {")
    assert "a1 -> e2" in printed
    assert "e2 -> a2" in printed


def test_lineage_prints_one_thing(folder: Path) -> None:
    with pytest.raises(ConfigError, match="one thing is printed"):
        command("lineage", "1", "--dot", "--json")
