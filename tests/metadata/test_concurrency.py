"""Several processes on one file: nothing is lost, nothing is half there."""

from __future__ import annotations

import multiprocessing
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event

from gristmill.metadata import Artifact, ArtifactType, Execution, ExecutionType, MetadataStore, errors
from gristmill.metadata.connection import read_target
from gristmill.metadata.sql.opening import open_database

from .crowds import check_two_crowds, check_whole, crowd

SCRIPT = Path(__file__).with_name("writer.py")
WRITERS, WRITES = 8, 15


def test_a_crowd_at_an_absent_file_and_another_at_the_file_that_it_made_lose_no_write(tmp_path: Path) -> None:
    path = tmp_path / "metadata.db"
    check_two_crowds(path, writers=WRITERS, writes=WRITES)


def test_of_a_crowd_that_opens_an_absent_file_one_makes_the_tables(tmp_path: Path) -> None:
    alone = tmp_path / "alone.db"
    MetadataStore(alone).close()
    for attempt in range(3):
        path = tmp_path / f"{attempt}.db"
        crowd(path, writers=WRITERS, writes=0)
        assert content(path, "name, sql FROM sqlite_master") == content(alone, "name, sql FROM sqlite_master")
        assert content(path, "* FROM MLMDEnv") == {(10,)}
        assert len(content(path, "* FROM Type")) == len(content(alone, "* FROM Type")) + 3  # of the writers


def content(path: Path, query: str) -> set[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return set(database.execute(f"SELECT {query}"))


def test_a_killed_writer_leaves_each_call_whole_or_absent(tmp_path: Path) -> None:
    path = tmp_path / "metadata.db"
    with MetadataStore(path) as store:
        for writer in range(3):
            before = len(store.get_executions())
            process = subprocess.Popen([sys.executable, str(SCRIPT), str(path), str(writer)])
            while len(store.get_executions()) < before + 5 and process.poll() is None:
                pass
            process.kill()
            assert process.wait() == -signal.SIGKILL
            check_whole(store)
    database = sqlite3.connect(path)
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


def test_a_writer_that_waits_too_long_is_told_so(tmp_path: Path) -> None:
    path = tmp_path / "metadata.db"
    with MetadataStore(path) as store:
        type_id = store.put_artifact_type(ArtifactType(name="A"))
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with MetadataStore(f"sqlite:///{path}?timeout=0") as store:
        with pytest.raises(errors.AbortedError, match="nothing was stored"):
            store.put_artifacts([Artifact(type_id=type_id)])
        assert store.get_artifacts() == []  # readers are not in a writer's way
        blocker.execute("ROLLBACK")
        assert store.put_artifacts([Artifact(type_id=type_id)]) == [1]
    blocker.close()


def test_a_writer_waits_for_its_turn(tmp_path: Path) -> None:
    path = tmp_path / "metadata.db"
    with MetadataStore(path) as store:
        type_id = store.put_artifact_type(ArtifactType(name="A"))
        blocker = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        blocker.execute("BEGIN IMMEDIATE")
        release = threading.Timer(0.2, blocker.execute, ["COMMIT"])
        release.start()
        assert store.put_artifacts([Artifact(type_id=type_id)]) == [1]
        release.join()
        blocker.close()


def test_a_forked_child_uses_the_store_of_its_parent(tmp_path: Path) -> None:
    with MetadataStore(tmp_path / "metadata.db") as store:
        type_id = store.put_execution_type(ExecutionType(name="E"))
        child = multiprocessing.get_context("fork").Process(
            target=store.put_executions, args=([Execution(type_id=type_id)],)
        )
        child.start()
        child.join()
        assert child.exitcode == 0
        store.put_executions([Execution(type_id=type_id)])
        assert [e.id for e in store.get_executions()] == [1, 2]


def test_an_interruption_while_a_connection_is_given_back_is_raised_and_not_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = open_database(read_target(tmp_path / "metadata.db"))

    def strike(*_: object) -> None:
        raise KeyboardInterrupt

    event.listen(database._engine, "reset", strike)
    with pytest.raises(KeyboardInterrupt):
        database.read(lambda tx: None)
    event.remove(database._engine, "reset", strike)
    assert not caplog.records
    database.close()
