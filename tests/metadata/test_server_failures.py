"""Stores on servers that stop, cut, hold up, forbid or have lost something: a typed error says what to do."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import make_url

from gristmill.metadata import (
    Artifact,
    ArtifactType,
    Context,
    ContextType,
    Event,
    Execution,
    ExecutionType,
    MetadataStore,
    errors,
)
from gristmill.metadata.wire.server import MetadataServer

from .test_servers import database_of, disconnect_all, url_of

pytestmark = pytest.mark.database

CHECKOUT = Path(__file__).resolve().parents[2]
SCRIPT = CHECKOUT / "scripts" / "databases"


@pytest.fixture
def store(empty_store: MetadataStore) -> MetadataStore:
    """The shared store, with types 10 to 12 and one of each node in it."""
    put(empty_store)
    return empty_store


def put(store: MetadataStore) -> tuple[int, list[int], list[int]]:
    """Types, where they are absent, and an execution with a context and an artifact that it made."""
    artifact = Artifact(type_id=store.put_artifact_type(ArtifactType(name="Model")), uri="u")
    artifact.custom_properties["p"].string_value = "v"
    execution = Execution(type_id=store.put_execution_type(ExecutionType(name="Trainer")))
    run = Context(type_id=store.put_context_type(ContextType(name="run")), name="r")
    made = [(artifact, Event(type=Event.OUTPUT))]
    return store.put_execution(execution, made, [run], reuse_context_if_already_exist=True)


def counts(store: MetadataStore) -> tuple[int, int, int, int]:
    """How many artifacts, executions, contexts and events there are."""
    artifacts = store.get_artifacts()
    events = store.get_events_by_artifact_ids([artifact.id for artifact in artifacts])
    return len(artifacts), len(store.get_executions()), len(store.get_contexts()), len(events)


def table(server: Any, name: str) -> str:
    """How a server spells the name of a table."""
    return name.lower() if server.dialect == "postgresql" else name


@contextlib.contextmanager
def hurried(server: Any, store: MetadataStore, *, seconds: int = 1, retries: int = 0) -> Iterator[MetadataStore]:
    """Another store on the same database, which waits for little."""
    with MetadataStore(f"{url_of(server, store)}?timeout={seconds}&retries={retries}") as other:
        yield other


def told(call: Callable[[], object], kind: type[errors.StatusError], advice: str) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert advice in str(caught.value.hint)


# ---- stopped


@pytest.fixture
def power(server: Any) -> Iterator[Callable[[str], None]]:
    """Halts the server, and lets it resume."""
    url = CHECKOUT / ".clusters" / "run" / server.name / "url"
    if not url.exists() or url.read_text() != server.url:
        pytest.skip("only a server of scripts/databases is stopped by tests")

    def switch(verb: str) -> None:
        subprocess.run([sys.executable, SCRIPT, verb, server.name], check=True)

    yield switch
    switch("resume")


def test_a_server_that_is_stopped_between_calls(
    server: Any, store: MetadataStore, power: Callable[[str], None]
) -> None:
    url = url_of(server, store)
    with (
        hurried(server, store) as ours,
        MetadataServer(ours, port=0) as wire,
        MetadataStore(f"grpc://{wire.address}") as client,
    ):
        power("halt")
        told(lambda: counts(ours), errors.UnavailableError, "check that the server runs")
        for each in (ours, client):
            told(lambda each=each: put(each), errors.UnavailableError, "check that the server runs")
        with pytest.raises(errors.OpenError) as caught:
            MetadataStore(f"{url}?retries=0")
        assert caught.value.error_code == errors.UNAVAILABLE
        assert "check that the server runs" in str(caught.value.hint)
        assert str(make_url(url).password) not in str(caught.value)
        power("resume")
        for each in (store, ours, client):  # the first waits until the server is ready
            put(each)
        assert counts(store) == (4, 4, 1, 4)


def test_a_call_waits_for_a_server_that_comes_back(
    server: Any, store: MetadataStore, power: Callable[[str], None]
) -> None:
    with hurried(server, store, retries=20) as ours, ThreadPoolExecutor(2) as pool:
        power("halt")
        waiting = [pool.submit(put, ours), pool.submit(counts, ours)]
        power("resume")
        assert waiting[0].result()[0] == 2
        assert waiting[1].result()[0] in (1, 2)
        assert counts(ours) == (2, 2, 1, 2)


# ---- cut


class Cutter:
    """Counts the statements of a store, and has the server cut its connections before one of them."""

    def __init__(self, server: Any, store: MetadataStore) -> None:
        self.cut = lambda: disconnect_all(server, database_of(store))
        self.statements = self.at = 0

    def __call__(self, *_: object) -> None:
        self.statements += 1
        if self.statements == self.at:
            self.cut()

    def during(self, call: Callable[[], object], at: int = 0) -> int:
        """How many statements a call makes; ``at`` which the connections are cut."""
        self.statements, self.at = 0, at
        call()
        self.at = 0
        return self.statements


@pytest.mark.parametrize("call", [put, counts])
def test_a_connection_that_is_cut_before_any_statement(
    server: Any, store: MetadataStore, call: Callable[[MetadataStore], object]
) -> None:
    cutter = Cutter(server, store)
    engine = store._backend._database._engine  # type: ignore[attr-defined]
    event.listen(engine, "before_cursor_execute", cutter)
    undisturbed = cutter.during(lambda: call(store))
    for at in range(1, undisturbed + 1, max(1, undisturbed // 5)):
        artifacts, executions, contexts, events = counts(store)
        assert cutter.during(lambda: call(store), at) >= undisturbed
        added = 1 if call is put else 0
        assert counts(store) == (artifacts + added, executions + added, contexts, events + added)
    event.remove(engine, "before_cursor_execute", cutter)


# ---- held up


@contextlib.contextmanager
def locked(server: Any, store: MetadataStore, name: str) -> Iterator[None]:
    """Somebody keeps a whole table."""
    engine = server.engine(url_of(server, store))
    spelled = table(server, name)
    with engine.connect().execution_options(isolation_level="READ COMMITTED") as connection, connection.begin():
        if server.dialect == "postgresql":
            connection.execute(text(f"LOCK TABLE {spelled} IN ACCESS EXCLUSIVE MODE"))
        else:
            connection.execute(text(f"LOCK TABLES {spelled} WRITE"))
        yield
    engine.dispose()


def test_a_table_that_somebody_keeps_is_not_waited_for_for_ever(server: Any, store: MetadataStore) -> None:
    with hurried(server, store) as ours:
        with locked(server, store, "Artifact"):
            for call in (ours.get_artifacts, lambda: put(ours)):
                told(call, errors.AbortedError, "repeat the call")
        assert counts(ours) == (1, 1, 1, 1)
        put(ours)


def test_a_statement_that_takes_too_long_is_ended_by_the_server(server: Any, store: MetadataStore) -> None:
    limits = {
        "postgresql": f"ALTER DATABASE {database_of(store)} SET statement_timeout = {{}}",
        "mysql": "SET GLOBAL max_statement_time = {}",
        "mysql8": "SET GLOBAL max_execution_time = {}",
    }
    limit = limits[server.name]
    with locked(server, store, "Artifact"):
        server.execute(limit.format("0.2" if server.name == "mysql" else "200"))
        try:
            with hurried(server, store, seconds=20) as ours:
                told(ours.get_artifacts, errors.DeadlineExceededError, "time limit for statements")
        finally:
            server.execute(limit.format("0"))
    assert counts(store) == (1, 1, 1, 1)


@pytest.mark.parametrize("retries", [0, 5])
def test_a_deadlock_is_repeated_or_told(server: Any, store: MetadataStore, retries: int) -> None:
    """Somebody locks the row that the store wants second, and then wants the one that it has."""
    if server.dialect == "postgresql":  # which looks for deadlocks only after a while, a second by default
        server.execute(f"ALTER DATABASE {database_of(store)} SET deadlock_timeout = 50")
    artifact = store.get_artifacts()[0]
    artifact.uri = "changed"
    at_the_row = threading.Event()
    attempts = 0

    def look(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        nonlocal attempts
        if statement.lower().startswith(("update artifact", "update `artifact")):
            attempts += 1
            at_the_row.set()

    other = server.engine(url_of(server, store)).execution_options(isolation_level="READ COMMITTED")
    with hurried(server, store, seconds=20, retries=retries) as ours, other.connect() as rival:
        event.listen(ours._backend._database._engine, "before_cursor_execute", look)
        with ThreadPoolExecutor(1) as pool, rival.begin():
            outweigh(server, rival)
            rival.execute(text(f"SELECT * FROM {table(server, 'Artifact')} WHERE id = {artifact.id} FOR UPDATE"))
            call = pool.submit(ours.put_artifacts, [artifact])
            assert at_the_row.wait(60)
            rival.execute(text(f"SELECT * FROM {table(server, 'MLMDEnv')} FOR UPDATE"))
            rival.rollback()
        if retries == 0:
            told(call.result, errors.AbortedError, "repeat the call")
            assert attempts == 1
        else:
            assert call.result() == [artifact.id]
            assert attempts == 2
    other.dispose()
    assert store.get_artifacts()[0].uri == ("u" if retries == 0 else "changed")


def outweigh(server: Any, rival: Connection) -> None:
    """The server ends the store's transaction, and not this one, which did more or looks for deadlocks later."""
    if server.dialect == "postgresql":
        rival.execute(text("SET LOCAL deadlock_timeout = '1min'"))
        return
    for number in range(50):
        rival.execute(text(f"INSERT INTO TypeProperty VALUES (1, 'p{number}', 1)"))


