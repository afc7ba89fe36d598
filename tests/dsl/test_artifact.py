"""Artifacts: typed properties, states, custom properties, the registry, value payloads, splits."""

from __future__ import annotations

import math
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gristmill.dsl import standard_artifacts
from gristmill.dsl.artifact import Artifact, ArtifactState, Property, PropertyType
from gristmill.dsl.artifact_registry import artifact_class, from_store
from gristmill.dsl.standard_annotations import Dataset
from gristmill.dsl.standard_artifacts import Examples, Model
from gristmill.dsl.value_artifacts import Boolean, Bytes, Float, Integer, JsonValue, String, ValueArtifact
from gristmill.errors import ConfigError, DataError
from gristmill.proto import metadata_store_pb2, trainer_pb2


class Report(Artifact):
    TYPE_NAME = "ReportForTests"
    PROPERTIES: ClassVar = {
        "pages": Property(PropertyType.INT),
        "weight": Property(PropertyType.FLOAT),
        "title": Property(PropertyType.STRING),
        "table": Property(PropertyType.JSON_VALUE),
        "args": Property(PropertyType.PROTO),
        "final": Property(PropertyType.BOOLEAN),
    }


def test_an_unset_property_reads_as_the_empty_value_of_its_type() -> None:
    report = Report()
    assert (report.pages, report.weight, report.title, report.table, report.args, report.final) == (
        0,
        0.0,
        "",
        None,
        None,
        False,
    )


def test_a_property_reads_back_what_was_set() -> None:
    report = Report()
    report.pages, report.weight, report.title, report.final = 3, 1.5, "taxi", True
    report.table = {"rows": [1, 2.5, None, "x"]}
    report.args = trainer_pb2.TrainArgs(num_steps=7)
    assert (report.pages, report.weight, report.title, report.final) == (3, 1.5, "taxi", True)
    assert report.table == {"rows": [1, 2.5, None, "x"]}
    assert report.args == trainer_pb2.TrainArgs(num_steps=7)


def test_a_json_property_may_be_any_json_value() -> None:
    report = Report()
    for value in ([1, 2], "text", 4, True, None, {}):
        report.table = value
        assert report.table == value


def test_a_property_refuses_a_value_of_another_type() -> None:
    with pytest.raises(ConfigError, match=r"ReportForTests\.pages takes a value of type INT"):
        Report().pages = "three"


def test_an_undeclared_property_is_refused_with_the_declared_ones() -> None:
    with pytest.raises(AttributeError, match="declared properties: args, final, pages"):
        Report().page = 3


def test_a_property_may_not_hide_an_attribute_of_every_artifact() -> None:
    with pytest.raises(ConfigError, match="the name of an attribute that every artifact has"):
        type("Clash", (Artifact,), {"TYPE_NAME": "Clash", "PROPERTIES": {"uri": Property(PropertyType.STRING)}})


def test_an_artifact_without_a_type_name_cannot_be_made() -> None:
    with pytest.raises(ConfigError, match="needs a TYPE_NAME"):
        Artifact()


def test_custom_properties_keep_their_types() -> None:
    model = Model()
    model.set_string_custom_property("author", "ada")
    model.set_int_custom_property("steps", 5)
    model.set_float_custom_property("loss", 0.25)
    model.set_json_value_custom_property("tags", ["a", "b"])
    model.set_proto_custom_property("args", trainer_pb2.TrainArgs(num_steps=1))
    assert model.get_string_custom_property("author") == "ada"
    assert model.get_int_custom_property("steps") == 5
    assert model.get_float_custom_property("loss") == 0.25
    assert model.get_json_value_custom_property("tags") == ["a", "b"]
    assert model.get_proto_custom_property("args") == trainer_pb2.TrainArgs(num_steps=1)
    assert model.has_custom_property("author")
    assert not model.has_custom_property("missing")
    assert model.get_int_custom_property("missing") == 0


def test_states_are_kept_in_the_message_by_number_and_by_name() -> None:
    model = Model()
    assert model.state == ""
    model.state = ArtifactState.PUBLISHED
    assert model.mlmd_artifact.state == metadata_store_pb2.Artifact.LIVE
    assert model.state == "published"
    with pytest.raises(ConfigError, match="state must be one of"):
        model.state = "happy"


def test_the_type_message_has_properties_and_base_type() -> None:
    message = Examples().artifact_type
    assert dict(message.properties) == {
        "span": metadata_store_pb2.INT,
        "version": metadata_store_pb2.INT,
        "split_names": metadata_store_pb2.STRING,
    }
    assert message.base_type == metadata_store_pb2.ArtifactType.DATASET


@pytest.mark.parametrize("name", standard_artifacts.__all__)
def test_a_standard_type_is_named_like_its_class_and_found_by_it(name: str) -> None:
    cls = getattr(standard_artifacts, name)
    assert name == cls.TYPE_NAME
    assert artifact_class(name) is cls


