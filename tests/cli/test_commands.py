"""The commands on a small project: what they print, as tables and as JSON, and how they fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gristmill.cli.main import app
from gristmill.errors import ConfigError
from gristmill.metadata.errors import InvalidArgumentError

PIPELINE = """
import os
import sys
from gristmill.dsl.annotations import InputArtifact, OutputArtifact, OutputDict, Parameter
from gristmill.dsl.function_component import component
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.runtime_parameter import RuntimeParameter
from gristmill.dsl.standard_artifacts import Model
from gristmill.orchestration import LocalDagRunner

@component
def train(text: Parameter[str], model: OutputArtifact[Model]):
    print("user text")
    if text == "bad":
        raise ValueError("no luck")
    with open(os.path.join(model.uri, "model.txt"), "w") as file:
        file.write(text)

@component
def size(model: InputArtifact[Model]) -> OutputDict(length=int):
    return {"length": os.path.getsize(os.path.join(model.uri, "model.txt"))}

def create_pipeline():
    trained = train(text=RuntimeParameter("text", ptype=str, default="hello"))
    sized = size(model=trained.outputs["model"])
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "root")
    return Pipeline("small", root, components=[trained, sized])
"""
MAIN = """
if __name__ == "__main__":
    LocalDagRunner().run(create_pipeline())
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRISTMILL_STORE", raising=False)
    return tmp_path


def command(*arguments: str) -> str:
    """Run a command in this process; its output. It must succeed."""
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def json_of(*arguments: str):  # type: ignore[no-untyped-def]
    return json.loads(command(*arguments, "--json"))


