"""The engine on Beam: the contract on several runners, and what only a cluster can get wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

pytest.importorskip("apache_beam")

from gristmill.dsl.user_module import load_user_module
from gristmill.dsl.user_sources import sources_named_in
from gristmill.engine import Accumulator, Engine, LocalEngine, Progress, engine_for
from gristmill.engine.beam import BeamEngine
from gristmill.errors import ConfigError, DataError, GristmillError, Place, UserCodeError
from gristmill.io import filesystem
from gristmill.io.examples import ExamplesSink
from gristmill.io.shard import Shard
from gristmill.testing.engine import EngineConformance, ValueCounts, examples_batch, odd_and_even, values_in, write_shards

pytestmark = pytest.mark.beam

IN_PROCESS = ["--runner=FnApiRunner"]
# A worker of its own: a process in another folder, which knows nothing of this one but what it is sent.
APART = [
    "--runner=PortableRunner",
    "--job_endpoint=embed",
    "--environment_type=beam:env:harness_subprocess_python:v1",
    f"--environment_config=cd / && exec {sys.executable} -m apache_beam.runners.worker.sdk_worker_main",
]


class TestFnApiRunner(EngineConformance):
    @pytest.fixture
    def engine(self) -> Engine:
        return BeamEngine(IN_PROCESS)


class TestPortableRunner(EngineConformance):
    @pytest.fixture
    def engine(self) -> Engine:
        return BeamEngine(["--runner=PortableRunner", "--job_endpoint=embed", "--environment_type=LOOPBACK"])


USER_MODULE = """
import pyarrow as pa
from counting import Counts
from gristmill.engine import Accumulator
from gristmill.io.examples import read_examples
from scaling import FACTOR


class ScaledSum(Counts, Accumulator):
    def add(self, state, batch):
        return state + FACTOR * sum(batch.column("x").flatten().to_pylist())


def scaled(batch):
    return {"all": pa.record_batch({"x": pa.array([[FACTOR * row[0]] for row in batch.column("x").to_pylist()])})}


def fails(batch):
    raise KeyError("the user's own mistake")


def read(shard):
    yield from read_examples(shard)
"""
COUNTING = """
class Counts:
    def create(self):
        return 0

    def merge(self, a, b):
        return a + b

    def extract(self, state):
        return state
"""


@pytest.fixture
def user_module(tmp_path: Path) -> Any:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "features.py").write_text(USER_MODULE)
    (folder / "counting.py").write_text(COUNTING)
    (folder / "scaling.py").write_text("FACTOR = 3\n")
    return load_user_module(str(folder / "features.py"))


def test_a_users_modules_reach_a_worker_that_does_not_have_them(
    user_module: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shards = write_shards("in", 3, rows=10)
    engine = BeamEngine(APART, temp_location="tmp", find_sources=sources_named_in)
    assert engine.aggregate(shards, user_module.ScaledSum(), reader=user_module.read) == 3 * 45
    written = engine.map(shards, user_module.scaled, ExamplesSink({"all": "out"}, prefix="x"), reader=user_module.read)
    assert values_in(written["all"]) == [3 * value for value in range(10)]
    assert filesystem.list_dir("tmp") == []
