"""Databases pass between gristmill and the original ml-metadata package, and both read the same.

The original lives in an environment of its own (it needs Python 3.10 or older), which these tests find by name:

    python3.10 -m venv /tmp/mlmd && /tmp/mlmd/bin/pip install ml-metadata==1.16.0
    GRISTMILL_MLMD_PYTHON=/tmp/mlmd/bin/python pytest tests/metadata/test_interchange.py
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from gristmill.metadata import ListOptions, MetadataStore, downgrade_schema
from gristmill.proto import metadata_store_pb2 as messages

SCRIPT = Path(__file__).with_name("peer_script.py")
KINDS = {
    "artifact_types": messages.ArtifactType,
    "execution_types": messages.ExecutionType,
    "context_types": messages.ContextType,
    "artifacts": messages.Artifact,
    "executions": messages.Execution,
    "contexts": messages.Context,
    "events": messages.Event,
    "members": messages.Artifact,
    "runs": messages.Execution,
}

pytestmark = pytest.mark.peer


@pytest.fixture
def peer() -> str:
    """The Python that has ml-metadata."""
    python = os.environ.get("GRISTMILL_MLMD_PYTHON")
    if not python:
        pytest.skip("set GRISTMILL_MLMD_PYTHON to a Python that has ml-metadata")
    return python


def run_peer(python: str, command: str, path: Path | str) -> dict[str, list[Any]]:
    """Runs a command of the script; gives what the original read afterwards."""
    done = subprocess.run([python, str(SCRIPT), command, str(path)], check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    return _sorted({key: [KINDS[key].FromString(bytes.fromhex(text)) for text in found[key]] for key in KINDS})


def _sorted(found: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """In the order of ids, which the original does not keep on PostgreSQL."""
    return {key: sorted(messages, key=lambda each: getattr(each, "id", 0)) for key, messages in found.items()}


def everything(store: MetadataStore) -> dict[str, list[Any]]:
    executions, contexts = store.get_executions(), store.get_contexts()
    found = {
        "artifact_types": store.get_artifact_types(),
        "execution_types": store.get_execution_types(),
        "context_types": store.get_context_types(),
        "artifacts": store.get_artifacts(),
        "executions": executions,
        "contexts": contexts,
        "events": store.get_events_by_execution_ids([e.id for e in executions]),
        "members": [a for c in contexts for a in store.get_artifacts_by_context(c.id)],
        "runs": [e for c in contexts for e in store.get_executions_by_context(c.id)],
    }
    return _sorted(found)


def extend(store: MetadataStore, uri: str, text: str = 'it\'s "ö" %s') -> None:
    """Stores what the script's ``extend`` stores."""
    model = messages.ArtifactType(name="Model", base_type=messages.ArtifactType.MODEL)
    for data_type in (1, 2, 3, 4, 5, 6):
        model.properties[f"p{data_type}"] = data_type
    trainer = messages.ExecutionType(name="Trainer", properties={"steps": messages.INT})
    trainer.input_type.dict.properties["examples"].simple.name = "Examples"
    trainer.output_type.union_type.candidates.add().none.SetInParent()
    artifact = messages.Artifact(name=uri, uri=uri, state=messages.Artifact.LIVE, external_id=uri)
    artifact.type_id = store.put_artifact_type(model)
    values = [
        messages.Value(int_value=-(2**31)),
        messages.Value(double_value=0.25),
        messages.Value(string_value=text),
        messages.Value(),
        messages.Value(),
        messages.Value(bool_value=False),
    ]
    values[3].struct_value["k"] = [1, {"n": None}]
    values[4].proto_value.Pack(messages.Artifact(id=7))
    for number, value in enumerate(values, start=1):
        artifact.properties[f"p{number}"].CopyFrom(value)
        artifact.custom_properties[f"c{number}"].CopyFrom(value)
    event = messages.Event(type=messages.Event.OUTPUT)
    event.path.steps.add().key = "model"
    event.path.steps.add().index = 0
    execution = messages.Execution(last_known_state=messages.Execution.COMPLETE)
    execution.type_id = store.put_execution_type(trainer)
    run = store.put_context_type(messages.ContextType(name="run", version="1"))
    context = messages.Context(type_id=run, name="shared")
    store.put_execution(execution, [(artifact, event)], [context], reuse_context_if_already_exist=True)


def exchange(peer: str, place: Path | str, text: str = "ö") -> None:
    """Both write to a database that is made here, and read the same."""
    with MetadataStore(place) as store:
        extend(store, "ours", text)
        assert run_peer(peer, "dump", place) == everything(store)
        theirs = run_peer(peer, "extend", place)
        assert theirs == everything(store)
        assert [a.uri for a in theirs["artifacts"]] == ["ours", "theirs"]
        assert len(theirs["contexts"]) == len(theirs["artifact_types"]) == len(theirs["execution_types"]) == 1


def test_a_database_made_here_is_read_and_extended_by_the_original(peer: str, tmp_path: Path) -> None:
    exchange(peer, tmp_path / "metadata.db")


