"""Rows that other programs leave in a database of this schema."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from gristmill.metadata import Artifact, ArtifactType, MetadataStore, Value, errors
from gristmill.proto import metadata_store_pb2 as messages


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with artifact 1, which has the property ``p`` and the custom property ``c``."""
    path = tmp_path / "metadata.db"
    with MetadataStore(path) as store:
        type_id = store.put_artifact_type(ArtifactType(name="A", properties={"p": messages.BOOLEAN}))
        artifact = Artifact(type_id=type_id, properties={"p": Value(bool_value=True)})
        artifact.custom_properties["c"].string_value = "x"
        store.put_artifacts([artifact])
    return path


def change(path: Path, statement: str, *values: object) -> None:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute(statement, values)
    database.close()


def test_a_property_without_value_is_empty_and_does_not_hinder_other_updates(path: Path) -> None:
    change(path, "UPDATE ArtifactProperty SET bool_value = NULL, string_value = NULL")
    with MetadataStore(path) as store:
        [artifact] = store.get_artifacts()
        assert artifact.properties["p"] == artifact.custom_properties["c"] == Value()
        artifact.state = Artifact.LIVE
        store.put_artifacts([artifact], ["state"])
        artifact.uri = "u"
        store.put_artifacts([artifact])
        [updated] = store.get_artifacts()
        assert (updated.state, updated.uri) == (Artifact.LIVE, "u")


@pytest.mark.parametrize(
    "text", ["mlmd-struct::", "mlmd-struct::!!", "mlmd-struct::ä", "mlmd-struct::AAAA", "__MLMD_NULL__", "a\0b"]
)
def test_a_string_that_looks_like_a_mark_is_read(path: Path, text: str) -> None:
    change(path, "UPDATE ArtifactProperty SET string_value = ? WHERE name = 'c'", text)
    with MetadataStore(path) as store:
        value = store.get_artifacts()[0].custom_properties["c"]
        assert value.string_value == text or text == "mlmd-struct::"


@pytest.mark.parametrize("content", ["not base64!", "AAAA"])
def test_a_message_that_cannot_be_read_is_damage(path: Path, content: str) -> None:
    change(path, "UPDATE ArtifactProperty SET string_value = NULL, proto_value = ? WHERE name = 'c'", content)
    with MetadataStore(path) as store, pytest.raises(errors.DataLossError, match="proto_value"):
        store.get_artifacts()


def test_a_node_whose_type_is_gone_is_read_without_its_name(path: Path) -> None:
    change(path, "DELETE FROM Type WHERE name = 'A'")
    with MetadataStore(path) as store:
        [artifact] = store.get_artifacts()
        assert not artifact.HasField("type")
