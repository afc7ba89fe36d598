"""``gristmill gc``: it plans unless it is told to delete."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gristmill.cli.main import app
from gristmill.errors import ConfigError

PIPELINE = """
import os
from gristmill.dsl.annotations import OutputArtifact, Parameter
from gristmill.dsl.function_component import component
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.runtime_parameter import RuntimeParameter
from gristmill.dsl.standard_artifacts import Model

@component
def train(text: Parameter[str], model: OutputArtifact[Model]):
    with open(os.path.join(model.uri, "model.txt"), "w") as file:
        file.write(text)

pipeline = Pipeline("small", "root", components=[train(text=RuntimeParameter("text", ptype=str, default="hello"))])
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where two runs have left a model each."""
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRISTMILL_STORE", raising=False)
    for text in ("first", "second"):
        command("run", "pipeline.py", "-p", f"text={text}")
    return tmp_path


def command(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def models(folder: Path) -> set[str]:
    return {path.read_text() for path in folder.rglob("model.txt")}


def test_by_default_it_tells_what_would_go_and_deletes_nothing(folder: Path) -> None:
    lines = command("gc", "--keep-runs", "1").splitlines()
    assert lines[1].split()[-1] == "root/train/model/1"
    assert lines[-3:] == [
        "artifacts kept: 1 of a recent run",
        "would be deleted: 1 folders, 5 bytes",
        "nothing was deleted: do it with --delete",
    ]
    assert models(folder) == {"first", "second"}


def test_with_delete_it_deletes(folder: Path) -> None:
    assert command("gc", "--keep-runs", "1", "--delete").splitlines()[-1] == "deleted: 1 folders, 5 bytes"
    assert models(folder) == {"second"}
    assert "nothing was deleted" not in command("gc", "--keep-runs", "1")


def test_the_usual_retention_keeps_five_runs(folder: Path) -> None:
    assert json.loads(command("gc", "--json"))["payloads"] == []


def test_what_is_named_is_kept(folder: Path) -> None:
    described = json.loads(command("gc", "--keep-runs", "0", "--keep", "root/train/model/1", "--json"))
    assert described["deleted"] is False
    assert [Path(payload["uri"]).name for payload in described["payloads"]] == ["2"]
    assert described["kept"] == {"named": 1}


def test_an_artifact_that_is_not_there_cannot_be_kept(folder: Path) -> None:
    with pytest.raises(ConfigError, match="no such artifact"):
        command("gc", "--keep", "root/train/model/7")
