"""The engine's laws hold on runners that are processes of their own; `tests/engine` tries those inside of this one."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("apache_beam")

from gristmill.engine import Engine, engine_for
from gristmill.testing.engine import EngineConformance

from .runners import CLUSTERS, flags_of

pytestmark = pytest.mark.beam


class TestOnClusters(EngineConformance):
    @pytest.fixture(params=CLUSTERS)
    def engine(self, request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
        return engine_for(flags_of(request.param), temp_location=str(tmp_path / "temp"))
