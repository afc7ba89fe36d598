"""Which of the user's modules travel to other processes; how they arrive is tested with the engines."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gristmill.dsl import user_sources
from gristmill.dsl.user_sources import sources_named_in


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a local module that is loaded."""
    (tmp_path / "quaint_arithmetic.py").write_text("VALUE = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("quaint_arithmetic").__name__
    del sys.modules["quaint_arithmetic"]


def test_modules_that_the_text_names_travel(helper: str) -> None:
    assert sources_named_in(b"\x80\x04\x8c" + helper.encode() + b"\x94").modules == {f"{helper}.py": b"VALUE = 1\n"}


def test_no_file_is_looked_at_of_modules_that_it_does_not_name(helper: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[Path] = []
    monkeypatch.setattr(user_sources, "is_installed", looked_at.append)
    sources_named_in(helper.encode())
    assert [file.name for file in looked_at] == [f"{helper}.py"]