FILTERS = [
    "uri = 'ours'",
    "uri LIKE 'our_' OR name IN ('theirs')",
    "NOT uri = 'ours'",
    "state = LIVE AND type = 'Model'",
    "state NOT IN (LIVE)",
    "properties.p1.int_value < 0",
    "properties.p1.int_value + 1 > 0 AND properties.p6.bool_value",
    "custom_properties.c2.double_value BETWEEN 0.2 AND 0.3",
    "custom_properties.none.int_value IS NULL",
    "contexts_a.name = 'shared' AND events_b.type = OUTPUT",
    "contexts_a.name = 'other' OR id = 1",
    "external_id IS NOT NULL AND id > 1",
    "UPPER(uri) = 'OURS' OR LOWER(type) = 'models'",
    "LENGTH(uri) = 4 AND SUBSTR(uri, 2, 2) = 'ur'",
    "TRIM(uri, 'os') = 'ur' OR REPLACE(uri, 'their', 'our') = 'none'",
    "ABS(id - 3) = 2 AND COALESCE(name, 'x') = 'ours'",
    "IFNULL(NULLIF(uri, 'ours'), 'none') = 'none'",
    "ROUND(id / 2) = 1 AND uri NOT LIKE 't%'",
    "CAST(id AS STRING) = '2' OR CAST(id AS INT64) NOT BETWEEN 1 AND 2",
    "(uri = 'ours') IS NOT TRUE -- a comment",
    r"uri = '\x6furs' AND NOT properties.p1.bool_value",
]


def test_filters_pass_the_same_artifacts_in_both(peer: str, tmp_path: Path) -> None:
    path = tmp_path / "metadata.db"
    with MetadataStore(path) as store:
        extend(store, "ours")
        run_peer(peer, "extend", path)
        ours = [[a.id for a in store.get_artifacts(ListOptions(filter_query=text))] for text in FILTERS]
    done = subprocess.run(
        [peer, str(SCRIPT), "filter", str(path), *FILTERS], check=True, capture_output=True, text=True
    )
    assert ours == json.loads(done.stdout)


def test_a_database_made_by_the_original_is_read_and_extended_here(peer: str, tmp_path: Path) -> None:
    path = tmp_path / "metadata.db"
    theirs = run_peer(peer, "extend", path)
    with MetadataStore(path) as store:
        assert everything(store) == theirs
        extend(store, "ours")
        ours = everything(store)
    assert run_peer(peer, "dump", path) == ours
    assert [a.uri for a in ours["artifacts"]] == ["theirs", "ours"]
    assert len(ours["contexts"]) == len(ours["artifact_types"]) == len(ours["execution_types"]) == 1


@pytest.mark.parametrize("downgraded_by", ["ours", "theirs"])
@pytest.mark.parametrize("version", [0, 5, 8])
def test_both_bring_an_old_database_up_alike(peer: str, tmp_path: Path, version: int, downgraded_by: str) -> None:
    path, other = tmp_path / "metadata.db", tmp_path / "other.db"
    with MetadataStore(path) as store:
        extend(store, "ours")
        [artifact] = store.get_artifacts()
        for properties in (artifact.properties, artifact.custom_properties):
            for name in [name for name, value in properties.items() if value.WhichOneof("value") in _SINCE_10]:
                del properties[name]  # the original leaves rows without value, which it cannot read
        store.put_artifacts([artifact])
        executions = store.get_executions()
    if downgraded_by == "ours":
        downgrade_schema(path, version)
    else:
        subprocess.run([peer, str(SCRIPT), "downgrade", str(path), str(version)], check=True)
    with sqlite3.connect(path) as database:  # what is in the log would not be copied
        database.execute("PRAGMA journal_mode=DELETE")
    database.close()
    other.write_bytes(path.read_bytes())
    theirs = run_peer(peer, "upgrade", other)
    with MetadataStore(path, enable_upgrade_migration=True) as store:
        assert everything(store) == theirs
        assert [a.uri for a in store.get_artifacts()] == ["ours"]
    assert len(executions) == len(theirs["executions"])
    assert run_peer(peer, "dump", path) == theirs  # the original reads what we brought up


_SINCE_10 = ("proto_value", "bool_value")


TEXTS = {"postgresql": "ö", "mysql": "o"}  # the original's texts on MySQL are ASCII, or something else


@pytest.fixture
def database(server: Any) -> str:
    """The URL of a database that does not exist yet, by a user as whom the original can log in.

    Its driver does not know how users of MySQL 8 say their passwords by default.
    """
    url = server.new_url()
    if server.name != "mysql8":
        return str(url)
    user = "'original' IDENTIFIED WITH mysql_native_password BY 'original'"
    server.execute(f"CREATE USER IF NOT EXISTS {user}", "GRANT ALL ON *.* TO 'original'")
    return str(make_url(url).set(username="original", password="original").render_as_string(hide_password=False))


@pytest.mark.database
def test_a_database_on_a_server_is_read_and_extended_by_both(peer: str, server: Any, database: str) -> None:
    exchange(peer, database, TEXTS[server.dialect])


@pytest.mark.database
def test_a_database_on_a_server_that_the_original_made_is_read_and_extended_here(
    peer: str, server: Any, database: str
) -> None:
    theirs = run_peer(peer, "extend", database)
    with MetadataStore(database) as store:
        assert everything(store) == theirs
        extend(store, "ours", TEXTS[server.dialect])
        assert run_peer(peer, "dump", database) == everything(store)


@pytest.mark.database
def test_a_database_on_a_server_that_we_took_down_comes_up_in_the_original(
    peer: str, server: Any, database: str
) -> None:
    with MetadataStore(database) as store:
        store.put_artifacts(
            [messages.Artifact(type_id=store.put_artifact_type(messages.ArtifactType(name="A")), uri="u")]
        )
    downgrade_schema(database, {"postgresql": 9, "mysql": 5}[server.dialect])  # the original fails at the others
    theirs = run_peer(peer, "upgrade", database)
    with MetadataStore(database) as store:
        assert everything(store) == theirs
        assert [a.uri for a in store.get_artifacts()] == ["u"]
