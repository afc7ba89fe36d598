"""Databases of older schema versions come up, and go down, with all that both versions hold."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from gristmill.metadata import (
    Artifact,
    ArtifactType,
    Context,
    ContextType,
    Event,
    Execution,
    ExecutionType,
    MetadataStore,
    Value,
    downgrade_schema,
    errors,
    sqlite_config,
)
from gristmill.metadata.sql.tables import tables_for
from gristmill.proto import metadata_store_pb2 as messages

from .crowds import crowd

NEWEST = 10


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with one node of each kind, which use what came with one version or another."""
    path = tmp_path / "metadata.db"
    with MetadataStore(path) as store:
        fill(store)
    return path


def fill(store: MetadataStore) -> None:
    type_ = ArtifactType(name="A", version="1", description="d", external_id="x", base_type=ArtifactType.MODEL)
    type_.properties["i"] = messages.INT
    type_.properties["b"] = messages.BOOLEAN
    artifact = Artifact(type_id=store.put_artifact_type(type_), name="n", uri="u", external_id="y", state=Artifact.LIVE)
    artifact.properties["i"].int_value = 5
    artifact.properties["b"].bool_value = True
    artifact.custom_properties["s"].string_value = "ä"
    artifact.custom_properties["m"].proto_value.Pack(Artifact(id=7))
    run = store.put_context_type(ContextType(name="run"))
    event = Event(type=Event.OUTPUT)
    event.path.steps.add().key = "k"
    event.path.steps.add().index = 1
    store.put_execution(
        Execution(type_id=store.put_execution_type(ExecutionType(name="E")), last_known_state=Execution.COMPLETE),
        [(artifact, event)],
        [Context(type_id=run, name="r")],
    )


def schema(path: Path) -> set[tuple[str, str]]:
    database = sqlite3.connect(path)
    rows = database.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    database.close()
    return {(name, " ".join(sql.replace('"', "").split())) for name, sql in rows}


def made_at(version: int, path: Path) -> sqlite3.Connection:
    """An empty database of a version."""
    engine = create_engine(f"sqlite:///{path}")
    tables_for("sqlite", version).metadata.create_all(engine)
    engine.dispose()
    database = sqlite3.connect(path, isolation_level=None)
    if version:
        database.execute("INSERT INTO MLMDEnv VALUES (?)", [version])
    return database


@pytest.mark.parametrize("version", range(NEWEST))
def test_a_database_goes_down_and_comes_up_with_what_both_versions_hold(path: Path, version: int) -> None:
    fresh = schema(path)
    with MetadataStore(path) as store:
        [before] = store.get_artifacts()
        [event] = store.get_events_by_artifact_ids([before.id])
    downgrade_schema(sqlite_config(path), version)
    with pytest.raises(errors.OpenError, match=f"version {version}; version 10 is needed(.|\n)*enable_upgrade"):
        MetadataStore(path)
    with MetadataStore(path, enable_upgrade_migration=True) as store:
        [artifact] = store.get_artifacts()
        assert (artifact.id, artifact.uri, artifact.type) == (before.id, "u", "A")
        assert (artifact.name, artifact.state) == (("n", Artifact.LIVE) if version >= 5 else ("", Artifact.UNKNOWN))
        assert artifact.external_id == ("y" if version >= 9 else "")
        # What a version has no column for is gone, and no empty property stays behind.
        assert set(artifact.properties) == {"i"}
        assert dict(artifact.custom_properties) == {"s": Value(string_value="ä")}
        assert store.get_events_by_artifact_ids([artifact.id]) == [event]
        assert len(store.get_executions()) == 1
        assert [c.name for c in store.get_contexts()] == (["r"] if version >= 3 else [])
        assert len(store.get_artifacts_by_context(1)) == (1 if version >= 4 else 0)
        type_ = store.get_artifact_types_by_id([artifact.type_id])[0]
        assert (type_.version, type_.description) == (("1", "d") if version >= 6 else ("", ""))
        assert type_.HasField("base_type") == (version >= 6)
        fill_again = Artifact(type_id=artifact.type_id, custom_properties={"b": Value(bool_value=False)})
        assert store.put_artifacts([fill_again]) == [before.id + 1]
    assert schema(path) == fresh


@pytest.mark.parametrize("version", [0, 5, 9])
def test_of_a_crowd_that_opens_an_older_database_one_migrates_it(path: Path, version: int) -> None:
    fresh = schema(path)
    downgrade_schema(path, version)
    crowd(path, writers=8, writes=3, upgrade=True)
    with MetadataStore(path) as store:
        assert len(store.get_executions()) == 1 + 8 * 3
        assert [artifact.uri for artifact in store.get_artifacts()[:1]] == ["u"]
    assert schema(path) == fresh


def test_a_database_of_the_first_version_is_read(tmp_path: Path) -> None:
    path = tmp_path / "metadata.db"
    old = made_at(0, path)
    old.execute("INSERT INTO Type (name, is_artifact_type) VALUES ('A', 1), ('E', 0)")
    old.execute("INSERT INTO TypeProperty VALUES (1, 'p', 1)")
    old.execute("INSERT INTO Artifact (type_id, uri) VALUES (1, 'u')")
    old.execute("INSERT INTO ArtifactProperty VALUES (1, 'p', 0, 3, NULL, NULL)")
    old.execute("INSERT INTO Execution (type_id) VALUES (2)")
    old.execute("INSERT INTO Event (artifact_id, execution_id, type) VALUES (1, 1, 4)")
    old.close()
    with MetadataStore(path, enable_upgrade_migration=True) as store:
        assert store.get_artifacts() == [
            Artifact(
                id=1,
                type_id=1,
                type="A",
                uri="u",
                properties={"p": Value(int_value=3)},
                create_time_since_epoch=0,
                last_update_time_since_epoch=0,
            )
        ]
        assert store.get_execution_type("E").id == 2
        assert store.get_artifact_type("mlmd.Model").id > 2
        assert store.get_events_by_execution_ids([1]) == [Event(artifact_id=1, execution_id=1, type=Event.OUTPUT)]


def test_of_equal_events_the_newest_comes_up(tmp_path: Path) -> None:
    path = tmp_path / "metadata.db"
    old = made_at(7, path)
    old.execute("INSERT INTO Event VALUES (1, 1, 1, 4, 10), (2, 1, 1, 4, 20), (3, 1, 1, 3, 5)")
    old.execute("INSERT INTO EventPath VALUES (1, 0, NULL, 'old'), (2, 0, NULL, 'new')")
    old.close()
    with MetadataStore(path, enable_upgrade_migration=True) as store:
        events = store.get_events_by_artifact_ids([1])
    assert [(e.type, e.milliseconds_since_epoch) for e in events] == [(4, 20), (3, 5)]
    assert [step.key for step in events[0].path.steps] == ["new"]


@pytest.mark.parametrize("version", [-1, 11])
def test_there_is_no_way_down_to_a_version_that_does_not_exist(path: Path, version: int) -> None:
    with pytest.raises(errors.InvalidArgumentError, match="0 to 10"):
        downgrade_schema(path, version)


def test_there_is_no_way_down_from_nothing_or_upwards(path: Path, tmp_path: Path) -> None:
    with pytest.raises(errors.InvalidArgumentError, match="empty"):
        downgrade_schema(tmp_path / "empty.db", 5)
    downgrade_schema(path, 6)
    with pytest.raises(errors.InvalidArgumentError, match="version 6"):
        downgrade_schema(path, 7)


def test_a_database_for_reading_is_not_migrated(path: Path) -> None:
    downgrade_schema(path, 9)
    with pytest.raises(errors.OpenError, match="reading only"):
        MetadataStore(sqlite_config(path, read_only=True), enable_upgrade_migration=True)
    with MetadataStore(path, enable_upgrade_migration=True) as store:
        assert len(store.get_artifacts()) == 1


def test_a_migration_that_fails_leaves_the_database_as_it_was(path: Path) -> None:
    downgrade_schema(path, 8)
    before = schema(path)
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("CREATE VIEW ArtifactTemp AS SELECT 1")  # stands where the new table would be made
    with pytest.raises(errors.OpenError):
        MetadataStore(path, enable_upgrade_migration=True)
    database.execute("DROP VIEW ArtifactTemp")
    database.close()
    assert schema(path) == before
