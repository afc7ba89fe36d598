"""The engine on Beam: the contract on several runners, and what only a cluster can get wrong."""

from __future__ import annotations

import pytest

pytest.importorskip("apache_beam")

from gristmill.engine import Engine
from gristmill.engine.beam import BeamEngine
from gristmill.testing.engine import EngineConformance

pytestmark = pytest.mark.beam


class TestFnApiRunner(EngineConformance):
    @pytest.fixture
    def engine(self) -> Engine:
        return BeamEngine(["--runner=FnApiRunner"])


class TestPortableRunner(EngineConformance):
    @pytest.fixture
    def engine(self) -> Engine:
        return BeamEngine(["--runner=PortableRunner", "--job_endpoint=embed", "--environment_type=LOOPBACK"])
