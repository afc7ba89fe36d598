"""How durations and paths are written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gristmill.cli.wording import duration, near_path


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0.04, "0.0 s"),
        (0.61, "0.6 s"),
        (9.94, "9.9 s"),
        (25.4, "25 s"),
        (200, "3 min 20 s"),
        (7500, "2 h 05 min"),
    ],
)
def test_durations_have_the_digits_that_matter(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_a_path_below_here_is_written_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert near_path(str(tmp_path / "a" / "b")) == os.path.join("a", "b")
    assert near_path(str(tmp_path.parent)) == str(tmp_path.parent)
    assert near_path("gs://bucket/a") == "gs://bucket/a"
