"""A process killed at any statement leaves each call whole or absent on a server, and the next process goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, inspect, select
from sqlalchemy.schema import CreateColumn

from gristmill.metadata import MetadataStore, errors
from gristmill.metadata.sql.tables import SCHEMA_VERSION, tables_for

from .calls import PREPARED_AT
from .killing import WarmProcess

pytestmark = pytest.mark.database

Rows = dict[str, list[tuple[object, ...]]]


@pytest.mark.parametrize("call", ["types of all kinds", "a new execution", "a lineage subgraph"])
def test_a_killed_call_is_whole_or_absent_and_can_be_made_again(
    server_store: tuple[Any, MetadataStore, Engine], emptying: Callable[[], MetadataStore], warm: WarmProcess, call: str
) -> None:
    _, _, engine = server_store
    url = url_of(engine)

    def prepared() -> Rows:
        emptying()
        warm.do("prepare", url, now=PREPARED_AT)
        return rows(engine)

    contents, calls = [prepared()], []
    for _ in range(2):  # undisturbed
        calls.append(warm.do(call, url))
        contents.append(rows(engine))
    assert prepared() == contents[0] != contents[1]
    for point, statement in enumerate(calls[0].passed[: calls[0].last_before], 1):
        if not statement.startswith("select"):  # which leave things as the statement behind them finds them
            warm.kill(call, url, point)
            assert rows(engine) == contents[0]
    restart_ids(engine)
    warm.kill(call, url, calls[0].last_before + 1)
    assert rows(engine) == contents[1]
    assert warm.do(call, url).outcome == calls[1].outcome
    assert rows(engine) == contents[2]


def rows(engine: Engine) -> Rows:
    """All rows, once no writer is at work any more: a server sees only after a while that one was killed."""
    tables = tables_for(engine.dialect.name)
    with engine.connect().execution_options(isolation_level="READ COMMITTED") as connection, connection.begin():
        connection.execute(select(tables.environment).with_for_update())
        return {
            name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for name, table in tables.metadata.tables.items()
        }


def restart_ids(engine: Engine) -> None:
    """Has ids go on behind the last one: servers give none again that a killed writer was given."""
    tables = tables_for(engine.dialect.name).metadata.tables
    with engine.connect() as connection:
        for name in (name for name, table in tables.items() if "id" in table.c):
            quoted = engine.dialect.identifier_preparer.quote(name)
            behind = f"SELECT setval('{name}_id_seq', coalesce(max(id), 0) + 1, false) FROM {quoted}"
            if engine.dialect.name == "mysql":
                behind = f"ALTER TABLE {quoted} AUTO_INCREMENT = 1"  # or the first that is free
            connection.exec_driver_sql(behind)


CREATION_CUTS: dict[str, list[int | str]] = {
    "postgresql": ["create table mlmdenv", "into mlmdenv", "commit"],
    "mysql": ["create table mlmdenv", "create index", 2, "create table artifactproperty", 3, "into mlmdenv", "commit"],
}
"""Where first openings of a database are killed one after another: MySQL keeps what is half done."""


def test_a_killed_first_opening_is_finished_by_the_next(
    server: Any, server_store: tuple[Any, MetadataStore, Engine], warm: WarmProcess
) -> None:
    url = server.new_url()
    warm.kill("open", url, "create database")
    engine = server.engine(url)
    for cut in CREATION_CUTS[server.dialect]:
        warm.kill("open", url, cut)
        assert server.dialect == "mysql" or inspect(engine).get_table_names() == []
    warm.kill("open", url, "release")
    assert schema(engine) == schema(server_store[2])
    assert warm.do("open", url).passed == []
    with MetadataStore(url) as store:
        assert store.get_artifact_type("mlmd.Dataset").name == "mlmd.Dataset"
    engine.dispose()


MIGRATION_CUTS = {
    "postgresql": [
        ("downgrade to 9", "commit", 10),
        ("downgrade to 9", "release", 9),
        ("upgrade", "commit", 9),
        ("upgrade", "release", 10),
    ],
    "mysql": [
        ("downgrade to 9", "drop column proto_value", 9),
        ("downgrade to 0", "drop table if exists mlmdenv", 1),
        ("downgrade to 0", "release", 0),
        ("upgrade", "into mlmdenv", 0),
        ("upgrade", "add constraint uniqueevent", 6),
        ("upgrade", "commit", 9),
        ("upgrade", "release", 10),
    ],
}
"""Where migrations are killed one after another, and the version that is stored then."""


def test_a_killed_migration_is_undone_or_taken_up(server: Any, warm: WarmProcess) -> None:
    url = server.new_url()
    warm.do("prepare", url)
    engine = server.engine(url)
    newest = schema(engine)
    with MetadataStore(url) as store:
        uris, events = [each.uri for each in store.get_artifacts()], store.get_events_by_execution_ids([1])
    for deed, cut, version in MIGRATION_CUTS[server.dialect]:
        warm.kill(deed, url, cut)
        if version == SCHEMA_VERSION:
            assert schema(engine) == newest
        else:
            with pytest.raises(errors.OpenError, match=f"has schema version {version}; version 10 is needed"):
                MetadataStore(url)
    with MetadataStore(url) as store:
        assert [each.uri for each in store.get_artifacts()] == uris
        assert store.get_events_by_execution_ids([1]) == events
    engine.dispose()


def schema(engine: Engine) -> dict[str, tuple[set[str], set[object]]]:
    """Columns and indexes of each table; those that keep the keys are among the indexes."""
    metadata, inspector = MetaData(), inspect(engine)
    metadata.reflect(engine)
    return {
        name: (
            {str(CreateColumn(column).compile(engine)) for column in table.columns},
            {(index["name"], *index["column_names"], index["unique"]) for index in inspector.get_indexes(name)},
        )
        for name, table in metadata.tables.items()
    }


def url_of(engine: Engine) -> str:
    return engine.url.set(drivername=engine.dialect.name).render_as_string(hide_password=False)
