"""One warm process for all tests of crashes, and a site for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .site import Site, WarmProcess


@pytest.fixture(scope="session")
def warm() -> Iterator[WarmProcess]:
    with WarmProcess.running() as process:
        yield process


@pytest.fixture
def site(tmp_path: Path, warm: WarmProcess) -> Site:
    return Site(tmp_path, warm)


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, warm: WarmProcess) -> dict[str, bytes]:
    """What a run writes to which nothing happens."""
    made = Site(tmp_path_factory.mktemp("undisturbed"), warm)
    made.resume()
    made.check_consistent()
    outputs = made.outputs()
    assert {name.partition("/")[0] for name in outputs} == {"imported", "latest", "generate", "left", "right", "join"}
    return outputs
