"""Databases on real servers, which `make database-tests` starts and names; without it their tests are left out."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from gristmill.metadata import MetadataStore
from gristmill.metadata.sql.tables import tables_for
from gristmill.testing.metadata_types import FIRST_USER_TYPE


@dataclass
class DatabaseServer:
    """A server that runs, and the databases that tests made on it."""

    name: str
    url: str
    made: list[str] = field(default_factory=list)

    @property
    def dialect(self) -> str:
        return make_url(self.url).drivername

    def new_url(self, query: str = "") -> str:
        """The URL of a database that does not exist yet."""
        name = f"test_{uuid.uuid4().hex}"
        self.made.append(name)
        return self.url_of(name, query)

    def url_of(self, name: str, query: str = "") -> str:
        url = make_url(self.url)._replace(database=name).render_as_string(hide_password=False)
        return f"{url}?{query}" if query else url

    def engine(self, url: str | None = None) -> Engine:
        """An engine whose every statement is stored at once, and whose connections may be cut between statements."""
        place = make_url(url or self.url_of("postgres" if self.dialect == "postgresql" else "information_schema"))
        driver = {"postgresql": "psycopg", "mysql": "pymysql"}[self.dialect]
        return create_engine(
            place.set(drivername=f"{self.dialect}+{driver}"), isolation_level="AUTOCOMMIT", pool_pre_ping=True
        )

    def execute(self, *statements: str, url: str | None = None) -> list[tuple[object, ...]]:
        """Runs statements; gives the rows of the last."""
        engine = self.engine(url)
        rows: list[tuple[object, ...]] = []
        with engine.connect() as connection:
            for statement in statements:
                result = connection.execute(text(statement))
                rows = [tuple(row) for row in result] if result.returns_rows else []
        engine.dispose()
        return rows

    def drop_all(self) -> None:
        force = " WITH (FORCE)" if self.dialect == "postgresql" else ""
        self.execute(*(f"DROP DATABASE IF EXISTS {name}{force}" for name in self.made))


SERVERS = {name: os.environ.get(f"GRISTMILL_TEST_{name.upper()}") for name in ("postgresql", "mysql", "mysql8")}
SERVER_TESTS = ("test_servers.py", "test_server_failures.py", "test_server_stores.py", "test_killed_on_servers.py")


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Hundreds of skipped tests would hide those that are skipped for another reason."""
    return True if collection_path.name in SERVER_TESTS and not any(SERVERS.values()) else None


@pytest.fixture(scope="session", params=[name for name, url in SERVERS.items() if url])
def server(request: pytest.FixtureRequest) -> Iterator[DatabaseServer]:
    server = DatabaseServer(request.param, str(SERVERS[request.param]))
    yield server
    server.drop_all()


@pytest.fixture(scope="session")
def server_store(server: DatabaseServer) -> Iterator[tuple[DatabaseServer, MetadataStore, Engine]]:
    """One store that tests share, since making one takes a server a second; ``empty_store`` empties it."""
    url = server.new_url()
    engine = server.engine(url)
    with MetadataStore(url) as store:
        yield server, store, engine
    engine.dispose()


@pytest.fixture
def emptying(server_store: tuple[DatabaseServer, MetadataStore, Engine]) -> Callable[[], MetadataStore]:
    """Makes the shared store as a new one would be."""
    server, store, engine = server_store
    tables = tables_for(server.dialect)

    def empty() -> MetadataStore:
        with engine.connect() as connection:
            for table in tables.metadata.tables.values():
                if table is not tables.environment:
                    kept = f" WHERE id >= {FIRST_USER_TYPE}" if table is tables.type else ""
                    connection.exec_driver_sql(f"DELETE FROM {_quoted(engine, table.name)}{kept}")
                    if "id" in table.c:
                        _restart_ids(connection, engine, table.name, FIRST_USER_TYPE if kept else 1)
            connection.exec_driver_sql(f"UPDATE {_quoted(engine, tables.type.name)} SET external_id = NULL")
        return store

    return empty


@pytest.fixture
def empty_store(emptying: Callable[[], MetadataStore]) -> MetadataStore:
    """The shared store as a new one would be."""
    return emptying()


def _restart_ids(connection: object, engine: Engine, table: str, first: int) -> None:
    restart = f"ALTER SEQUENCE {table}_id_seq RESTART {first}"
    if engine.dialect.name == "mysql":
        restart = f"ALTER TABLE {_quoted(engine, table)} AUTO_INCREMENT = {first}"
    connection.exec_driver_sql(restart)  # type: ignore[attr-defined]


def _quoted(engine: Engine, name: str) -> str:
    return engine.dialect.identifier_preparer.quote(name)
