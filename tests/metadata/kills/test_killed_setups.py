"""A process killed at any change of the tables leaves a file as it was or as it shall be, and the next goes on."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from gristmill.metadata import MetadataStore

from .file_content import file_content
from .killing import Done, WarmProcess

NEWEST = 10
WAYS = [
    *[(version, "upgrade") for version in range(NEWEST)],
    *[(version, f"downgrade to {version - 1}") for version in range(NEWEST, 0, -1)],
]


def test_a_killed_first_opening_makes_all_tables_or_none(tmp_path: Path, warm: WarmProcess) -> None:
    nothing, path = file_content(tmp_path / "nothing.db"), tmp_path / "metadata.db"
    done = warm.do("open", tmp_path / "undisturbed.db")
    everything = file_content(tmp_path / "undisturbed.db")
    assert 1 < done.last_before < len(done.passed)
    for point in range(1, len(done.passed) + 1):
        warm.kill("open", path, point)
        assert file_content(path) == (everything if point > done.last_before else nothing)
    MetadataStore(path).close()
    assert file_content(path) == everything
    assert journal(path) == journal(tmp_path / "undisturbed.db")


def journal(path: Path) -> str:
    database = sqlite3.connect(path)
    [mode] = database.execute("PRAGMA journal_mode").fetchone()
    database.close()
    return str(mode)


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory, prepared: Path, warm: WarmProcess) -> dict[int, Path]:
    """The prepared file at each schema version."""
    paths = {NEWEST: prepared}
    for version in range(NEWEST - 1, -1, -1):
        paths[version] = tmp_path_factory.mktemp("versions") / f"{version}.db"
        shutil.copy(paths[version + 1], paths[version])
        warm.do(f"downgrade to {version}", paths[version])
    return paths


@pytest.mark.parametrize(("version", "deed"), WAYS, ids=[f"{version}-{deed}" for version, deed in WAYS])
def test_a_killed_migration_happens_whole_or_not_at_all(
    tmp_path: Path, versions: dict[int, Path], warm: WarmProcess, version: int, deed: str
) -> None:
    undisturbed, path = tmp_path / "undisturbed.db", tmp_path / "metadata.db"
    shutil.copy(versions[version], undisturbed)
    shutil.copy(versions[version], path)
    before = file_content(path)
    done = warm.do(deed, undisturbed)
    after = file_content(undisturbed)
    assert before != after
    for point in points(deed, done):
        warm.kill(deed, path, point)
        assert file_content(path) == (after if point > done.last_before else before)
    assert warm.do(deed, path).outcome is None
    assert file_content(path) == after


def points(deed: str, done: Done) -> list[int]:
    """Every third point of one step between versions, and those around the commit, which ends all steps.

    A migration upwards takes all steps from its version on, of which the first ends with the storing of a version.
    """
    numbers = range(1, len(done.passed) + 1)
    end = len(numbers)
    if deed == "upgrade":
        end = next(n for n in numbers if "update mlmdenv" in done.passed[n - 1] or "into mlmdenv" in done.passed[n - 1])
    return sorted({*range(1, end + 1, 3), *range(done.last_before, len(numbers) + 1)})
