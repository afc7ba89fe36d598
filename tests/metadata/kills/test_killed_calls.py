"""A process killed at any statement of any call leaves it in the file whole or absent, and the next process goes on."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from gristmill.metadata import MetadataStore

from .calls import CALLS, LARGE_CALL, PAGE_CACHE_BYTES
from .file_content import file_content
from .killing import WarmProcess


class Trials:
    """A call that is killed again and again, each time in a fresh copy of the prepared file."""

    def __init__(self, call: str, prepared: Path, path: Path, warm: WarmProcess) -> None:
        self._call, self._prepared, self.path, self._warm = call, prepared, path, warm
        shutil.copy(prepared, path)
        self._contents, self._calls = [file_content(path)], []
        for _ in range(2):  # undisturbed
            self._calls.append(warm.do(call, path))
            self._contents.append(file_content(path))
        self.points, self.last_before = len(self._calls[0].passed), self._calls[0].last_before
        assert self._contents[0] != self._contents[1]

    def kill(self, point: int) -> None:
        shutil.copy(self._prepared, self.path)
        self._warm.kill(self._call, self.path, point)

    def check(self, point: int) -> None:
        """The call is whole from its commit on and absent before, and making it again does what it does undisturbed."""
        stored = int(point > self.last_before)
        MetadataStore(self.path).close()
        assert file_content(self.path) == self._contents[stored]
        assert self._warm.do(self._call, self.path).outcome == self._calls[stored].outcome
        assert file_content(self.path) == self._contents[stored + 1]


@pytest.mark.parametrize("call", [call for call in CALLS if call != LARGE_CALL])
def test_a_killed_call_is_whole_or_absent_and_can_be_made_again(
    tmp_path: Path, prepared: Path, warm: WarmProcess, call: str
) -> None:
    trials = Trials(call, prepared, tmp_path / "metadata.db", warm)
    assert 1 < trials.last_before < trials.points
    for point in range(1, trials.points + 1):
        trials.kill(point)
        trials.check(point)


@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_what_a_killed_call_wrote_to_disk_before_its_commit_is_undone(
    tmp_path: Path, prepared: Path, warm: WarmProcess, journal: str
) -> None:
    start = tmp_path / "start.db"
    shutil.copy(prepared, start)
    database = sqlite3.connect(start)
    database.execute(f"PRAGMA journal_mode={journal}")
    database.close()
    trials = Trials(LARGE_CALL, start, tmp_path / "metadata.db", warm)
    trials.kill(trials.last_before)
    written = {"wal": tmp_path / "metadata.db-wal", "delete": trials.path}[journal]
    assert written.stat().st_size > PAGE_CACHE_BYTES
    trials.check(trials.last_before)
    trials.kill(trials.last_before + 1)
    trials.check(trials.last_before + 1)
