"""Commands on stores that are damaged, foreign, locked or away: what is wrong, what to do, and no traceback."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gristmill.cli.main import main

from ..metadata.small_store import change


@pytest.fixture
def path(small_store: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copy(small_store, tmp_path))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    """What a command that cannot do its work says: the lines of its message, the last of them the hint."""

    def run(*arguments: str) -> list[str]:
        monkeypatch.setattr(sys, "argv", ["gristmill", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 1
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err
        lines = shown.err.splitlines()
        assert lines[0].startswith("gristmill: ")
        assert "the metadata store " in lines[0]
        assert lines[-1].startswith("  Hint: ")
        assert shown.err.count("Hint:") == 1
        return lines

    return run


@pytest.mark.parametrize(
    ("command", "statement", "words", "advice"),
    [
        (["runs"], "UPDATE MLMDEnv SET schema_version = 11", "schema version 11", "upgrade gristmill"),
        (["runs"], "DROP TABLE Event", "tables are missing", "restore"),
        (["lineage", "1"], "UPDATE Execution SET last_known_state = 'done'", "a stored execution", "restore"),
        (["lineage", "1"], "UPDATE Artifact SET uri = CAST(x'41ff' AS TEXT)", "decode to UTF-8", "restore"),
        (["gc"], "ALTER TABLE Artifact RENAME COLUMN state TO other", "no such column", "restore"),
    ],
)
def test_a_damaged_store(
    path: Path, told: Callable[..., list[str]], command: list[str], statement: str, words: str, advice: str
) -> None:
    change(path, statement)
    first, *_, hint = told(*command, "--store", str(path))
    assert str(path) in first
    assert words in first
    assert advice in hint


def test_a_file_that_is_no_store(tmp_path: Path, told: Callable[..., list[str]]) -> None:
    (tmp_path / "rows.csv").write_text("fare,tip\n" * 100)
    first, hint = told("runs", "--store", str(tmp_path / "rows.csv"))
    assert "file is not a database" in first
    assert "check the path" in hint


def test_a_store_that_another_process_keeps(path: Path, told: Callable[..., list[str]]) -> None:
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    first, hint = told("lineage", "1", "--store", f"sqlite:///{path}?timeout=0&retries=0")
    assert "another writer held" in first
    assert "repeat the call" in hint
    holder.close()


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
def test_a_server_that_is_not_there(told: Callable[..., list[str]], scheme: str) -> None:
    pytest.importorskip({"postgresql": "psycopg", "mysql": "pymysql"}[scheme])
    *lines, hint = told("runs", "--store", f"{scheme}://me:s3cret@127.0.0.1:1/taxi")
    assert "refused" in "".join(lines)
    assert "s3cret" not in "".join(lines)
    assert "check that the server runs" in hint
