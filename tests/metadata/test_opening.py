"""Opening databases that are absent, empty or foreign, and what configurations say."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from gristmill.errors import ConfigError, NotSupportedError
from gristmill.metadata import Artifact, ArtifactType, ConnectionConfig, MetadataStore, errors, sqlite_config
from gristmill.metadata.connection import read_target
from gristmill.metadata.sql import journal
from gristmill.metadata.sql.journal import shares_memory
from gristmill.proto.metadata_store_pb2 import MySQLDatabaseConfig, PostgreSQLDatabaseConfig


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with one artifact type."""
    path = tmp_path / "metadata.db"
    with MetadataStore(path) as store:
        store.put_artifact_type(ArtifactType(name="A"))
    return path


def change(path: Path, *statements: str) -> None:
    database = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        database.execute(statement)
    database.close()


@pytest.mark.parametrize(
    "open_at",
    [
        lambda p: MetadataStore(sqlite_config(p)),
        lambda p: MetadataStore(str(p)),
        lambda p: MetadataStore(p),
        lambda p: MetadataStore(f"sqlite:///{p}"),
        lambda p: MetadataStore(f"file:{p}?mode=rwc"),
        lambda p: MetadataStore(sqlite_config(f"file:{p}")),
    ],
)
def test_a_store_and_its_folder_are_made_where_none_is(
    tmp_path: Path, open_at: Callable[[Path], MetadataStore]
) -> None:
    path = tmp_path / "new" / "metadata.db"
    with open_at(path) as store:
        assert store.put_artifact_type(ArtifactType(name="A")) == 10
    assert path.is_file()


def test_a_path_may_hold_what_a_uri_would_read_as_syntax(tmp_path: Path) -> None:
    path = tmp_path / "100%20 #1?mode=ro"
    MetadataStore(sqlite_config(path)).close()
    assert path.is_file()


