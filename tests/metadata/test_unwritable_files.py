"""SQLite files that are locked, read-only or on a full disk: a typed error says what to do, and then it goes on."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gristmill.metadata import ArtifactType, MetadataStore, errors, sqlite_config

from ..disks import PAGE, ROOMY, Disk, permissions_binding
from .small_store import READS, WRITES, at_once, change, fill

JOURNALS = ("WAL", "DELETE")
HOLD = """
import sqlite3, sys
holder = sqlite3.connect(sys.argv[1], isolation_level=None)
holder.execute("PRAGMA locking_mode=EXCLUSIVE")
holder.execute("BEGIN EXCLUSIVE")
holder.execute("UPDATE MLMDEnv SET schema_version = 10")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=JOURNALS)
def path(request: pytest.FixtureRequest, small_store: Path, tmp_path: Path) -> Path:
    """A copy of it with either kind of journal."""
    path = Path(shutil.copy(small_store, tmp_path))
    change(path, f"PRAGMA journal_mode={request.param}")
    return path


def read(store: MetadataStore) -> object:
    """Whatever it holds."""
    return [call(store) for call in READS]


# ---- locked


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Another process keeps everybody out of the file."""
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield
        holder.kill()


def test_a_file_that_another_process_keeps_is_told(path: Path) -> None:
    with held(path), pytest.raises(errors.OpenError, match="another writer held") as caught:
        MetadataStore(at_once(path))
    assert caught.value.error_code == errors.ABORTED
    assert "repeat the call" in str(caught.value.hint)
    with MetadataStore(at_once(path)) as store:
        assert read(store)


def test_calls_on_a_file_that_another_process_keeps_are_told(path: Path) -> None:
    with MetadataStore(at_once(path)) as store:
        before = read(store)
        store.close()
        with held(path):
            for call in (*READS, *WRITES):
                with pytest.raises(errors.AbortedError, match="nothing was stored") as caught:
                    call(store)
                assert "repeat the call" in str(caught.value.hint)
        assert read(store) == before


# ---- read-only


def check_told(error: errors.StatusError, advice: str) -> None:
    assert error.error_code in (errors.FAILED_PRECONDITION, errors.UNAVAILABLE)
    assert advice in str(error.hint)


def check_reads_alone(path: Path, advice: str) -> None:
    """A store can be read, and each write is refused."""
    with MetadataStore(at_once(path)) as store:
        before = read(store)
        for call in WRITES:
            with pytest.raises(errors.StatusError) as caught:
                call(store)
            check_told(caught.value, advice)
        assert read(store) == before


def test_a_file_that_may_not_be_written_is_read(path: Path) -> None:
    path.chmod(0o444)
    with permissions_binding():
        check_reads_alone(path, "open it for writing")


def test_a_file_that_may_not_be_read_is_told(path: Path) -> None:
    path.chmod(0)
    with permissions_binding():
        for config in (sqlite_config(path), sqlite_config(path, read_only=True)):
            with pytest.raises(errors.OpenError) as caught:
                MetadataStore(config)
            check_told(caught.value, "that this user may read it")


def test_a_folder_that_may_not_be_written(path: Path, request: pytest.FixtureRequest) -> None:
    path.parent.chmod(0o555)
    request.addfinalizer(lambda: path.parent.chmod(0o755))
    with permissions_binding():
        check_read_only_folder(path, request.node.callspec.params["path"], "let this user write in its folder")


def check_read_only_folder(path: Path, journal: str, advice: str) -> None:
    """SQLite reads no log where it cannot keep the log's index."""
    if journal == "DELETE":
        check_reads_alone(path, advice)
        return
    for config in (sqlite_config(path), sqlite_config(path, read_only=True)):
        with pytest.raises(errors.OpenError) as caught:
            MetadataStore(config)
        check_told(caught.value, advice)


def test_a_folder_that_may_not_be_written_gets_no_store(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir(0o555)
    with permissions_binding():
        for path in (tmp_path / "ours" / "metadata.db", tmp_path / "ours" / "deep" / "metadata.db"):
            with pytest.raises(errors.OpenError) as caught:
                MetadataStore(path)
            assert str(path) in str(caught.value)
            check_told(caught.value, "to write there" if "deep" in path.parts else "can be written")


@pytest.mark.parametrize("journal", JOURNALS)
def test_a_disk_that_is_read_only(small_store: Path, disk: Disk, journal: str) -> None:
    path = Path(shutil.copy(small_store, disk.folder))
    change(path, f"PRAGMA journal_mode={journal}")
    disk.remount("ro")
    check_read_only_folder(path, journal, "can be written" if journal == "WAL" else "its disk takes writes")
    disk.remount("rw")
    with MetadataStore(path) as store:
        for call in WRITES:
            call(store)


# ---- full


def check_no_space(error: errors.StatusError) -> None:
    assert error.error_code == errors.RESOURCE_EXHAUSTED, error
    assert "free some" in str(error.hint)


def test_a_disk_that_fills_up_at_any_page_of_the_first_opening(disk: Disk) -> None:
    path = disk.folder / "new" / "metadata.db"
    failed = 0
    for pages in range(2, 400, 10):
        disk.holds(pages * PAGE)
        try:
            MetadataStore(path).close()
        except errors.OpenError as error:
            told = error
        else:
            break
        check_no_space(told)
        failed += 1
    assert failed > 3
    disk.holds(ROOMY)
    with MetadataStore(path) as store:
        assert store.put_artifact_type(ArtifactType(name="A")) == 10


@pytest.mark.parametrize("journal", JOURNALS)
def test_a_disk_that_is_full_at_each_write(disk: Disk, journal: str) -> None:
    path = disk.folder / "metadata.db"
    with MetadataStore(path) as store:
        fill(store)
    change(path, f"PRAGMA journal_mode={journal}")
    with MetadataStore(path) as store:
        for call in WRITES:
            before = read(store)
            disk.fill()
            with pytest.raises(errors.StatusError) as caught:
                call(store)
            check_no_space(caught.value)
            assert read(store) == before
            disk.holds(ROOMY)
            call(store)
