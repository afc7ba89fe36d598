"""Stores on database servers: opening, sharing, losing the connection, and what the tables are called."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, inspect
from sqlalchemy.engine import make_url

from gristmill.metadata import (
    Artifact,
    ArtifactType,
    ConnectionConfig,
    Context,
    ContextType,
    Event,
    Execution,
    ExecutionType,
    MetadataStore,
    downgrade_schema,
    errors,
)
from gristmill.metadata.connection import read_target
from gristmill.metadata.sql.engines import make_engine
from gristmill.metadata.sql.opening import holds_store
from gristmill.proto import metadata_store_pb2 as messages

from .crowds import check_two_crowds, crowd

pytestmark = pytest.mark.database
WRITERS, WRITES = 16, 10


@pytest.fixture
def store(empty_store: MetadataStore) -> MetadataStore:
    return empty_store


def config(server: Any, database: str, **changes: Any) -> ConnectionConfig:
    """The message that says what the server's URL says."""
    url = make_url(server.url)
    message = ConnectionConfig()
    if server.dialect == "mysql":
        given = {"host": url.host, "port": url.port, "user": url.username, "password": url.password}
        message.mysql.MergeFrom(type(message.mysql)(**{**given, "database": database, **changes}))
    else:
        given = {"host": url.host, "port": str(url.port), "user": url.username, "password": url.password}
        message.postgresql.MergeFrom(type(message.postgresql)(**{**given, "dbname": database, **changes}))
    return message


def database_of(store: MetadataStore) -> str:
    return str(store._backend._database.target.database)  # type: ignore[attr-defined]


def test_whether_a_store_is_there_is_told_without_making_one(server: Any) -> None:
    url = server.new_url()
    target = read_target(url)
    assert not holds_store(target)
    server.execute(f"CREATE DATABASE {make_url(url).database}")
    assert not holds_store(target)
    engine = server.engine(url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()
    MetadataStore(url).close()
    assert holds_store(target)


def url_of(server: Any, store: MetadataStore) -> str:
    return str(server.url_of(database_of(store)))


def name_of(url: str) -> str:
    return str(make_url(url).database)


def disconnect_all(server: Any, database: str) -> None:
    """Ends all connections to a database, as a server does that is restarted."""
    if server.dialect == "postgresql":
        server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")
        return
    rows = server.execute(f"SELECT id FROM processlist WHERE db = '{database}'")
    server.execute(*(f"KILL {row[0]}" for row in rows))


# ---- opening


def test_a_message_and_a_url_open_the_same_store(server: Any, store: MetadataStore) -> None:
    database = name_of(url := url_of(server, store))
    type_id = store.put_artifact_type(ArtifactType(name="A"))
    scheme = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}[server.dialect]
    for same in (
        config(server, database, skip_db_creation=True),
        url.replace(server.dialect, scheme, 1) + "?skip_db_creation=true&timeout=5",
    ):
        with MetadataStore(same) as other:
            assert other.get_artifact_type("A").id == type_id
            assert make_url(url).password not in repr(other)


def test_an_absent_database_is_made_unless_that_is_forbidden(server: Any) -> None:
    url = server.new_url()
    with pytest.raises(errors.OpenError, match="skip_db_creation") as caught:
        MetadataStore(config(server, name_of(url), skip_db_creation=True))
    assert caught.value.error_code == errors.NOT_FOUND
    with MetadataStore(url) as store:
        assert store.get_artifact_type("mlmd.Dataset").id == 1
    assert_published_schema(server, url)