@pytest.mark.parametrize("retries", [0, 5])
def test_a_transaction_that_cannot_be_put_in_order_is_repeated_or_told(server: Any, retries: int) -> None:
    """A serialization failure, which PostgreSQL answers where another transaction was in the way of this one."""
    if server.dialect != "postgresql":
        pytest.skip("other servers answer with a deadlock")
    with MetadataStore(f"{(url := server.new_url())}?retries={retries}") as ours:
        server.execute(
            "CREATE SEQUENCE attempts",
            "CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF nextval('attempts') = 1 THEN RAISE serialization_failure; END IF; RETURN NEW; END $$",
            "CREATE TRIGGER fail_once BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION fail_once()",
            url=url,
        )
        if retries == 0:
            told(lambda: put(ours), errors.AbortedError, "repeat the call")
            assert counts(ours) == (0, 0, 0, 0)
        put(ours)
        assert counts(ours) == (1, 1, 1, 1)
        assert server.execute("SELECT last_value FROM attempts", url=url) == [(2,)]


# ---- forbidden


@pytest.fixture
def guest(server: Any, store: MetadataStore) -> Iterator[tuple[str, Callable[..., None]]]:
    """The URL of the store for a user who may nothing yet, and a function that grants rights on tables."""
    database, name = database_of(store), "guest"
    who = name if server.dialect == "postgresql" else f"'{name}'@'%'"
    password = "PASSWORD" if server.dialect == "postgresql" else "IDENTIFIED BY"
    server.execute(f"CREATE USER {who} {password} 's3cret'")

    def grant(rights: str, *tables: str) -> None:
        places = [table(server, each) for each in tables]
        if server.dialect == "mysql":
            places = [f"{database}.{each}" for each in places]
        server.execute(*(f"GRANT {rights} ON {each} TO {who}" for each in places), url=url_of(server, store))

    url = make_url(url_of(server, store)).set(username=name, password="s3cret")
    yield url.render_as_string(hide_password=False), grant
    if server.dialect == "postgresql":
        server.execute(f"DROP OWNED BY {who}", url=url_of(server, store))
    server.execute(f"DROP USER {who}")


