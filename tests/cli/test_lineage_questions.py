"""What people ask of lineage: which data made this, what was made of these data, what differs between two runs."""

from __future__ import annotations

import http.server
import json
import os
import re
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gristmill.cli.main import app
from gristmill.errors import ConfigError, GristmillError

PIPELINE = """
import os
import gristmill as tfx
from gristmill.dsl.annotations import InputArtifact, OutputArtifact, OutputDict, Parameter
from gristmill.dsl.function_component import component
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.runtime_parameter import RuntimeParameter
from gristmill.dsl.standard_artifacts import Examples, Model, ModelRun
from gristmill.orchestration import LocalDagRunner

@component
def train(steps: Parameter[int], examples: InputArtifact[Examples], model: OutputArtifact[Model],
          model_run: OutputArtifact[ModelRun]) -> OutputDict(loss=float):
    with open(os.path.join(model.uri, "model.txt"), "w") as file:
        file.write("x" * steps)
    with open(os.path.join(model_run.uri, "events.out.tfevents.1.host"), "wb"):
        pass
    return {"loss": 1 / steps}

examples = tfx.components.CsvExampleGen(input_base="data")
steps = RuntimeParameter("steps", ptype=int, default=4)
trained = train(steps=steps, examples=examples.outputs["examples"])
pipeline = Pipeline("trips", "root", components=[examples, trained])
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs: the second with more steps."""
    made = tmp_path_factory.mktemp("lineage")
    (made / "pipeline.py").write_text(PIPELINE)
    (made / "data").mkdir()
    (made / "data" / "trips.csv").write_text("fare,tip\n" + "1.5,0.5\n" * 50)
    before = os.getcwd()
    os.chdir(made)
    try:
        command("run", "pipeline.py")
        command("run", "pipeline.py", "-p", "steps=8")
    finally:
        os.chdir(before)
    return made


@pytest.fixture(autouse=True)
def _inside(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.delenv("GRISTMILL_STORE", raising=False)


def command(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_data_behind_a_model_are_told_with_their_digest(folder: Path) -> None:
    [_, line] = command("lineage", "root/train/model/2", "--data").splitlines()
    assert re.fullmatch(r"data/trips.csv  +409 bytes  [0-9a-f]{12}  CsvExampleGen +1", line.rstrip())


def test_the_models_that_came_from_a_data_file_are_found_by_its_path() -> None:
    for place in ("data/trips.csv", "data"):
        lines = command("lineage", place, "--type", "Model").splitlines()
        assert [line.split()[1] for line in lines[1:]] == ["Model", "Model"]
    assert "train" in command("lineage", "data/trips.csv")


def test_a_table_has_a_line_for_each_artifact_with_what_made_it() -> None:
    [header, model, examples] = command("lineage", "root/train/model/2", "--table").splitlines()
    assert header.split() == ["artifact", "type", "state", "made", "by", "run", "where"]
    assert model.split()[5:7] == ["train", "1"]
    assert examples.split()[-1] == "root/CsvExampleGen/examples/1"


def test_steps_that_only_took_something_over_are_told_when_asked_for() -> None:
    for form in ((), ("--dot",), ("--json",)):
        told = command("lineage", "root/train/model/4", *form)
        all_told = command("lineage", "root/train/model/4", "--reused", *form)
        generated = [len(re.findall(r"CsvExampleGen\b(?!/)", text)) for text in (told, all_told)]
        assert generated[0] < generated[1]


def test_a_misspelt_type_is_told_with_the_right_one() -> None:
    with pytest.raises(ConfigError, match=r"no artifacts of that type(.|\n)*did you mean 'Model'"):
        command("lineage", "data/trips.csv", "--type", "Modle")


def test_only_one_thing_is_printed() -> None:
    with pytest.raises(ConfigError, match="one thing"):
        command("lineage", "1", "--table", "--dot")


def test_a_file_that_no_step_read_is_unknown() -> None:
    with pytest.raises(ConfigError, match="no such artifact"):
        command("lineage", "data/other.csv")


def test_diff_tells_parameters_and_metrics_that_differ() -> None:
    told = command("diff", "1", "2")
    assert "trips/1 → trips/2" in told
    assert re.search(r"CsvExampleGen +complete +reused", told)
    assert re.search(r"train +complete +complete +parameters, metrics", told)
    assert re.search(r"train +steps +4 +8", told)
    assert re.search(r"train +loss +0.25 +0.125 +−0.125", told)
    described = json.loads(command("diff", "1", "2", "--json"))
    assert described["steps"]["train"]["parameters"] == [{"name": "steps", "before": 4, "after": 8}]


def test_diff_of_runs_that_did_the_same_says_so() -> None:
    assert command("diff", "2", "2").splitlines()[-1] == "nothing differs"


def test_openlineage_prints_an_event_on_each_line() -> None:
    events = [json.loads(line) for line in command("openlineage", "1").splitlines()]
    assert {event["job"]["name"] for event in events} == {"trips", "trips.CsvExampleGen", "trips.train"}


class Taker(http.server.BaseHTTPRequestHandler):
    taken: list[tuple[str | None, dict[str, object]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.taken.append((self.headers["Authorization"], json.loads(body)))
        self.send_response(201)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[str]:
    with http.server.HTTPServer(("127.0.0.1", 0), Taker) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/api/v1/lineage"
        server.shutdown()
        thread.join()


def test_openlineage_sends_events_with_the_key(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "canary")
    assert command("openlineage", "1", "--url", service).startswith("sent 6 events to http://127.0.0.1")
    assert len(Taker.taken) == 6
    assert {key for key, _ in Taker.taken} == {"Bearer canary"}


def test_a_service_that_is_not_there_is_one_error() -> None:
    with pytest.raises(GristmillError, match="took no events"):
        command("openlineage", "1", "--url", "http://127.0.0.1:9/")
    with pytest.raises(ConfigError, match="by HTTP"):
        command("openlineage", "1", "--url", "file:///etc/passwd")


def test_tensorboard_lists_logs_by_run_pipeline_and_model() -> None:
    assert [line.split("  ")[0] for line in command("tensorboard", "--list").splitlines()[1:]] == ["trips run 2"]
    of_pipeline = command("tensorboard", "--pipeline", "trips", "--list").splitlines()[1:]
    assert [line.split("  ")[0] for line in of_pipeline] == ["trips run 2", "trips run 1"]
    assert "(train of run 1)" in command("tensorboard", "--model", "root/train/model/2", "--list")


@pytest.mark.tensorflow
@pytest.mark.timeout(120)
def test_tensorboard_serves_the_runs_under_their_names(folder: Path) -> None:
    pytest.importorskip("tensorboard")
    for number in (2, 4):  # the executions of the two trainings
        write_a_scalar(folder / "root" / "train" / "model_run" / str(number))
    flags = ["--port", "0", "--host", "127.0.0.1"]
    arguments = [sys.executable, "-m", "gristmill.cli.main", "tensorboard", "1", "2", *flags]
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            line = next(line for line in process.stderr if "http://127.0.0.1:" in line)
            [address] = re.findall(r"http://127.0.0.1:\d+", line)
            runs: list[str] = []
            while len(runs) < 2:  # it loads logs behind the server's start
                with urllib.request.urlopen(f"{address}/data/runs") as answer:
                    runs = json.load(answer)
        finally:
            process.terminate()
    assert runs == ["trips run 1", "trips run 2"]


def write_a_scalar(folder: Path) -> None:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(str(folder))
    writer.add_event(Event(step=1, summary=Summary(value=[Summary.Value(tag="loss", simple_value=0.5)])))
    writer.close()
