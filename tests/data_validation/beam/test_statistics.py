"""Statistics of PCollections: those that the local engine computes of the same rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from tensorflow_metadata.proto.v0 import statistics_pb2

import gristmill.data_validation as tfdv
from gristmill.engine.beam.combine import AccumulatorCombineFn
from gristmill.errors import NotSupportedError
from gristmill.io.shard import Shard

pytestmark = pytest.mark.beam


def batches() -> list[pa.RecordBatch]:
    return [
        pa.RecordBatch.from_pydict(
            {
                "number": pa.array([[float(row)] if row % 3 else None for row in range(first, first + 40)]),
                "word": pa.array([[f"w{row % 7}"] * (row % 3) for row in range(first, first + 40)]),
            }
        )
        for first in range(0, 400, 40)
    ]


def local(options: tfdv.StatsOptions) -> statistics_pb2.DatasetFeatureStatisticsList:
    shards = [Shard("batches", "memory", number) for number in range(10)]
    return tfdv.generate_statistics(shards, options, reader=lambda shard: iter([batches()[shard.start]]))


@pytest.fixture
def through_beam(tmp_path: Path) -> Callable[..., Any]:
    def run(elements: list[pa.RecordBatch], options: tfdv.StatsOptions | None = None) -> Any:
        path = str(tmp_path / "statistics.pb")
        with beam.Pipeline(runner=FnApiRunner()) as pipeline:
            statistics = pipeline | beam.Create(elements) | tfdv.GenerateStatistics(options)
            statistics | tfdv.WriteStatisticsToBinaryFile(path)
        return tfdv.load_stats_binary(path)

    return run


def test_the_statistics_are_those_of_the_local_engine(through_beam: Callable[..., Any]) -> None:
    assert through_beam(batches()) == local(tfdv.StatsOptions())


def test_slices_and_lists_of_features_hold_as_elsewhere(through_beam: Callable[..., Any]) -> None:
    slicer = tfdv.experimental_get_feature_value_slicer({"word": ["w1", "w2"]})
    options = tfdv.StatsOptions(experimental_slice_functions=[slicer])
    assert through_beam(batches(), options) == local(options)
    one = tfdv.StatsOptions(feature_allowlist=["number"])
    assert [each.path.step[0] for each in through_beam(batches(), one).datasets[0].features] == ["number"]


def test_no_batch_gives_statistics_of_no_row(through_beam: Callable[..., Any]) -> None:
    [dataset] = through_beam([]).datasets
    assert (dataset.num_examples, len(dataset.features)) == (0, 0)


def test_a_sample_is_drawn_from_batches_of_any_size(through_beam: Callable[..., Any]) -> None:
    rows = [pa.RecordBatch.from_pydict({"x": pa.array([[1.0]])})] * 2000
    drawn = through_beam(rows, tfdv.StatsOptions(sample_rate=0.5)).datasets[0].num_examples
    assert 850 < drawn < 1150  # 6.7 standard deviations of the binomial distribution to either side


def test_the_record_file_is_what_load_statistics_reads(tmp_path: Path) -> None:
    path = str(tmp_path / "statistics.tfrecord")
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        statistics = pipeline | beam.Create(batches()) | tfdv.GenerateStatistics(options=tfdv.StatsOptions())
        statistics | tfdv.WriteStatisticsToTFRecord(path)
    assert tfdv.load_statistics(path) == local(tfdv.StatsOptions())
    with pytest.raises(NotSupportedError, match="sharded_output"):
        tfdv.WriteStatisticsToTFRecord(path, sharded_output=True)


def test_states_travel_without_pickling_and_merge_to_the_whole() -> None:
    combine = AccumulatorCombineFn(tfdv.StatisticsAccumulator())
    coder = combine.get_accumulator_coder()
    states = [combine.add_input(combine.create_accumulator(), batch) for batch in batches()]
    arrived = [coder.decode(coder.encode(state)) for state in states]
    assert combine.extract_output(combine.merge_accumulators(arrived)) == local(tfdv.StatsOptions())
    assert combine.extract_output(combine.merge_accumulators([])).datasets[0].num_examples == 0