TABLES = (
    *("Type", "TypeProperty", "ParentType", "Artifact", "Execution", "Context", "Event", "EventPath", "Association"),
    *("Attribution", "ParentContext", "MLMDEnv", "ArtifactProperty", "ExecutionProperty", "ContextProperty"),
)


def test_a_user_who_may_only_read(store: MetadataStore, guest: tuple[str, Callable[..., None]]) -> None:
    url, grant = guest
    grant("SELECT", *TABLES)
    with MetadataStore(url) as theirs:
        assert counts(theirs) == (1, 1, 1, 1)
        told(lambda: put(theirs), errors.PermissionDeniedError, "grant this user the right")
    assert counts(store) == (1, 1, 1, 1)


def test_a_user_without_rights_on_one_table(server: Any, guest: tuple[str, Callable[..., None]]) -> None:
    url, grant = guest
    grant("SELECT", *(name for name in TABLES if name != "ArtifactProperty"))
    if server.dialect == "mysql":  # which hides what one may not touch
        with pytest.raises(errors.OpenError, match="ArtifactProperty") as caught:
            MetadataStore(url)
        assert "let this user see them" in str(caught.value.hint)
        return
    with MetadataStore(url) as theirs:
        assert len(theirs.get_executions()) == 1
        told(theirs.get_artifacts, errors.PermissionDeniedError, "grant this user the right")