def test_a_crowd_without_a_database_and_another_in_the_one_that_it_made_lose_no_write(server: Any) -> None:
    url = server.new_url()
    check_two_crowds(url, writers=WRITERS, writes=WRITES)
    assert_published_schema(server, url)


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"password": "s3cret"}, errors.UNAUTHENTICATED, "check the user name and the password"),
        ({"user": "nobody", "password": "s3cret"}, errors.UNAUTHENTICATED, "check the user name and the password"),
        ({"port": 1, "password": "s3cret"}, errors.UNAVAILABLE, "check that the server runs"),
    ],
)
def test_what_hinders_opening_is_told_without_the_password(
    server: Any, changes: dict[str, Any], code: int, words: str
) -> None:
    if server.dialect == "postgresql" and "port" in changes:
        changes = {**changes, "port": "1"}
    with pytest.raises(errors.OpenError, match=words) as caught:
        MetadataStore(config(server, "any", **changes))
    assert caught.value.error_code == code
    assert "s3cret" not in f"{caught.value!s}{caught.value!r}"


def certificate_of(server: Any) -> str:
    """The file of the server's certificate, which is its own authority."""
    if server.dialect == "postgresql":
        return str(server.execute("SHOW ssl_cert_file")[0][0])
    return str(server.execute("SHOW VARIABLES LIKE 'ssl_cert'")[0][1])


def test_an_encrypted_connection_checks_whom_it_talks_to(server: Any, store: MetadataStore, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "key.pem", "-out", other]
    subprocess.run([*make, "-subj", "/CN=other"], check=True, capture_output=True)
    message = config(server, database_of(store))
    for authority, is_right in ((certificate_of(server), True), (str(other), False), (str(tmp_path / "none"), False)):
        if server.dialect == "postgresql":
            message.postgresql.ssloption.sslmode, message.postgresql.ssloption.sslrootcert = "verify-full", authority
            query = f"sslmode=verify-full&sslrootcert={authority}"
        else:
            message.mysql.ssl_options.ca, message.mysql.ssl_options.verify_server_cert = authority, True
            query = f"ssl_ca={authority}&ssl_verify_server_cert=true"
        for where in (message, f"{url_of(server, store)}?{query}"):
            if is_right:
                MetadataStore(where).close()
                continue
            with pytest.raises(errors.OpenError) as caught:
                MetadataStore(where)
            assert caught.value.error_code == errors.UNAVAILABLE


