"""Flags for one component or for all of a pipeline choose its engine; what is made does not depend on it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

pytest.importorskip("apache_beam")

from gristmill.components import CsvExampleGen, ExampleValidator, SchemaGen, StatisticsGen
from gristmill.dsl.pipeline import Pipeline
from gristmill.errors import RunError
from gristmill.orchestration import LocalDagRunner

from .runners import HANGS_UP, RUNNERS, flags_of
from .taxi_chain import SPLITS, Made

pytestmark = [pytest.mark.beam, HANGS_UP]

ROWS = 300
FILES = 4
# Nobody listens there.
UNREACHABLE = ["--runner=PortableRunner", "--job_endpoint=localhost:1", "--environment_type=LOOPBACK"]


@pytest.fixture(scope="module")
def journeys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small table in several files, with values missing."""
    folder = tmp_path_factory.mktemp("journeys")
    draw = random.Random(7)
    for number in range(FILES):
        rows = [
            f"{row},{draw.uniform(0, 20):.2f},{draw.choice(['bus', 'tram', ''])}\n"
            for row in range(number * ROWS, (number + 1) * ROWS)
        ]
        (folder / f"{number}.csv").write_text("number,distance,kind\n" + "".join(rows))
    return folder


def run(data: Path, work: Path, of_pipeline: Sequence[str] = (), of_components: Sequence[str] | None = None) -> Made:
    generator = CsvExampleGen(str(data))
    statistics = StatisticsGen(generator.outputs["examples"])
    if of_components is not None:
        generator.with_beam_pipeline_args(of_components)
        statistics.with_beam_pipeline_args(of_components)
    schema = SchemaGen(statistics.outputs["statistics"])
    validator = ExampleValidator(statistics.outputs["statistics"], schema.outputs["schema"])
    components = [generator, statistics, schema, validator]
    return Made(
        LocalDagRunner().run(Pipeline("flags", str(work), components=components, beam_pipeline_args=list(of_pipeline)))
    )


@pytest.fixture(scope="module")
def local(journeys: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return run(journeys, tmp_path_factory.mktemp("local"))


def assert_same(made: Made, local: Made) -> None:
    for split in SPLITS:
        rows = made.rows("CsvExampleGen", "examples", f"Split-{split}")
        assert rows
        assert rows == local.rows("CsvExampleGen", "examples", f"Split-{split}")
    for node, key in [("StatisticsGen", "statistics"), ("SchemaGen", "schema"), ("ExampleValidator", "anomalies")]:
        assert made.files(node, key) == local.files(node, key) != []
        for name in local.files(node, key):
            assert made.bytes_of(node, key, name) == local.bytes_of(node, key, name)


@pytest.mark.parametrize("runner", RUNNERS)
def test_a_components_flags_take_it_to_beam(runner: str, journeys: Path, local: Made, tmp_path: Path) -> None:
    assert_same(run(journeys, tmp_path, of_components=flags_of(runner)), local)


def test_a_components_flags_come_after_those_of_the_pipeline(journeys: Path, local: Made, tmp_path: Path) -> None:
    assert_same(run(journeys, tmp_path, UNREACHABLE, ["--runner=DirectRunner"]), local)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # grpc's channel to nowhere is left to the collector
def test_a_cluster_that_does_not_answer_fails_the_step_and_leaves_no_output(journeys: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError):
        run(journeys, tmp_path, [*UNREACHABLE, "--job_server_timeout=1"])
    assert not list(tmp_path.rglob("*.gz"))