def shell(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a process, as a person would."""
    return subprocess.run(
        [sys.executable, "-m", "gristmill.cli.main", *arguments], capture_output=True, text=True, check=False
    )


def test_run_executes_a_file_that_runs_its_pipeline_as_main(folder: Path) -> None:
    (folder / "pipeline.py").write_text(PIPELINE + MAIN)
    result = shell("run", "pipeline.py")
    assert result.returncode == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "small · run 1 · 2 steps · up to 2 at once"
    assert "  ● train started" in lines
    assert any(line.startswith("  ✓ train") for line in lines)
    assert lines[-1].startswith("complete in ")
    assert lines[-1].endswith(" · next: gristmill report 1")


@pytest.mark.parametrize(("ending", "code"), [("0", 0), ("None", 0), ("7", 7), ("'over'", 1)])
def test_a_file_that_ends_in_sys_exit_is_told_to_the_end_with_its_exit_code(
    folder: Path, ending: str, code: int
) -> None:
    (folder / "pipeline.py").write_text(PIPELINE + MAIN + f"    sys.exit({ending})\n")
    result = shell("run", "pipeline.py")
    assert result.returncode == code
    assert result.stdout.splitlines()[-1].startswith("complete in ")
    assert ("over" in result.stderr) == (code == 1)
    assert shell("runs").returncode == 0


def test_run_finds_the_pipeline_of_a_file_that_only_defines_it(folder: Path) -> None:
    assert "✓ size" in command("run", "pipeline.py")


def test_run_reuses_by_default_and_says_so(folder: Path) -> None:
    command("run", "pipeline.py")
    assert "≡ train, size  reused (same inputs, parameters and code as run 1)" in command("run", "pipeline.py")
    assert "✓ train" in command("run", "pipeline.py", "--no-cache")


def test_run_as_json_prints_json_and_nothing_else(folder: Path) -> None:
    described = json_of("run", "pipeline.py")
    assert (described["pipeline"], described["run"], described["state"]) == ("small", 1, "complete")
    assert [node["id"] for node in described["nodes"]] == ["train", "size"]
    assert described["nodes"][0]["outputs"]["model"][0]["type"] == "Model"


def test_run_gives_parameters_to_the_pipeline(folder: Path) -> None:
    described = json_of("run", "pipeline.py", "--parameter", "text=given")
    uri = described["nodes"][0]["outputs"]["model"][0]["uri"]
    assert (Path(uri) / "model.txt").read_text() == "given"


def test_a_parameter_that_the_pipeline_does_not_have_is_refused_before_anything_runs(folder: Path) -> None:
    result = shell("run", "pipeline.py", "-p", "texte=given")
    assert result.returncode == 1
    assert "no runtime parameter 'texte'" in result.stderr
    assert "did you mean 'text'?" in result.stderr
    assert not (folder / "root").exists()


def test_run_can_run_a_part(folder: Path) -> None:
    described = json_of("run", "pipeline.py", "--to", "train")
    assert [node["state"] for node in described["nodes"]] == ["complete", "skipped"]


def test_a_failed_step_is_told_once_with_the_users_frames_and_none_of_ours(folder: Path) -> None:
    result = shell("run", "pipeline.py", "-p", "text=bad")
    assert result.returncode == 1
    assert "✗ train" in result.stdout
    assert "○ size" in result.stdout
    assert "not run: train failed" in result.stdout
    assert result.stderr.count("ValueError: no luck") == 2  # in the traceback and in the message
    assert 'raise ValueError("no luck")' in result.stderr
    assert f"{os.sep}gristmill{os.sep}" not in result.stderr
    assert "gristmill why 1 train" in result.stdout.splitlines()[-1]


def test_a_file_that_raises_is_told_with_its_own_frames(folder: Path) -> None:
    (folder / "pipeline.py").write_text("def f():\n    return 1 / 0\nf()\n")
    result = shell("run", "pipeline.py")
    assert result.returncode == 1
    assert "gristmill: pipeline.py failed: ZeroDivisionError: division by zero" in result.stderr
    assert "line 2" in result.stderr
    assert f"{os.sep}cli{os.sep}" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "nowhere.py"], "the pipeline file does not exist"),
        (["run", "pipeline.py", "-p", "text"], "a parameter is given as NAME=VALUE"),
        (["run", "pipeline.py", "--from", "trian"], "has no node 'trian'"),
        (["show", "9"], "no metadata store is known here"),
        (["show", "9", "--store", "nowhere.sqlite"], "the metadata store does not exist"),
    ],
)
def test_wrong_arguments_end_in_one_message(folder: Path, arguments: list[str], message: str) -> None:
    result = shell(*arguments)
    assert result.returncode == 1
    assert result.stderr.startswith("gristmill: ")
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_an_empty_file_is_told_what_it_lacks(folder: Path) -> None:
    (folder / "empty.py").write_text("")
    with pytest.raises(ConfigError, match="the file runs no pipeline and defines none"):
        command("run", "empty.py")


def test_runs_lists_the_newest_first(folder: Path) -> None:
    command("run", "pipeline.py")
    command("run", "pipeline.py")
    assert [run["run"] for run in json_of("runs")] == [2, 1]
    lines = command("runs").splitlines()
    assert lines[0].split() == ["run", "pipeline", "state", "started", "took"]
    assert lines[1].split()[:3] == ["2", "small", "complete"]
    assert len(lines) == 3
    assert command("runs", "--limit", "1").splitlines()[2:] == ["older ones: --limit 10"]


def test_runs_of_one_pipeline_only(folder: Path) -> None:
    command("run", "pipeline.py")
    (folder / "pipeline.py").write_text(PIPELINE.replace('"small"', '"tiny"'))
    command("run", "pipeline.py")
    assert [run["pipeline"] for run in json_of("runs", "small")] == ["small"]
    assert [run["pipeline"] for run in json_of("runs")] == ["tiny", "small"]


def test_show_tells_steps_and_artifacts(folder: Path) -> None:
    command("run", "pipeline.py")
    shown = command("show")
    assert "small · run 1 · complete" in shown
    assert "root/train/model/1" in shown
    assert [node["state"] for node in json_of("show", "small/1")["nodes"]] == ["complete", "complete"]


def test_what_looks_like_markup_is_shown_as_it_is(folder: Path) -> None:
    (folder / "pipeline.py").write_text(PIPELINE.replace("no luck", "[red]no[/blue] luck :smile:"))
    assert "[red]no[/blue] luck :smile:" in shell("run", "pipeline.py", "-p", "text=bad").stdout
    assert "[red]no[/blue] luck :smile:" in command("show")
    assert "[red]no[/blue] luck :smile:" in command("why", "latest", "train")
    command("run", "pipeline.py")
    assert "train[model]" in command("show")


def test_why_tells_the_decision_and_what_it_rests_on(folder: Path) -> None:
    command("run", "pipeline.py")
    command("run", "pipeline.py", "-p", "text=other")
    told = command("why", "2", "train")
    assert "train ran in run 2 of small: parameter text changed" in told
    assert "code pipeline.py" in told
    assert json_of("why", "latest", "train")["reason"] == "parameter text changed"


def test_why_of_an_unknown_step_names_the_steps(folder: Path) -> None:
    command("run", "pipeline.py")
    with pytest.raises(ConfigError, match="did you mean 'train'"):
        command("why", "1", "tarin")
    with pytest.raises(ConfigError, match="its steps: size, train"):
        command("why", "1", "other")


def test_lineage_goes_back_to_what_made_an_artifact(folder: Path) -> None:
    command("run", "pipeline.py")
    told = command("lineage", "root/size/length/2/value")
    assert [word in told for word in ("Integer 2", "size", "Model 1", "train")] == [True] * 4
    described = json_of("lineage", "2")
    assert {artifact["type"] for artifact in described["artifacts"]} == {"Integer", "Model"}


def test_lineage_goes_forward_to_what_was_made_from_an_artifact(folder: Path) -> None:
    command("run", "pipeline.py")
    told = command("lineage", "1", "--downstream")
    assert told.index("Model 1") < told.index("size") < told.index("Integer 2")


def test_runs_of_an_unknown_pipeline_say_which_there_are(folder: Path) -> None:
    command("run", "pipeline.py")
    with pytest.raises(ConfigError, match="did you mean 'small'"):
        command("runs", "smal")


def test_an_id_that_no_database_could_hold_is_refused(folder: Path) -> None:
    command("run", "pipeline.py")
    with pytest.raises(InvalidArgumentError, match="64 bits"):
        command("lineage", "9" * 30)


def test_lineage_of_something_unknown_says_so(folder: Path) -> None:
    command("run", "pipeline.py")
    with pytest.raises(ConfigError, match="the store knows no such artifact"):
        command("lineage", "somewhere/else")


def test_commands_find_the_store_from_a_folder_below(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command("run", "pipeline.py")
    monkeypatch.chdir(folder / "root")
    assert len(json_of("runs")) == 1


def test_the_store_can_be_named_by_option_or_variable(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    command("run", "pipeline.py")
    store = str(folder / "root" / "metadata.sqlite")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert len(json_of("runs", "--store", store)) == 1
    monkeypatch.setenv("GRISTMILL_STORE", store)
    assert len(json_of("runs")) == 1


def test_starting_the_command_line_loads_nothing_heavy() -> None:
    code = (
        "import sys, gristmill.cli.main; "
        "heavy = {'pyarrow', 'sqlalchemy', 'tensorflow', 'pandas', 'numpy', 'google.protobuf'}; "
        "heavy |= {'jinja2', 'urllib.request'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_a_store_that_cannot_be_remembered_is_named_and_costs_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from gristmill.cli.store_location import remember_store

    monkeypatch.chdir(tmp_path)
    (tmp_path / ".gristmill").write_text("")
    remember_store("/somewhere/metadata.sqlite")
    told = capsys.readouterr().err
    assert "later commands will need `--store /somewhere/metadata.sqlite`" in told
    assert "something of that name is there already" in told
    assert (tmp_path / ".gristmill").read_text() == ""
