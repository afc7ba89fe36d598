"""One warm process for all tests of kills, and a file for them to start from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .calls import PREPARED_AT
from .killing import WarmProcess


@pytest.fixture(scope="session")
def warm() -> Iterator[WarmProcess]:
    with WarmProcess.running() as process:
        yield process


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, warm: WarmProcess) -> Path:
    """The file of a store that holds something of everything."""
    path = tmp_path_factory.mktemp("prepared") / "metadata.db"
    warm.do("prepare", path, now=PREPARED_AT)
    return path
