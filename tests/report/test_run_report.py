"""Reports of runs: finished, failed, reused, partial; what they say and what they never say."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gristmill.dsl.annotations import InputArtifact, OutputArtifact, Parameter
from gristmill.dsl.function_component import component
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.standard_artifacts import ExampleAnomalies, Model, ModelBlessing, PushedModel
from gristmill.errors import RunError
from gristmill.metadata import MetadataStore
from gristmill.orchestration import LocalDagRunner
from gristmill.orchestration.run_settings import Caching, RunOptions, RunSettings, overriding
from gristmill.report import run_report

SCRIPT = "<script>alert(1)</script>"
SECRET = "hunter2"


@component
def train(text: Parameter[str], model: OutputArtifact[Model]):
    if text.startswith("fail"):
        raise ValueError(f"no luck with {text}")
    with open(os.path.join(model.uri, "<script>model.txt"), "w") as file:
        file.write(text)


@component
def judge(model: InputArtifact[Model], blessing: OutputArtifact[ModelBlessing], pushed: OutputArtifact[PushedModel],
          anomalies: OutputArtifact[ExampleAnomalies]):  # fmt: skip
    from tensorflow_metadata.proto.v0 import anomalies_pb2

    open(os.path.join(blessing.uri, "BLESSED"), "w").close()
    blessing.set_int_custom_property("blessed", 1)
    pushed.set_int_custom_property("pushed", 1)
    pushed.set_string_custom_property("pushed_destination", "/serving/7")
    found = anomalies_pb2.Anomalies()
    found.anomaly_info["fare<script>"].short_description = "too high"
    anomalies.split_names = '["train"]'
    os.mkdir(os.path.join(anomalies.uri, "Split-train"))
    with open(os.path.join(anomalies.uri, "Split-train", "SchemaDiff.pb"), "wb") as file:
        file.write(found.SerializeToString())


class Project:
    """A pipeline of two steps and its store."""

    def __init__(self, folder: Path) -> None:
        self.store_path = str(folder / "metadata.sqlite")
        self.store = MetadataStore(self.store_path)
        self.root = folder / "root"

    def run(self, text: str = "hello", options: RunOptions | None = None) -> None:
        trained = train(text=text)
        judged = judge(model=trained.outputs["model"])
        pipeline = Pipeline(
            "small", str(self.root), components=[trained, judged], metadata_connection_config=self.store_path
        )
        settings = RunSettings(caching=Caching.ON, **({"options": options} if options else {}))
        with overriding(settings):
            LocalDagRunner().run(pipeline)

    def report(self, run: str = "latest") -> str:
        return run_report(self.store, run).html()


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path)
    yield made
    made.store.close()


def test_a_report_tells_what_came_of_the_run(project: Project) -> None:
    project.run()
    html = project.report()
    assert "small · run 1" in html
    assert "Complete in" in html
    assert "2 ran" in html
    assert "the model is blessed" in html
    assert "pushed to /serving/7" in html
    assert "1 anomaly in train: fare&lt;script&gt;" in html
    assert "ran because</dt><dd>first run" in html
    assert "When each step ran" in html
    assert "artifacts written by" in html


def test_a_failed_run_says_what_failed_and_what_was_not_run(project: Project) -> None:
    with pytest.raises(RunError):
        project.run("fail")
    html = project.report()
    assert "Failed in" in html
    assert "ValueError: no luck with fail" in html
    assert "not run because</dt><dd>train failed" in html
    assert '<details class="gm-section" open>' in html


def test_a_reused_step_tells_why_and_shows_what_it_reused(project: Project) -> None:
    project.run()
    project.run()
    html = project.report("2")
    assert "2 reused" in html
    assert "reused because</dt><dd>same inputs, parameters and code as run 1" in html
    assert "made by execution" in html
    assert "the model is blessed" in html


def test_a_partial_run_tells_what_was_left_out(project: Project) -> None:
    project.run()
    project.run(options=RunOptions(to_nodes=["train"]))
    html = project.report()
    assert "skipped because</dt><dd>not among the chosen nodes" in html


def test_texts_of_others_are_escaped(project: Project) -> None:
    with pytest.raises(RunError):
        project.run(f"fail {SCRIPT}")
    html = project.report()
    assert "<script>alert" not in html
    assert "no luck with fail &lt;script&gt;" in html
    project.run(SCRIPT)
    html = project.report()
    assert "<script>alert" not in html
    assert "<script>model" not in html
    assert "&lt;script&gt;model.txt" in html


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://ada:{SECRET}@db:5432/taxi?sslmode=require",
        f"mysql+pymysql://ada:{SECRET}@db/taxi",
        f"host=db user=ada password={SECRET} dbname=taxi",
        f"Server=db;Uid=ada;Pwd={SECRET};",
        f'{{"user": "ada", "password": "{SECRET}", "nested": [{{"api_key": "{SECRET}"}}]}}',
        f"postgresql://db/taxi?user=ada&password={SECRET}",
    ],
)
def test_secrets_in_parameters_and_errors_are_never_shown(project: Project, text: str) -> None:
    with pytest.raises(RunError):
        project.run(f"fail {text}")
    project.run(text)
    (project.root / "train").exists()
    # What a step wrote is its own affair; what the store says of it is not.
    for run in ("1", "2"):
        html = run_report(project.store, run, max_bytes=0).html()
        assert SECRET not in html
        assert "***" in html


def test_views_that_are_too_large_are_left_out_and_named(project: Project) -> None:
    project.run()
    html = run_report(project.store, max_bytes=3000).html()
    assert "views of artifacts are too large for this page" in html
    assert "was left out, so that the page stays light" in html


def test_a_payload_that_is_gone_does_not_hide_the_run(project: Project) -> None:
    import shutil

    project.run()
    shutil.rmtree(project.root)
    html = project.report()
    assert "The payload is missing" in html
    assert "the model is blessed" in html


def test_a_run_that_another_tool_recorded_is_reported(shared_dump: MetadataStore) -> None:
    from gristmill.orchestration.history import list_runs

    for run in list_runs(shared_dump):
        html = run_report(shared_dump, run).html()
        assert "CsvExampleGen" in html
        assert "Complete" in html


@pytest.fixture
def shared_dump(shared: Path, tmp_path: Path) -> Iterator[MetadataStore]:
    import sqlite3

    path = tmp_path / "dump.sqlite"
    with sqlite3.connect(path) as database:
        database.executescript((shared / "reference" / "taxi" / "metadata.sql").read_text())
    database.close()
    with MetadataStore(str(path)) as store:
        yield store


def test_a_page_asks_the_network_for_nothing(project: Project) -> None:
    project.run()
    html = project.report()
    assert "default-src 'none'" in html
    assert "src=" not in html.replace("script-src", "").replace("default-src", "").replace("style-src", "")
    assert "http://" not in html
    assert "https://" not in html
