"""The engine's laws hold on runners that are processes of their own; `tests/engine` tries those inside of this one."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("apache_beam")

from gristmill.engine import Engine, engine_for
from gristmill.testing.engine import EngineConformance

from .runners import CLUSTERS, HANGS_UP, flags_of

pytestmark = [pytest.mark.beam, HANGS_UP]


class TestOnClusters:
    """Those laws that a runner could break: what it does in which order, and what it makes of errors."""

    @pytest.fixture(params=CLUSTERS)
    def engine(self, request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
        return engine_for(flags_of(request.param), temp_location=str(tmp_path / "temp"))

    test_merges = EngineConformance.test_states_are_merged_in_the_order_of_the_local_engine
    test_large_states = EngineConformance.test_states_may_be_large
    test_faults = EngineConformance.test_of_several_faults_the_first_is_raised_with_all_that_it_says
    test_errors = EngineConformance.test_an_error_of_the_map_function_leaves_no_file

    def test_order(self, engine: Engine, tmp_path: Path) -> None:
        EngineConformance().test_map_keeps_the_order_of_the_input_in_each_output(engine, tmp_path, 7)
