"""Statistics can be computed by other processes."""

from __future__ import annotations

import pyarrow as pa
import pytest
from tensorflow_metadata.proto.v0 import schema_pb2

import gristmill.data_validation as tfdv
from gristmill.data_validation.statistics.accumulator import StatisticsAccumulator
from gristmill.testing.shipping import check_shippable

pytest.importorskip("apache_beam")
pytestmark = pytest.mark.beam

BATCH = pa.record_batch(
    {
        "number": pa.array([[1], [2, 3], None], pa.list_(pa.int64())),
        "real": pa.array([[1.5], [], [2.5]], pa.list_(pa.float32())),
        "text": pa.array([[b"a"], [b"b", b"a"], None], pa.list_(pa.binary())),
    }
)


def by_size(batch: pa.RecordBatch) -> list[tuple[str, pa.RecordBatch]]:
    """A slice function of a user."""
    return [("first row", batch.slice(0, 1))]


def test_statistics_with_a_schema_weights_and_a_users_slices_can_be_shipped() -> None:
    schema = schema_pb2.Schema(feature=[{"name": "text", "type": "BYTES"}, {"name": "number", "type": "INT"}])
    options = tfdv.StatsOptions(schema=schema, experimental_slice_functions=[by_size], num_top_values=2)
    for chosen in (tfdv.StatsOptions(), options):
        check_shippable(StatisticsAccumulator(chosen), [BATCH, BATCH.slice(1)])