def test_a_password_that_must_be_hidden_is_not_sent_in_the_clear(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    if server.name != "mysql8":
        pytest.skip("only MySQL 8 hides passwords by the package cryptography")
    url = make_url(server.new_url()).set(username="hidden", password="s3cret")
    server.execute("CREATE USER 'hidden' IDENTIFIED BY 's3cret'", "GRANT ALL ON *.* TO 'hidden'")
    MetadataStore(url.render_as_string(hide_password=False)).close()  # encrypted, since the server offers it
    [(_, versions)] = server.execute("SHOW VARIABLES LIKE 'tls_version'")
    stop = "ALTER INSTANCE RELOAD TLS NO ROLLBACK ON ERROR"
    server.execute("SET GLOBAL tls_version = ''", stop, "FLUSH PRIVILEGES")
    monkeypatch.setattr("pymysql._auth._have_cryptography", False)
    try:
        with pytest.raises(errors.OpenError, match=r"pymysql\[rsa\]") as caught:
            MetadataStore(url.render_as_string(hide_password=False))
    finally:
        monkeypatch.undo()
        server.execute(f"SET GLOBAL tls_version = '{versions}'", "ALTER INSTANCE RELOAD TLS")
    assert "s3cret" not in f"{caught.value!s}{caught.value!r}"


def test_an_option_that_nobody_reads_is_refused(server: Any) -> None:
    with pytest.raises((errors.OpenError, ValueError), match="foo"):
        MetadataStore(server.url_of("any", "foo=1"))


# ---- sharing


def test_a_writer_waits_for_its_turn_and_not_for_ever(server: Any, store: MetadataStore) -> None:
    type_id = store.put_artifact_type(ArtifactType(name="A"))
    url = url_of(server, store)
    environment = "mlmdenv" if server.dialect == "postgresql" else "MLMDEnv"
    engine = make_engine(read_target(url))
    with engine.connect() as blocker, ThreadPoolExecutor(1) as pool:
        with blocker.begin(), MetadataStore(f"{url}?timeout=1&retries=0") as hurried:
            blocker.exec_driver_sql(f"SELECT * FROM {environment} FOR UPDATE")
            assert store.get_artifacts() == []  # readers are not in a writer's way
            waiting = pool.submit(store.put_artifacts, [Artifact(type_id=type_id)])
            with pytest.raises(errors.AbortedError, match="nothing was stored"):
                hurried.put_artifacts([Artifact(type_id=type_id)])
            assert store.get_artifacts() == []
        assert len(waiting.result()) == 1
    engine.dispose()
    assert len(store.get_artifacts()) == 1


def test_a_forked_child_uses_the_store_of_its_parent(store: MetadataStore) -> None:
    type_id = store.put_execution_type(ExecutionType(name="E"))
    child = multiprocessing.get_context("fork").Process(
        target=store.put_executions, args=([Execution(type_id=type_id)],)
    )
    child.start()
    child.join()
    assert child.exitcode == 0
    store.put_executions([Execution(type_id=type_id)])
    assert [e.id for e in store.get_executions()] == [1, 2]


def test_a_child_that_ends_leaves_its_parents_connections_alone(server: Any, store: MetadataStore) -> None:
    script = (
        "import os, sys\n"
        "from gristmill.metadata import MetadataStore\n"
        "store = MetadataStore(sys.argv[1])\n"
        "if os.fork() == 0:\n    sys.exit()\n"
        "os.wait()\n"
        "assert store.get_artifacts() == []\n"
    )
    subprocess.run([sys.executable, "-c", script, url_of(server, store) + "?retries=0"], check=True)


# ---- losing the connection


def test_a_store_reconnects_after_its_connections_were_cut(server: Any, store: MetadataStore) -> None:
    type_id = store.put_artifact_type(ArtifactType(name="A"))
    for call in (store.get_artifact_types, lambda: store.put_artifacts([Artifact(type_id=type_id)])):
        disconnect_all(server, database_of(store))
        call()
    assert len(store.get_artifacts()) == 1


@pytest.fixture
def cutting(server: Any, store: MetadataStore) -> Iterator[threading.Event]:
    """Once the event is set, the server cuts the connection that is the next to commit."""
    active = threading.Event()
    engine = store._backend._database._engine  # type: ignore[attr-defined]

    def cut(connection: object) -> None:
        if active.is_set():
            active.clear()
            disconnect_all(server, database_of(store))

    event.listen(engine, "commit", cut)
    yield active
    event.remove(engine, "commit", cut)


def test_a_call_whose_storing_is_in_doubt_is_not_repeated(
    server: Any, store: MetadataStore, cutting: threading.Event
) -> None:
    type_id = store.put_artifact_type(ArtifactType(name="A"))
    cutting.set()
    with pytest.raises(errors.UnknownError, match="before you repeat it"):
        store.put_artifacts([Artifact(type_id=type_id)])
    assert store.get_artifacts() == []
    cutting.set()
    assert store.get_artifacts() == []  # a reader need not know
    assert not cutting.is_set()


def test_an_open_store_notices_a_migration(server: Any, store: MetadataStore) -> None:
    url = url_of(server, store)
    environment = "mlmdenv" if server.dialect == "postgresql" else "MLMDEnv"
    server.execute(f"UPDATE {environment} SET schema_version = 9", url=url)
    with pytest.raises(errors.FailedPreconditionError, match="open it again"):
        store.put_artifact_type(ArtifactType(name="A"))
    server.execute(f"UPDATE {environment} SET schema_version = 10", url=url)


# ---- the tables


def test_a_database_goes_down_and_comes_up(server: Any) -> None:
    url = server.new_url()
    with MetadataStore(url) as store:
        type_ = ArtifactType(name="A", version="1", properties={"i": messages.INT})
        artifact = Artifact(type_id=store.put_artifact_type(type_), name="n", uri="u")
        artifact.custom_properties["i"].int_value = 5
        run = store.put_context_type(ContextType(name="run"))
        execution = Execution(type_id=store.put_execution_type(ExecutionType(name="E")))
        contexts = [Context(type_id=run, name="r")]
        store.put_execution(execution, [(artifact, Event(type=Event.OUTPUT))], contexts)
        events = store.get_events_by_artifact_ids([1])
    downgrade_schema(url, 0)
    with pytest.raises(errors.OpenError, match="version 0"):
        MetadataStore(url)
    crowd(url, writers=WRITERS, writes=0, upgrade=True)  # one migrates, the others wait
    with MetadataStore(url) as store:
        [stored] = store.get_artifacts()
        assert (stored.uri, stored.type, stored.name) == ("u", "A", "")
        assert stored.custom_properties == artifact.custom_properties
        assert store.get_events_by_artifact_ids([1]) == events
        assert store.get_contexts() == []
    assert_published_schema(server, url)


def test_a_creation_that_was_cut_off_is_taken_up_again(server: Any) -> None:
    if server.dialect == "postgresql":
        pytest.skip("PostgreSQL undoes it")
    url = server.new_url()
    MetadataStore(url).close()
    server.execute("DELETE FROM MLMDEnv", "DELETE FROM Type", "DROP TABLE ParentContext", url=url)
    with MetadataStore(url) as store:
        assert store.put_artifact_type(ArtifactType(name="A")) >= 10
    assert_published_schema(server, url)


def assert_published_schema(server: Any, url: str) -> None:
    schema = "'public'" if server.dialect == "postgresql" else f"'{name_of(url)}'"
    columns = server.execute(
        "SELECT table_name, column_name, data_type, is_nullable, character_maximum_length"
        f" FROM information_schema.columns WHERE table_schema = {schema}",
        url=url,
    )
    found = {
        (str(table).lower(), str(column)): f"{kind}{'' if null == 'YES' else '!'}"
        for table, column, kind, null, _ in columns
    }
    text, blob, double, flag, number = {
        "postgresql": ("text", "bytea", "double precision", "boolean", "smallint"),
        "mysql": ("mediumtext", "mediumblob", "double", "tinyint", "tinyint"),
    }[server.dialect]
    name = {"postgresql": "character varying", "mysql": "varchar"}[server.dialect]
    integer = {"postgresql": "integer", "mysql": "int"}[server.dialect]
    assert len({table for table, _ in found}) == 15
    expected = {
        ("type", "type_kind"): f"{number}!",
        ("type", "name"): f"{name}!",
        ("artifact", "id"): f"{integer}!",
        ("artifact", "uri"): "text",
        ("artifact", "state"): integer,
        ("artifact", "create_time_since_epoch"): "bigint!",
        ("context", "name"): f"{name}!",
        ("executionproperty", "is_custom_property"): f"{flag}!",
        ("executionproperty", "int_value"): "bigint",
        ("executionproperty", "double_value"): double,
        ("contextproperty", "string_value"): text,
        ("contextproperty", "proto_value"): blob,
        ("contextproperty", "byte_value"): blob,
        ("artifactproperty", "bool_value"): "boolean" if server.dialect == "postgresql" else "tinyint",
        ("event", "milliseconds_since_epoch"): "bigint",
        ("eventpath", "is_index_step"): f"{flag}!",
    }
    assert {key: found[key] for key in expected} == expected
    lengths = {length for *_, kind, _, length in columns if kind == name}
    assert {int(str(length)) for length in lengths} == {255}
    indexes = server.execute(
        "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'"
        if server.dialect == "postgresql"
        else "SELECT DISTINCT CONCAT(table_name, ' ', index_name) FROM information_schema.statistics"
        f" WHERE table_schema = {schema}",
        url=url,
    )
    names = [str(row[0]).rpartition(" ")[2].lower() for row in indexes]
    assert {"idx_artifact_uri", "idx_type_name", "idx_event_execution_id", "idx_context_property_string"} <= set(names)
    assert {"uniqueevent", "uniqueartifacttypename", "uniqueexecutiontypename"} <= set(names)
    assert len([each for each in names if each.startswith("idx_")]) == 24
    assert len(names) == 48