@pytest.mark.parametrize(
    "config", ["sqlite://", "sqlite:///:memory:", ":memory:", "", "file::memory:", "file:x?mode=memory"]
)
def test_a_store_in_memory_belongs_to_its_object(config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with MetadataStore(config) as one, MetadataStore(config) as other:
        one.put_artifact_type(ArtifactType(name="A"))
        assert other.get_artifact_types() == []
    assert list(tmp_path.iterdir()) == []


def test_a_file_gets_a_write_ahead_log_where_memory_is_shared(path: Path) -> None:
    database = sqlite3.connect(path)
    mode = database.execute("PRAGMA journal_mode").fetchone()[0]
    database.close()
    assert mode == ("wal" if shares_memory(str(path)) else "delete")


def test_a_file_made_elsewhere_keeps_its_journal(path: Path) -> None:
    change(path, "PRAGMA journal_mode=DELETE")
    with MetadataStore(path) as store:
        store.put_artifact_type(ArtifactType(name="B"))
    database = sqlite3.connect(path)
    assert database.execute("PRAGMA journal_mode").fetchone()[0] == "delete"
    database.close()


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    path = tmp_path / "metadata.db"
    path.touch()
    with MetadataStore(path) as store:
        assert store.get_artifacts() == []


def test_a_database_with_other_tables_gains_the_stores(tmp_path: Path) -> None:
    path = tmp_path / "metadata.db"
    change(path, "CREATE TABLE mine (x)")
    with MetadataStore(path) as store:
        assert store.get_artifact_types() == []


def test_a_store_for_reading_refuses_writes(path: Path) -> None:
    with MetadataStore(sqlite_config(path, read_only=True)) as store:
        assert [t.name for t in store.get_artifact_types()] == ["A"]
        with pytest.raises(errors.FailedPreconditionError, match="open it for writing"):
            store.put_artifacts([Artifact(type_id=10)])


def test_a_store_for_reading_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(errors.OpenError):
        MetadataStore(sqlite_config(tmp_path / "none.db", read_only=True))
    (tmp_path / "empty.db").touch()
    with pytest.raises(errors.OpenError, match="empty"):
        MetadataStore(sqlite_config(tmp_path / "empty.db", read_only=True))


@pytest.mark.parametrize(
    "config",
    [
        ConnectionConfig(),
        object(),
        None,
        "sqlite:///x?timeout=soon",
        "sqlite:///x?mode=w",
        "sqlite:///x?cache=shared",
        "file:x?mode=w",
        "://",
    ],
)
def test_a_configuration_that_says_nothing_clear_is_refused(config: object) -> None:
    with pytest.raises(ConfigError):
        MetadataStore(config)  # type: ignore[arg-type]


def test_passwords_are_never_shown() -> None:
    message = ConnectionConfig()
    message.mysql.password = "s3cret"
    for config in (
        message,
        "postgresql://me:s3cret@host",
        "postgresql://me:s3cret@host:port/db",
        "mysql://me:s3cret@host/db?timeout=soon",
        "mysql://me:s3cret@host/db?foo=1",
        "mysql://me:s3cret@host/db?skip_db_creation=perhaps",
        "oracle://me:s3cret@host/db",
        "postgresql+psycopg2://me:s3cret@host/db",
    ):
        with pytest.raises((NotSupportedError, ConfigError)) as caught:
            MetadataStore(config)
        assert "s3cret" not in f"{caught.value!s}{caught.value!r}{caught.value.__cause__}"


def test_messages_and_urls_of_servers_say_the_same() -> None:
    message = ConnectionConfig()
    message.retry_options.max_num_retries = 2
    message.postgresql.MergeFrom(
        PostgreSQLDatabaseConfig(host="h", port="5", user="u", password="s3cret", dbname="d", skip_db_creation=True)
    )
    message.postgresql.ssloption.sslmode = "verify-full"
    read = read_target(message)
    assert read == read_target("postgresql://u:s3cret@h:5/d?sslmode=verify-full&retries=2&skip_db_creation=true") or {
        **read.options,
        "port": 5,
    } == {**read.options, "port": int(read.options["port"])}
    assert str(read) == "'d' on the PostgreSQL server h:5"
    assert "s3cret" not in repr(read)
    message.mysql.MergeFrom(MySQLDatabaseConfig(socket="/s", user="u", database="d"))
    message.mysql.ssl_options.ca = "ca.pem"
    message.mysql.ssl_options.verify_server_cert = True
    url = "mariadb://u@/d?unix_socket=/s&ssl_ca=ca.pem&ssl_verify_server_cert=true&retries=2"
    assert read_target(message) == read_target(url)
    assert str(read_target(url)) == "'d' on the MySQL server /s"


def test_a_retry_option_bounds_the_attempts() -> None:
    config = sqlite_config("x")
    assert read_target(config).retries == 5
    for given, used in ((3, 3), (0, 0), (-1, 0)):
        config.retry_options.max_num_retries = given
        assert read_target(config).retries == used


def test_a_read_only_mode_wins_over_the_uri() -> None:
    assert read_target(sqlite_config("file:x?mode=rwc", read_only=True)).mode == "ro"
    assert read_target("file:x?mode=ro&immutable=1").uri == "file:x?mode=ro&immutable=1"


def test_a_store_in_memory_is_gone_when_closed() -> None:
    store = MetadataStore("sqlite://")
    store.close()
    store.close()
    with pytest.raises(errors.FailedPreconditionError, match="closed"):
        store.get_artifacts()


@pytest.mark.parametrize(
    ("path", "shared"),
    [("/data/a.db", True), ("/data/net/a.db", False), ("/data/net/local disk/a.db", True), ("/elsewhere/a.db", True)],
)
def test_network_file_systems_are_told_by_the_mount_that_holds_the_file(
    path: str, shared: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "1 0 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        "2 1 0:5 / /data/net rw - nfs4 server:/export rw\n"
        "3 2 8:2 / /data/net/local\\040disk rw - xfs /dev/sdb1 rw\n"
    )
    monkeypatch.setattr(journal, "_MOUNTS", mounts)
    assert shares_memory(path) is shared
    monkeypatch.setattr(journal, "_MOUNTS", tmp_path / "none")
    assert shares_memory(path)


def test_a_closed_store_opens_again_when_used(path: Path) -> None:
    store = MetadataStore(path)
    store.close()
    store.close()
    assert len(store.get_artifact_types()) == 1
    store.close()