def test_a_database_that_is_read_only(
    server: Any, store: MetadataStore, guest: tuple[str, Callable[..., None]]
) -> None:
    url, grant = guest
    grant("SELECT, INSERT, UPDATE, DELETE", *TABLES)
    switches = {
        "postgresql": (f"ALTER DATABASE {database_of(store)} SET default_transaction_read_only = {{}}", "on", "off"),
        "mysql": ("SET GLOBAL read_only = {}", "1", "0"),
        "mysql8": (f"ALTER DATABASE {database_of(store)} READ ONLY = {{}}", "1", "0"),
    }
    switch, on, off = switches[server.name]
    server.execute(switch.format(on))
    try:
        with MetadataStore(url) as theirs:
            assert counts(theirs) == (1, 1, 1, 1)
            told(lambda: put(theirs), errors.FailedPreconditionError, "takes writes")
    finally:
        server.execute(switch.format(off))
    assert counts(store) == (1, 1, 1, 1)


# ---- lost


def test_a_newer_schema(server: Any, store: MetadataStore) -> None:
    url, environment = url_of(server, store), table(server, "MLMDEnv")
    server.execute(f"UPDATE {environment} SET schema_version = 11", url=url)
    try:
        with pytest.raises(errors.OpenError, match="version 11") as caught:
            MetadataStore(url)
        told(lambda: put(store), errors.FailedPreconditionError, "open it again")
    finally:
        server.execute(f"UPDATE {environment} SET schema_version = 10", url=url)
    assert caught.value.error_code == errors.FAILED_PRECONDITION
    assert "upgrade gristmill" in str(caught.value.hint)


def test_a_table_that_is_missing(server: Any, store: MetadataStore) -> None:
    url, name = url_of(server, store), table(server, "Event")
    server.execute(f"ALTER TABLE {name} RENAME TO other", url=url)
    try:
        for upgrade in (False, True):
            with pytest.raises(errors.OpenError, match=name) as caught:
                MetadataStore(url, enable_upgrade_migration=upgrade)
            assert caught.value.error_code == errors.DATA_LOSS
            assert "restore" in str(caught.value.hint)
        told(lambda: counts(store), errors.DataLossError, "restore")
        told(lambda: put(store), errors.DataLossError, "restore")
    finally:
        server.execute(f"ALTER TABLE other RENAME TO {name}", url=url)
    assert counts(store) == (1, 1, 1, 1)


def test_a_column_that_is_missing(server: Any, store: MetadataStore) -> None:
    url, name = url_of(server, store), table(server, "ArtifactProperty")
    server.execute(f"ALTER TABLE {name} RENAME COLUMN bool_value TO other", url=url)
    try:
        told(store.get_artifacts, errors.DataLossError, "restore")
        told(lambda: put(store), errors.DataLossError, "restore")
    finally:
        server.execute(f"ALTER TABLE {name} RENAME COLUMN other TO bool_value", url=url)
    assert counts(store) == (1, 1, 1, 1)


def test_values_that_no_store_writes(server: Any, store: MetadataStore) -> None:
    url = url_of(server, store)
    server.execute(f"UPDATE {table(server, 'Artifact')} SET state = 77", url=url)
    told(store.get_artifacts, errors.DataLossError, "restore")
    server.execute(
        f"UPDATE {table(server, 'Artifact')} SET state = NULL",
        f"UPDATE {table(server, 'ArtifactProperty')} SET string_value = NULL, proto_value = 'no message'",
        url=url,
    )
    told(store.get_artifacts, errors.DataLossError, "restore")
