"""The pass over the examples obeys the engine's laws for every kind of computation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from gristmill.io.columns import as_example_batch
from gristmill.model_analysis import parse_eval_config, update_eval_config_with_defaults
from gristmill.model_analysis.accumulator import MetricsAccumulator, PassFigures
from gristmill.model_analysis.figures import slice_values
from gristmill.model_analysis.metrics.plan import compile_plan
from gristmill.model_analysis.slicer import slice_specs
from gristmill.testing.accumulators import check_accumulator_laws

CONFIG = """
model_specs { label_key: "label" prediction_key: "prediction" example_weight_key: "weight" }
slicing_specs {}
slicing_specs { feature_keys: "hour" }
slicing_specs { feature_keys: ["hour", "pay"] }
metrics_specs {
  metrics { class_name: "WeightedExampleCount" }
  metrics { class_name: "MeanLabel" }
  metrics { class_name: "BinaryCrossEntropy" }
  metrics { class_name: "AUC" config: '"num_thresholds": 20' }
  metrics { class_name: "CalibrationPlot" config: '"num_buckets": 10' }
  metrics { class_name: "ConfusionMatrixPlot" config: '"num_thresholds": 10' }
}
"""


def batches() -> list[pa.RecordBatch]:
    random = np.random.default_rng(11)
    found = []
    for rows in (40, 1, 17):
        columns = {
            "label": random.integers(0, 2, rows),
            "prediction": random.random(rows),
            "weight": random.random(rows),
            "hour": random.integers(0, 5, rows),
            "pay": random.choice(["cash", "card"], rows),
        }
        found.append(as_example_batch(pa.RecordBatch.from_pydict(columns), "test"))
    return found


def test_the_laws_of_the_engine_hold() -> None:
    config = update_eval_config_with_defaults(parse_eval_config(CONFIG))
    plan = compile_plan(config, {})
    accumulator = MetricsAccumulator(
        plan, [(spec, None) for spec in config.model_specs], slice_specs(config.slicing_specs), [""]
    )

    def same(a: PassFigures, b: PassFigures) -> bool:
        first, second = (slice_values(plan, figures.slices, baseline=None) for figures in (a, b))
        if a.rows != b.rows or list(first) != list(second):
            return False
        for key, values in first.items():
            if values.rows != second[key].rows:
                return False
            for name, value in values.metrics.items():
                if second[key].metrics[name] != pytest.approx(value, nan_ok=True):
                    return False
            for name, plot in values.plots.items():
                if numbers(plot) != pytest.approx(numbers(second[key].plots[name])):
                    return False
        return True

    check_accumulator_laws(accumulator, batches(), same=same)


def numbers(message: Any) -> list[float]:
    found: list[float] = []
    for field, value in message.ListFields():
        for item in value if field.is_repeated else [value]:
            found += numbers(item) if hasattr(item, "ListFields") else [float(item)]
    return found
