"""``gristmill why``: what was decided about a step, what had changed, and from what."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gristmill.cli.main import app

PIPELINE = """
import os
import helper
from gristmill.dsl.annotations import InputArtifact, OutputArtifact, Parameter
from gristmill.dsl.function_component import component
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.runtime_parameter import RuntimeParameter
from gristmill.dsl.standard_artifacts import Model

@component
def train(text: Parameter[str], model: OutputArtifact[Model]):
    if text == "bad":
        raise ValueError("no luck")
    with open(os.path.join(model.uri, "model.txt"), "w") as file:
        file.write(helper.shout(text))

@component
def push(model: InputArtifact[Model], copy: OutputArtifact[Model]):
    pass

trained = train(text=RuntimeParameter("text", ptype=str, default="hello"))
pipeline = Pipeline("small", "root", components=[trained, push(model=trained.outputs["model"])])
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    (tmp_path / "helper.py").write_text("def shout(text):\n    return text.upper()\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRISTMILL_STORE", raising=False)
    command("run", "pipeline.py")
    return tmp_path


def command(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.stdout


def test_a_first_run_says_so_and_compares_with_nothing(folder: Path) -> None:
    told = command("why", "1", "train")
    assert "train ran in run 1 of small: first run" in told
    assert "what changed" not in told


def test_a_changed_input_is_shown_with_both_digests(folder: Path) -> None:
    command("run", "pipeline.py", "-p", "text=other")
    assert re.search(r"input model +[0-9a-f]{12} +[0-9a-f]{12}", command("why", "2", "push"))


def test_a_changed_parameter_is_shown_with_both_values(folder: Path) -> None:
    command("run", "pipeline.py", "-p", "text=other")
    told = command("why", "2", "train")
    assert "train ran in run 2 of small: parameter text changed" in told
    assert re.search(r"what changed +run 1 +run 2", told)
    assert re.search(r"text +hello +other", told)
    described = json.loads(command("why", "2", "train", "--json"))
    assert described["changed_since_run"] == 1
    assert described["changes"] == [{"name": "text", "before": "hello", "after": "other"}]


def test_an_edited_helper_is_shown_with_both_digests(folder: Path) -> None:
    (folder / "helper.py").write_text("def shout(text):\n    return text.upper() + '!'\n")
    command("run", "pipeline.py")
    told = command("why", "2", "train")
    assert re.search(r"code helper.py +[0-9a-f]{12} +[0-9a-f]{12}", told)


def test_a_reused_step_names_the_run_and_the_execution_whose_outputs_it_took(folder: Path) -> None:
    command("run", "pipeline.py")
    told = command("why", "2", "train")
    assert "train was reused in run 2 of small: same inputs, parameters and code as run 1" in told
    assert "its outputs are those of execution 1; their files are as they were recorded then" in told
    assert "what changed" not in told


def test_a_failed_step_tells_the_error_and_what_had_changed_and_one_behind_it_names_it(folder: Path) -> None:
    command("run", "pipeline.py", "-p", "text=bad", code=1)
    told = command("why", "2", "train")
    assert "ValueError: no luck" in told
    assert re.search(r"text +hello +bad", told)
    assert "push was not run in run 2 of small: train failed" in command("why", "2", "push")


def test_a_step_that_was_not_chosen_says_so(folder: Path) -> None:
    command("run", "pipeline.py", "--to", "train")
    assert "push was skipped in run 2 of small: not among the chosen nodes" in command("why", "2", "push")


def test_an_altered_payload_is_the_reason_to_run_again(folder: Path) -> None:
    (folder / "root" / "train" / "model" / "1" / "model.txt").write_text("altered")
    command("run", "pipeline.py")
    assert "was altered since it was written" in command("why", "2", "train")