def test_a_stored_artifact_gets_the_class_of_its_type() -> None:
    stored = metadata_store_pb2.Artifact(id=4, type_id=9, uri="/x")
    artifact = from_store(stored, metadata_store_pb2.ArtifactType(id=9, name="Model"))
    assert isinstance(artifact, Model)
    assert (artifact.id, artifact.type_id, artifact.uri, artifact.type_name) == (4, 9, "/x", "Model")


def test_a_stored_artifact_of_a_type_that_no_module_defines_keeps_its_properties() -> None:
    stored = metadata_store_pb2.Artifact(properties={"n": metadata_store_pb2.Value(int_value=3)})
    kind = metadata_store_pb2.ArtifactType(name="FromElsewhere", properties={"n": metadata_store_pb2.INT})
    artifact = from_store(stored, kind)
    assert artifact.type_name == "FromElsewhere"
    assert artifact.n == 3  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("cls", "value", "payload"),
    [
        (Bytes, b"\x00\xff", b"\x00\xff"),
        (String, "größe", "größe".encode()),
        (Boolean, True, b"1"),
        (Boolean, False, b"0"),
        (Integer, -12, b"-12"),
        (Float, 0.1, b"0.1"),
        (Float, math.inf, b"Infinity"),
        (Float, -math.inf, b"-Infinity"),
        (JsonValue, {"b": 1, "a": [None, True]}, b'{"a": [null, true], "b": 1}'),
    ],
)
def test_a_value_artifact_writes_the_published_payload(
    tmp_path: Path, cls: type[ValueArtifact], value: object, payload: bytes
) -> None:
    artifact = cls()
    artifact.uri = str(tmp_path / "value")
    artifact.write(value)
    assert (tmp_path / "value").read_bytes() == payload
    again = cls()
    again.uri = artifact.uri
    assert again.read() == value
    assert again.value == value


def test_a_value_is_read_before_it_is_used() -> None:
    with pytest.raises(ConfigError, match=r"read\(\) must come before value"):
        _ = String().value


def test_none_is_an_empty_file_and_a_mark(tmp_path: Path) -> None:
    artifact = String()
    artifact.uri = str(tmp_path / "value")
    artifact.write(None)
    assert (tmp_path / "value").read_bytes() == b""
    assert artifact.get_int_custom_property("__is_null__") == 1
    assert artifact.read() is None


def test_a_value_of_another_type_is_refused(tmp_path: Path) -> None:
    artifact = Integer()
    artifact.uri = str(tmp_path / "value")
    for value in ("1", True, 1.5):
        with pytest.raises(ConfigError, match="cannot be kept as Integer"):
            artifact.write(value)
    assert not (tmp_path / "value").exists()


def test_a_payload_that_does_not_decode_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "value").write_bytes(b"many")
    artifact = Integer()
    artifact.uri = str(tmp_path / "value")
    with pytest.raises(DataError, match="does not decode") as caught:
        artifact.read()
    assert str(tmp_path) in str(caught.value)


def test_not_a_number_survives() -> None:
    assert math.isnan(Float().decode(Float().encode(math.nan)))


@given(st.floats(allow_nan=False))
def test_a_float_survives_exactly(value: float) -> None:
    assert Float().decode(Float().encode(value)) == value


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)
    )
)
def test_a_json_value_survives(value: object) -> None:
    assert JsonValue().decode(JsonValue().encode(value)) == value


def test_an_annotated_value_type_has_its_own_name_and_base_type() -> None:
    annotated = String.annotate_as(Dataset)
    assert annotated.TYPE_NAME == "String_Dataset"
    assert annotated().artifact_type.base_type == metadata_store_pb2.ArtifactType.DATASET
    assert String.annotate_as(Dataset) is annotated
    assert String.annotate_as() is String


def test_splits_are_a_json_list_and_have_directories() -> None:
    examples = Examples()
    examples.uri = "/data/1"
    examples.splits = ["train", "eval"]
    assert examples.split_names == '["train", "eval"]'
    assert examples.splits == ["train", "eval"]
    assert examples.path(split="eval") == "/data/1/Split-eval"
    with pytest.raises(ConfigError, match="no split 'test'"):
        examples.path(split="test")
    with pytest.raises(ConfigError, match="a split's name consists of"):
        examples.splits = ["../train"]


def test_an_artifact_of_an_old_release_has_splits_without_prefix(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    examples = Examples()
    examples.uri = str(tmp_path)
    examples.splits = ["train"]
    examples.id = 3
    assert examples.path(split="train") == str(tmp_path / "train")
    examples.set_string_custom_property("tfx_version", "0.28.0")
    assert examples.path(split="train") == str(tmp_path / "train")
    examples.set_string_custom_property("tfx_version", "1.16.0")
    assert examples.path(split="train") == str(tmp_path / "Split-train")


def test_split_names_that_are_no_list_are_refused() -> None:
    examples = Examples()
    examples.split_names = "train,eval"
    with pytest.raises(ConfigError, match="JSON list of names"):
        _ = examples.splits
