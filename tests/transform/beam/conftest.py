"""These tests need the ``beam`` and ``tensorflow`` extras; without them they are not collected."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

missing = [name for name in ("apache_beam", "tensorflow") if importlib.util.find_spec(name) is None]
collect_ignore_glob = ["test_*.py"] if missing else []


@pytest.fixture
def run() -> Callable[..., None]:
    """Runs a function of a pipeline."""
    import apache_beam as beam
    from apache_beam.runners.portability.fn_api_runner import FnApiRunner

    def run_it(build: Callable[[Any], object]) -> None:
        with beam.Pipeline(runner=FnApiRunner()) as made:
            build(made)

    return run_it


@pytest.fixture
def in_context(tmp_path: Path) -> Iterator[None]:
    """A context with a folder of this test's own."""
    import gristmill.transform.beam as tft_beam

    with tft_beam.Context(temp_dir=str(tmp_path / "temporary")):
        yield
