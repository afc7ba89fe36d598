"""What holds for the views of all types: missing and damaged payloads, links, escaping, registration."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gristmill.artifact_views import artifact_view, register_view
from gristmill.artifact_views.functions import registers
from gristmill.artifact_views.plain import plain_view
from gristmill.display import Markup, View
from gristmill.dsl import standard_artifacts
from gristmill.dsl.artifact import Artifact, Property, PropertyType
from gristmill.errors import ConfigError

CLASSES = [getattr(standard_artifacts, name) for name in standard_artifacts.__all__]
SCRIPT = "<script>alert(1)</script>"

Make = Callable[[type[Any]], Any]


class Report(Artifact):
    """A type of a user's own."""

    TYPE_NAME = "TestReport"
    PROPERTIES = {"pages": Property(PropertyType.INT)}


class Letter(Report):
    """A type derived from it."""

    TYPE_NAME = "TestLetter"


@pytest.mark.parametrize("artifact_class", CLASSES, ids=lambda cls: cls.TYPE_NAME)
def test_a_missing_payload_is_a_notice(artifact_class: type[Artifact], tmp_path: Path) -> None:
    made = artifact_class()
    assert "there is nothing at (no URI)" in artifact_view(made).body
    made.uri = str(tmp_path / "gone")
    assert f"there is nothing at {made.uri}" in artifact_view(made).body


@pytest.mark.parametrize("artifact_class", CLASSES, ids=lambda cls: cls.TYPE_NAME)
def test_a_payload_of_noise_raises_nothing(artifact_class: type[Artifact], artifact: Make, place: Path) -> None:
    names = ("FeatureStats.pb", "SchemaDiff.pb", "schema.pbtxt", "saved_model.pb", "eval_config.json",
             "metrics-00000-of-00001.tfrecord", "validations.tfrecord", "prediction_logs-00000.gz",
             "best_hyperparameters.txt", "transformed_metadata/asset_map", "transformed_metadata/schema.pbtxt",
             "transform_fn/assets/words.tfrecord.gz", "Split-train/data.gz")  # fmt: skip
    for name in names:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(b"\xff\x00\xfe noise " * 40)
    view = artifact_view(artifact(artifact_class))
    assert view.title == artifact_class.TYPE_NAME
    assert "<!DOCTYPE html>" in view.html()


@pytest.mark.parametrize("artifact_class", CLASSES, ids=lambda cls: cls.TYPE_NAME)
def test_texts_of_others_are_escaped(artifact_class: type[Artifact], artifact: Make, place: Path) -> None:
    (place / f"{SCRIPT.replace('/', '')}.txt").write_text(SCRIPT)
    made = artifact(artifact_class)
    made.name = SCRIPT
    made.set_string_custom_property("note", SCRIPT)
    made.set_string_custom_property("current_model", SCRIPT)
    made.set_string_custom_property("pushed_destination", SCRIPT)
    html = artifact_view(made).html()
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_a_type_that_nothing_is_known_of_shows_its_texts_and_files(artifact: Make, place: Path) -> None:
    (place / "notes.txt").write_text("42 pages\n")
    (place / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    made = artifact(Report)
    made.pages = 42
    body = artifact_view(made).body
    assert "42 pages" in body
    assert "Files: 2 files, 17 bytes" in body
    assert "<dt>pages</dt><dd>42</dd>" in body


def test_long_texts_and_many_files_are_cut(artifact: Make, place: Path) -> None:
    for number in range(150):
        (place / f"{number:03}.bin").write_bytes(b"\0")
    (place / "long.txt").write_text("word " * 20_000)
    body = artifact_view(artifact(Report)).body
    assert "51 more files are not listed" in body
    assert len(body) < 60_000


def test_a_view_of_ones_own_is_used_for_the_type_and_for_those_derived_from_it(artifact: Make) -> None:
    @register_view(Report)
    def report_view(report: Report) -> View:
        return View("x", Markup("<p>{} pages</p>").format(report.pages))

    try:
        made = artifact(Letter)
        made.pages = 7
        assert "<p>7 pages</p>" in artifact_view(made).body
    finally:
        registers(Report)(plain_view)


def test_a_view_of_ones_own_that_fails_is_a_notice(artifact: Make) -> None:
    @register_view(Report)
    def report_view(report: Report) -> View:
        raise LookupError(SCRIPT)

    try:
        body = artifact_view(artifact(Report)).body
        assert "The payload cannot be shown: LookupError: &lt;script&gt;" in body
        assert "Properties and place" in body
    finally:
        registers(Report)(plain_view)


def test_a_class_without_a_name_cannot_have_a_view() -> None:
    with pytest.raises(ConfigError, match="TYPE_NAME"):
        register_view(Artifact)


@pytest.mark.parametrize("artifact_class", CLASSES, ids=lambda cls: cls.TYPE_NAME)
def test_links_that_leave_the_artifact_are_not_followed(
    artifact_class: type[Artifact], artifact: Make, place: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret of somebody else")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "data.txt").write_text("the secret of somebody else")
    (place / "Split-train").symlink_to(tmp_path / "folder")
    for name in ("notes.txt", "FeatureStats.pb", "schema.pbtxt", "best_hyperparameters.txt", "eval_config.json"):
        (place / name).symlink_to(secret)
    assert "somebody else" not in artifact_view(artifact(artifact_class)).body


def test_a_split_named_to_lead_out_of_the_artifact_is_refused(artifact: Make) -> None:
    made = artifact(standard_artifacts.ExampleStatistics)
    made.split_names = '["../../other"]'
    assert "The payload cannot be shown" in artifact_view(made).body


def test_passwords_in_properties_and_places_are_masked(artifact: Make) -> None:
    made = artifact(Report)
    made.uri = "memory://user:hunter2@host/folder"
    made.set_string_custom_property("source", "postgresql://ada:hunter2@db/taxi")
    made.set_string_custom_property("config", '{"password": "hunter2", "host": "db"}')
    html = artifact_view(made).html()
    assert "hunter2" not in html
    assert "postgresql://ada:***@db/taxi" in html


def test_no_heavy_library_is_loaded() -> None:
    script = (
        "import sys; from gristmill.artifact_views import artifact_view;"
        "from gristmill.dsl import standard_artifacts as s;"
        "[artifact_view(getattr(s, name)()) for name in s.__all__];"
        "print(*sorted({'tensorflow', 'pandas', 'apache_beam', 'IPython'} & set(sys.modules)))"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []
