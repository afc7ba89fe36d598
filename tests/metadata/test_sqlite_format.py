"""A file made here is spelled as ML Metadata spells it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from gristmill.metadata import MetadataStore

NODE_INDEXES = {
    f"idx_{kind}_{rest}"
    for kind in ("artifact", "execution", "context")
    for rest in (
        "create_time_since_epoch",
        "last_update_time_since_epoch",
        "external_id",
        "property_int",
        "property_double",
        "property_string",
    )
}
INDEXES = NODE_INDEXES | {
    "idx_artifact_uri",
    "idx_type_external_id",
    "idx_type_name",
    "idx_event_execution_id",
    "idx_eventpath_event_id",
    "idx_parentcontext_parent_context_id",
}
COLUMNS = {
    "Type": "id:INTEGER name:VARCHAR(255)! version:VARCHAR(255) type_kind:TINYINT(1)! description:TEXT input_type:TEXT "
    "output_type:TEXT external_id:VARCHAR(255)",
    "TypeProperty": "type_id:INT! name:VARCHAR(255)! data_type:INT",
    "ParentType": "type_id:INT! parent_type_id:INT!",
    "Artifact": "id:INTEGER type_id:INT! uri:TEXT state:INT name:VARCHAR(255) external_id:VARCHAR(255) "
    "create_time_since_epoch:INT! last_update_time_since_epoch:INT!",
    "Execution": "id:INTEGER type_id:INT! last_known_state:INT name:VARCHAR(255) external_id:VARCHAR(255) "
    "create_time_since_epoch:INT! last_update_time_since_epoch:INT!",
    "Context": "id:INTEGER type_id:INT! name:VARCHAR(255)! external_id:VARCHAR(255) create_time_since_epoch:INT! "
    "last_update_time_since_epoch:INT!",
    "Event": "id:INTEGER artifact_id:INT! execution_id:INT! type:INT! milliseconds_since_epoch:INT",
    "EventPath": "event_id:INT! is_index_step:TINYINT(1)! step_index:INT step_key:TEXT",
    "Association": "id:INTEGER context_id:INT! execution_id:INT!",
    "Attribution": "id:INTEGER context_id:INT! artifact_id:INT!",
    "ParentContext": "context_id:INT! parent_context_id:INT!",
    "MLMDEnv": "schema_version:INTEGER",
} | {
    f"{kind}Property": f"{kind.lower()}_id:INT! name:VARCHAR(255)! is_custom_property:TINYINT(1)! int_value:INT "
    "double_value:DOUBLE string_value:TEXT byte_value:BLOB proto_value:BLOB bool_value:BOOLEAN"
    for kind in ("Artifact", "Execution", "Context")
}


@pytest.fixture
def database(tmp_path: Path) -> Any:
    path = tmp_path / "metadata.db"
    MetadataStore(path).close()
    connection = sqlite3.connect(path)
    yield connection
    connection.close()


def test_tables_and_columns_are_the_published_ones(database: sqlite3.Connection) -> None:
    tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    assert set(tables) == {*COLUMNS, "sqlite_sequence"}
    for table, spelling in COLUMNS.items():
        columns = database.execute(f"PRAGMA table_info('{table}')").fetchall()
        assert " ".join(f"{c[1]}:{c[2]}{'!' * c[3]}" for c in columns) == spelling


def test_indexes_are_the_published_ones(database: sqlite3.Connection) -> None:
    names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'index'")]
    assert {name for name in names if not name.startswith("sqlite_")} == INDEXES
    assert len(names) == 40
    partial = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%IS NOT NULL'")]
    assert len(partial) == 9


def test_ids_are_never_given_again(database: sqlite3.Connection) -> None:
    for table in ("Type", "Artifact", "Execution", "Context", "Event", "Association", "Attribution"):
        sql = database.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table]).fetchone()[0]
        assert "INTEGER PRIMARY KEY AUTOINCREMENT" in sql


def test_a_new_store_holds_its_version_and_nine_system_types(database: sqlite3.Connection) -> None:
    assert database.execute("SELECT schema_version FROM MLMDEnv").fetchall() == [(10,)]
    assert database.execute("SELECT id, name, type_kind FROM Type ORDER BY id").fetchall() == [
        (1, "mlmd.Dataset", 1),
        (2, "mlmd.Model", 1),
        (3, "mlmd.Metrics", 1),
        (4, "mlmd.Statistics", 1),
        (5, "mlmd.Train", 0),
        (6, "mlmd.Transform", 0),
        (7, "mlmd.Process", 0),
        (8, "mlmd.Evaluate", 0),
        (9, "mlmd.Deploy", 0),
    ]
