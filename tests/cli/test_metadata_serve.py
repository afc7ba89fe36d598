"""``gristmill metadata serve``, and a pipeline whose store is behind it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("grpc")

from gristmill.cli.main import app
from gristmill.errors import ConfigError

PIPELINE = """
import os
from gristmill.dsl.annotations import OutputArtifact
from gristmill.dsl.function_component import component
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.standard_artifacts import Model

@component
def train(model: OutputArtifact[Model]):
    with open(os.path.join(model.uri, "model.txt"), "w") as file:
        file.write("weights")

pipeline = Pipeline("small", "root", components=[train()], metadata_connection_config=os.environ["SERVER"])
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRISTMILL_STORE", raising=False)
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    return tmp_path


@pytest.fixture
def server(folder: Path) -> Iterator[subprocess.Popen[str]]:
    (folder / "metadata.sqlite").touch()  # a command is about a store that is there; an empty file is an empty one
    command = [sys.executable, "-m", "gristmill.cli.main", "metadata", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def command(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_pipeline_is_planned_runs_and_is_reused_over_the_wire(
    server: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert server.stdout is not None
    line = server.stdout.readline()
    [url] = re.findall(r"grpc://127\.0\.0\.1:\d+", line)
    assert line.startswith("serving metadata.sqlite at ")
    monkeypatch.setenv("SERVER", url)
    assert "train runs: first run" in command("plan", "pipeline.py")
    assert "✓ train" in command("run", "pipeline.py")
    assert "1 reused" in command("plan", "pipeline.py")
    assert "≡ train" in command("run", "pipeline.py")
    assert "small" in command("runs", "--store", url)
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=60) == 0


def test_a_certificate_needs_its_key(folder: Path) -> None:
    with pytest.raises(ConfigError, match="--tls-cert and --tls-key"):
        command("metadata", "serve", "--tls-cert", "server.pem")
