"""Files that are no store, or one of another schema version: they are not opened, not changed, and it is said why."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from gristmill.metadata import MetadataStore, downgrade_schema, errors, sqlite_config
from gristmill.metadata.sql.tables import tables_for

from .small_store import PAGE, change, contents

TABLES = sorted(tables_for("sqlite").metadata.tables)


@pytest.fixture
def path(small_store: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copy(small_store, tmp_path))


def check_refused(
    path: Path, code: int, words: str, advice: str, *, upgrade: bool = False, for_reading: bool = False
) -> None:
    """A store does not open, says why and what to do, and is left as it is."""
    before = contents(path)
    with pytest.raises(errors.OpenError) as caught:
        MetadataStore(sqlite_config(path, read_only=for_reading), enable_upgrade_migration=upgrade)
    assert caught.value.error_code == code
    assert words in str(caught.value)
    assert str(path) in caught.value.message
    assert advice in str(caught.value.hint)
    assert isinstance(caught.value, RuntimeError)
    assert contents(path) == before


OPENING: dict[str, tuple[list[str], int, str, str]] = {
    "newer": (
        ["UPDATE MLMDEnv SET schema_version = 11"],
        errors.FAILED_PRECONDITION,
        "version 11",
        "upgrade",
    ),
    "mixed up": (
        ["UPDATE MLMDEnv SET schema_version = 8"],
        errors.DATA_LOSS,
        "not that of schema version 8",
        "restore",
    ),
    "no version": (["DELETE FROM MLMDEnv"], errors.ABORTED, "this one has 0", "restore"),
    "two versions": (["INSERT INTO MLMDEnv VALUES (9)"], errors.DATA_LOSS, "this one has 2", "restore"),
    "no MLMDEnv": (["DROP TABLE MLMDEnv"], errors.DATA_LOSS, "not that of schema version 0", "restore"),
    **{
        f"no {table}": ([f"DROP TABLE {table}"], errors.DATA_LOSS, f"tables are missing\n  ['{table}']", "restore")
        for table in TABLES
        if table != "MLMDEnv"
    },
    "views": (
        ["ALTER TABLE Event RENAME TO Other", "CREATE VIEW Event AS SELECT * FROM Other"],
        errors.DATA_LOSS,
        "tables are missing\n  ['Event']",
        "restore",
    ),
}


@pytest.mark.parametrize("name", OPENING)
@pytest.mark.parametrize("upgrade", [False, True])
def test_a_schema_that_does_not_fit_is_named(path: Path, name: str, upgrade: bool) -> None:
    statements, code, words, advice = OPENING[name]
    change(path, *statements)
    check_refused(path, code, words, advice, upgrade=upgrade)
    check_refused(path, code, words, advice, upgrade=upgrade, for_reading=True)


def test_an_older_version_needs_leave_to_be_upgraded(path: Path) -> None:
    downgrade_schema(path, 7)
    check_refused(path, errors.FAILED_PRECONDITION, "version 7; version 10 is needed", "enable_upgrade_migration=True")
    with MetadataStore(path, enable_upgrade_migration=True) as store:
        assert [artifact.name for artifact in store.get_artifacts()] == ["m0", "m1", "m2", "m3"]


@pytest.mark.parametrize("goal", [7, 9])
def test_damaged_tables_are_not_taken_down(path: Path, goal: int) -> None:
    change(path, "UPDATE MLMDEnv SET schema_version = 9")
    before = contents(path)
    with pytest.raises(errors.StatusError, match="not that of schema version 9") as caught:
        downgrade_schema(path, goal)
    assert caught.value.error_code == errors.DATA_LOSS
    assert contents(path) == before


def test_a_file_that_has_lost_its_list_of_tables_is_not_taken_for_empty(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[100:105] = b"\x0d\0\0\0\0"  # the first page's tree: a leaf without cells
    path.write_bytes(content)
    check_refused(path, errors.DATA_LOSS, "its pages contradict each other", "restore")


def test_a_row_that_claims_to_be_of_any_length(path: Path) -> None:
    content = bytearray(path.read_bytes())
    start = content.index(b"tableTypeType") - 9  # of the row in the list of tables
    content[start : start + 8] = b"\xff" * 8
    path.write_bytes(content)
    before = contents(path)
    with pytest.raises(errors.OpenError) as caught:
        MetadataStore(path)
    assert caught.value.error_code in (errors.RESOURCE_EXHAUSTED, errors.DATA_LOSS)  # as SQLite's releases have it
    assert "sqlite3 FILE" in str(caught.value.hint)
    assert contents(path) == before


def test_a_name_that_is_no_text(path: Path) -> None:
    content = path.read_bytes().replace(b'ON "Artifact" (uri)', b'ON "Artif\xffct" (uri)')
    path.write_bytes(content)
    check_refused(path, errors.DATA_LOSS, "its names are no text", "restore")


def test_a_damaged_page_is_found_before_an_upgrade(path: Path) -> None:
    downgrade_schema(path, 9)
    content = bytearray(path.read_bytes())
    content[-PAGE:] = bytes(PAGE)
    path.write_bytes(content)
    check_refused(path, errors.DATA_LOSS, "its pages contradict each other", "restore", upgrade=True)


def _text(path: Path) -> None:
    path.write_text("column,other\n" * 100)


@pytest.mark.parametrize(
    ("make", "code", "advice"),
    [
        (_text, errors.DATA_LOSS, "check the path"),
        (lambda path: path.write_bytes(b"SQLite format 3\0"), errors.DATA_LOSS, "check the path"),
        (Path.mkdir, errors.UNAVAILABLE, "check that it is a file"),
        (lambda path: path.symlink_to(path), errors.UNAVAILABLE, "check that it is a file"),
    ],
)
def test_what_is_no_database_is_told(tmp_path: Path, make: Callable[[Path], object], code: int, advice: str) -> None:
    path = tmp_path / "metadata.db"
    make(path)
    check_refused(path, code, "the metadata store", advice)
    check_refused(path, code, "the metadata store", advice, for_reading=True)
