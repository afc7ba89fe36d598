"""GenerateStatistics: statistics of the record batches of a PCollection."""

from __future__ import annotations

import copy
import secrets

import apache_beam as beam
import pyarrow as pa
from tensorflow_metadata.proto.v0 import statistics_pb2

from gristmill.data_validation.statistics.accumulator import StatisticsAccumulator
from gristmill.data_validation.statistics.sampling import sampled_rows
from gristmill.data_validation.stats_options import StatsOptions
from gristmill.engine.beam.combine import AccumulatorCombineFn

__all__ = ["GenerateStatistics"]

_FAR_ROW = 2**62  # positions at which a batch may be said to begin: no two batches begin alike


class GenerateStatistics(beam.PTransform):  # type: ignore[misc]  # Beam has no types
    """From record batches of examples to one ``DatasetFeatureStatisticsList``, also where there is no batch.

    Args:
        options: what to compute. ``sample_rate`` draws other rows each time: a PCollection has no order by which the
            same ones could be found again.
    """

    def __init__(self, options: StatsOptions | None = None) -> None:
        super().__init__()
        self._options = options or StatsOptions()

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """The statistics."""
        options = self._options
        if options.sample_rate is not None:
            batches = batches | "Sample" >> beam.Map(_sample, options.sample_rate)
            options = copy.copy(options)
            options.sample_rate = None
        combined = beam.CombineGlobally(AccumulatorCombineFn(StatisticsAccumulator(options)))
        return batches | "Combine" >> combined.with_output_types(statistics_pb2.DatasetFeatureStatisticsList)


def _sample(batch: pa.RecordBatch, rate: float) -> pa.RecordBatch:
    return sampled_rows(batch, rate, secrets.randbelow(_FAR_ROW))
