"""A password that a pipeline is given is nowhere afterwards: not in the store, the report, or on a terminal."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gristmill.cli.main import app
from gristmill.errors import ConfigError, GristmillError

CANARY = "c4n4ry"

PIPELINE = f"""
import os
from gristmill.dsl.annotations import InputArtifact, OutputArtifact, Parameter
from gristmill.dsl.function_component import component
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.runtime_parameter import RuntimeParameter
from gristmill.dsl.standard_artifacts import Model

@component
def load(database: Parameter[str], password: Parameter[str], options: Parameter[str], model: OutputArtifact[Model]):
    assert "{CANARY}" in database and "{CANARY}" in password and "{CANARY}" in options
    model.set_string_custom_property("source", database)
    model.set_string_custom_property("api_key", password)
    with open(os.path.join(model.uri, "model.txt"), "w") as file:
        file.write("model")

@component
def save(model: InputArtifact[Model], target: Parameter[str], out: OutputArtifact[Model]):
    raise OSError(f"cannot reach {{target}} with password={CANARY}")

def create_pipeline():
    options = '{{"token": "{CANARY}", "hosts": ["s3://key:{CANARY}@bucket/x"], "rows": 5}}'
    database = RuntimeParameter("database", ptype=str, default="sqlite://")
    loaded = load(database=database, password="{CANARY}", options=options)
    saved = save(model=loaded.outputs["model"], target="https://account.blob/data?sv=1&sig={CANARY}&se=2")
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "root")
    return Pipeline("secretive", root, components=[loaded, saved])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("secrets")
    (made / "pipeline.py").write_text(PIPELINE)
    return made


@pytest.fixture(scope="module")
def told_by_run(folder: Path) -> str:
    """All that the command says, its logs of every level and whole tracebacks among it."""
    code = "import logging; logging.basicConfig(level=logging.DEBUG); from gristmill.cli.main import main; main()"
    url = f"postgresql://ada:{CANARY}@db/taxi"
    command = [sys.executable, "-c", code, "run", "pipeline.py", "-p", f"database={url}", "--json", "--traceback"]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "cannot reach https://account.blob/data?sv=1&sig=***&se=2 with password=***" in ended.stderr
    return ended.stdout + ended.stderr


def test_what_a_run_tells_and_writes_holds_no_secret(folder: Path, told_by_run: str) -> None:
    assert CANARY not in told_by_run
    sources = {folder / "pipeline.py", *folder.rglob("*.pyc")}
    written = [path for path in folder.rglob("*") if path.is_file() and path not in sources]
    assert {"metadata.sqlite", "store", "model.txt"} <= {path.name for path in written}
    assert not [path for path in written if CANARY.encode() in path.read_bytes()]


@pytest.mark.usefixtures("told_by_run")
@pytest.mark.parametrize(
    "arguments",
    [
        "runs --json", "show", "show --json", "why 1 save", "why 1 save --json", "why 1 load --json",
        "report --output report.html", "lineage 1", "lineage 1 --json",
    ],
)  # fmt: skip
def test_no_command_tells_a_secret(
    folder: Path, arguments: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(folder)
    with caplog.at_level(logging.DEBUG):
        result = CliRunner().invoke(app, arguments.split(), catch_exceptions=False)
    assert result.exit_code == 0
    report = folder / "report.html"
    shown = result.output + caplog.text + (report.read_text() if report.exists() else "")
    assert result.output
    assert CANARY not in shown


def test_what_a_component_was_given_is_masked_and_the_rest_is_kept(folder: Path, told_by_run: str) -> None:
    from gristmill.metadata import MetadataStore

    del told_by_run
    with MetadataStore(str(folder / "root" / "metadata.sqlite")) as store:
        load = store.get_executions()[0].custom_properties
        [artifact] = store.get_artifacts()
    assert load["database"].string_value == "postgresql://ada:***@db/taxi"
    assert load["password"].string_value == "***"
    assert load["options"].string_value == '{"hosts": ["s3://key:***@bucket/x"], "rows": 5, "token": "***"}'
    assert artifact.custom_properties["source"].string_value == "postgresql://ada:***@db/taxi"
    assert artifact.custom_properties["api_key"].string_value == "***"


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://ada:{CANARY}@127.0.0.1:1/taxi",
        f"mysql://ada:{CANARY}@127.0.0.1:1/taxi",
        f"sqlite:///x?password={CANARY}",
    ],
)
def test_the_url_of_a_store_that_cannot_be_opened_is_told_without_its_password(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        result = CliRunner().invoke(app, ["runs", "--store", url])
    assert isinstance(result.exception, GristmillError)
    chain = [result.exception]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None:
        chain.append(cause)  # type: ignore[arg-type]
    told = result.output + caplog.text + "".join(f"{error} {error!r}" for error in chain)
    assert CANARY not in told


def test_a_root_that_would_show_a_password_in_every_uri_is_refused() -> None:
    from gristmill.orchestration.run_place import absolute_root

    with pytest.raises(ConfigError, match="must hold no password") as caught:
        absolute_root(f"s3://key:{CANARY}@bucket/root")
    assert CANARY not in str(caught.value)
