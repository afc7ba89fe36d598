"""Outputs are written aside and get their names in one step."""

from __future__ import annotations

from pathlib import Path

import pytest

from gristmill.dsl.standard_artifacts import Model
from gristmill.dsl.value_artifacts import Integer
from gristmill.errors import UnsafePathError
from gristmill.orchestration.nodes.staging import Workplace


def test_nothing_has_its_final_name_before_publish(tmp_path: Path) -> None:
    place = Workplace(str(tmp_path), "node", 7)
    outputs = {"model": [Model()], "number": [Integer()]}
    place.prepare(outputs)
    outputs["number"][0].write(3)
    assert not (tmp_path / "node" / "model" / "7").exists()
    place.publish(outputs)
    assert outputs["model"][0].uri == str(tmp_path / "node" / "model" / "7")
    assert outputs["number"][0].uri == str(tmp_path / "node" / "number" / "7" / "value")
    assert (tmp_path / "node" / "number" / "7" / "value").read_text() == "3"
    assert not Path(place.private).exists()


def test_text_properties_follow_the_files_that_they_mention(tmp_path: Path) -> None:
    place = Workplace(str(tmp_path), "node", 7)
    outputs = {"model": [Model()], "model_run": [Model()]}
    place.prepare(outputs)
    model, logs = outputs["model"][0], outputs["model_run"][0]
    model.set_string_custom_property("logs", f"see {logs.uri}/train and {model.uri}")
    place.publish(outputs)
    assert (
        model.get_string_custom_property("logs") == f"see {tmp_path}/node/model_run/7/train and {tmp_path}/node/model/7"
    )


def test_clear_removes_what_was_staged_and_what_had_its_final_name(tmp_path: Path) -> None:
    place, other = Workplace(str(tmp_path), "node", 7), Workplace(str(tmp_path), "node", 8)
    for one in (place, other):
        outputs = {"model": [Model()]}
        one.prepare(outputs)
        one.publish(outputs)
        one.prepare(outputs)
    place.clear()
    assert not Path(place.final("model")).exists()
    assert not Path(place.private).exists()
    assert Path(other.final("model")).exists()
    assert Path(other.private).exists()


@pytest.mark.parametrize("name", ["../up", "/etc", "a/../../b", "file:///etc", "a\\..\\b", "a\0b"])
def test_no_name_of_a_node_or_an_output_leads_out_of_the_root(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsafePathError):
        Workplace(str(tmp_path), "node", 7).prepare({name: [Model()]})
    with pytest.raises(UnsafePathError):
        Workplace(str(tmp_path), "node", 7).final(name)
    with pytest.raises(UnsafePathError):
        Workplace(str(tmp_path), name, 7).prepare({"model": [Model()]})
    assert list(tmp_path.iterdir()) == []
