"""Results that several test modules look at: two models and many metrics by slice, and classes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import gristmill.model_analysis as tfma
from gristmill.engine import LocalEngine
from gristmill.io.columns import as_example_batch
from gristmill.io.shard import Shard
from gristmill.model_analysis.models.predictor import ModelOutputs

ROWS = 3000
COMPARED = """
model_specs { name: "candidate" label_key: "label" example_weight_key: "weight" }
model_specs { name: "baseline" label_key: "label" example_weight_key: "weight" is_baseline: true }
slicing_specs {} slicing_specs { feature_keys: "hour" } slicing_specs { feature_keys: "company" }
cross_slicing_specs { baseline_spec {} slicing_specs { feature_keys: "company" } }
metrics_specs {
  metrics { class_name: "ExampleCount" }
  example_weights { unweighted: true weighted: true }
}
metrics_specs {
  metrics {
    class_name: "BinaryAccuracy"
    threshold {
      value_threshold { lower_bound { value: 0.1 } }
      change_threshold { direction: HIGHER_IS_BETTER absolute { value: -0.5 } }
    }
  }
  metrics { class_name: "AUC" }
  metrics { class_name: "Recall" config: '"thresholds": [0.25, 0.5]' }
  metrics { class_name: "ConfusionMatrixAtThresholds" config: '"thresholds": [0.3]' }
  metrics { class_name: "ConfusionMatrixPlot" }
  metrics { class_name: "CalibrationPlot" }
}
"""
CLASSES = """
model_specs { label_key: "label" prediction_key: "prediction" }
slicing_specs {} slicing_specs { feature_keys: "pay" }
metrics_specs {
  metrics { class_name: "ExampleCount" }
  metrics { class_name: "MultiClassConfusionMatrixAtThresholds" }
  metrics { class_name: "MultiClassConfusionMatrixPlot" config: '"thresholds": [0.0, 0.5]' }
}
metrics_specs {
  metrics { class_name: "Precision" }
  metrics { class_name: "ConfusionMatrixPlot" }
  binarize { class_ids { values: [0, 2] } }
  aggregate { micro_average: true }
}
options { min_slice_size { value: 20 } }
"""


class FeaturePredictor:
    """A model whose predictions are a feature of the examples."""

    def __init__(self, name: str) -> None:
        self.name = name

    def outputs(self, batch: pa.RecordBatch, spec: Any) -> ModelOutputs:
        return ModelOutputs(batch.column(self.name).flatten().to_numpy(zero_copy_only=False).astype(float))

    def carried_metrics(self) -> list[Any]:
        return []


def write_evaluation(columns: dict[str, Any], text: str, folder: Path, models: tuple[str, ...] = ()) -> str:
    table = pa.table(columns)

    def read(_: Shard) -> Iterator[pa.RecordBatch]:
        for batch in table.to_batches():
            yield as_example_batch(batch, "columns")

    shared = {
        name: tfma.EvalSharedModel(
            model_path=f"/models/{name}/7/Format-Serving",
            model_name=name,
            is_baseline=name == "baseline",
            model_loader=tfma.ModelLoader(construct_fn=lambda name=name: FeaturePredictor(name)),
        )
        for name in models
    }
    tfma.evaluate(
        [Shard(uri="rows", format="memory")],
        tfma.parse_eval_config(text),
        models=shared,
        engine=LocalEngine(workers=1),
        output_path=str(folder),
        reader=read,
    )
    return str(folder)


@pytest.fixture(scope="session")
def compared_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two models on 24 hours and three companies; the labels of hour 7 are all 0, so that its AUC is NaN."""
    random = np.random.default_rng(11)
    candidate = random.random(ROWS)
    hour = random.integers(0, 24, ROWS)
    label = np.where(hour == 7, 0, random.random(ROWS) < candidate).astype(np.int64)
    columns = {
        "label": label,
        "candidate": candidate.astype(np.float32),
        "baseline": np.clip(candidate + random.normal(0, 0.3, ROWS), 0, 1).astype(np.float32),
        "weight": random.uniform(0.5, 2, ROWS).astype(np.float32),
        "hour": hour,
        "company": random.choice(["<b>Top</b>", "Flash", "Blue Ribbon Taxi Association Inc."], ROWS),
    }
    return write_evaluation(columns, COMPARED, tmp_path_factory.mktemp("compared"), ("candidate", "baseline"))


@pytest.fixture(scope="session")
def compared(compared_path: str) -> tfma.EvalResult:
    """The candidate of ``compared_path``."""
    return tfma.load_eval_result(compared_path)


@pytest.fixture(scope="session")
def classes(tmp_path_factory: pytest.TempPathFactory) -> tfma.EvalResult:
    """Three classes; the slice ``pay = none`` is below the least size."""
    random = np.random.default_rng(12)
    label = random.integers(0, 3, 600)
    scores = random.random((600, 3))
    scores[np.arange(600), label] += 0.5
    pay = np.array(["cash", "card"])[random.integers(0, 2, 600)].astype(object)
    pay[:5] = "none"
    columns = {
        "label": label,
        "prediction": pa.array((scores / scores.sum(axis=1, keepdims=True)).astype(np.float32).tolist()),
        "pay": pay.tolist(),
    }
    return tfma.load_eval_result(write_evaluation(columns, CLASSES, tmp_path_factory.mktemp("classes")))
