"""Schema and anomalies of the taxi data equal those that TFX 1.16 made."""

from __future__ import annotations

import pytest

from gristmill.data_validation.anomalies.validation import validate_statistics
from gristmill.data_validation.schema.inference import infer_schema, update_schema
from gristmill.data_validation.statistics.accumulator import StatisticsAccumulator

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def statistics(taxi_batches):
    accumulator = StatisticsAccumulator()
    return {
        split: accumulator.extract(accumulator.add(accumulator.create(), batch))
        for split, batch in taxi_batches.items()
    }


def test_the_schema_of_our_statistics_is_the_one_of_the_reference(statistics, reference_schema):
    schema = infer_schema(statistics["train"], infer_feature_shape=False)
    assert update_schema(schema, statistics["eval"], infer_feature_shape=False) == reference_schema


@pytest.mark.parametrize("split", ["train", "eval"])
def test_the_anomalies_are_those_of_the_reference(split, statistics, reference_schema, reference_anomalies):
    assert validate_statistics(statistics[split], reference_schema) == reference_anomalies[split]
