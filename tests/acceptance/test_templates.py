"""A copied template runs by one command up to a pushed model that answers, and a second run has nothing to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.tensorflow

GRISTMILL = Path(sys.executable).parent / "gristmill"


def command(*arguments: str, folder: Path) -> str:
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"}
    environment.pop("TF_USE_LEGACY_KERAS", None)
    done = subprocess.run(
        [str(GRISTMILL), *arguments], cwd=folder, capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def copied(template: str, folder: Path, settings: dict[str, str]) -> Path:
    """The template's project; with replacements in its pipeline.py."""
    command("template", "copy", template, "project", folder=folder)
    pipeline = folder / "project" / "pipeline.py"
    source = pipeline.read_text()
    for name, value in settings.items():
        assert name in source
        source = source.replace(name, value)
    pipeline.write_text(source)
    return folder / "project"


def states(project: Path) -> dict[str, str]:
    result: dict[str, Any] = json.loads(command("run", "pipeline.py", "--json", folder=project))
    return {node["id"]: node["state"] for node in result["nodes"]}


@pytest.mark.parametrize(
    ("template", "settings"), [("taxi", {"num_steps=TRAIN_STEPS": "num_steps=200"}), ("pebbles", {})]
)
def test_a_template_runs_pushes_and_answers(template: str, settings: dict[str, str], tmp_path: Path) -> None:
    project = copied(template, tmp_path, settings)
    first = states(project)
    assert set(first.values()) == {"complete"}
    [version] = (project / "serving" / template).iterdir()
    assert (version / "saved_model.pb").is_file()
    answer = subprocess.run([sys.executable, "predict.py"], cwd=project, capture_output=True, text=True, check=True)
    assert str(version.relative_to(project)) in answer.stdout
    again = states(project)
    assert {name for name, state in again.items() if state != "cached"} <= {"latest_blessed_model", "Evaluator"}
    assert list((project / "serving" / template).iterdir()) == [version]
