"""Labels that are neither 0, 1 nor between: Keras' accuracy, no value, or an error; and a note that says which."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gristmill.errors import DataError
from gristmill.model_analysis.metrics.keys import MetricKey

Evaluate = Callable[..., Any]

TIPS = {
    "label": np.array([0.0, 0.0, 1.0, 0.5, 1.45, 3.0], np.float32),
    "prediction": np.array([0.2, 0.7, 0.9, 0.9, 0.9, 0.1], np.float32),
    "weight": np.array([1.0, 1.0, 2.0, 1.0, 1.0, 1.0], np.float32),
    "hour": [1, 1, 1, 2, 2, 2],
}
ACCURACY = 'metrics_specs { metrics { class_name: "BinaryAccuracy" } }'
BY_HOUR = 'slicing_specs {} slicing_specs { feature_keys: "hour" } '


def accuracy(evaluation: Any, key: Any = (), **fields: Any) -> float:
    return float(evaluation.figures[key].metrics[MetricKey("binary_accuracy", **fields)])


def test_accuracy_of_amounts_is_the_share_of_labels_that_equal_the_prediction(evaluate_columns: Evaluate) -> None:
    found = evaluate_columns(TIPS, BY_HOUR + ACCURACY)
    assert accuracy(found) == pytest.approx(2 / 6)  # rows 0 and 2: nothing equals 0.5, 1.45 or 3
    assert accuracy(found, (("hour", 1),)) == pytest.approx(2 / 3)
    assert accuracy(found, (("hour", 2),)) == 0


def test_accuracy_of_amounts_is_weighted(evaluate_columns: Evaluate) -> None:
    keys = 'model_specs { label_key: "label" prediction_key: "prediction" example_weight_key: "weight" } '
    assert accuracy(evaluate_columns(TIPS, keys + ACCURACY), example_weighted=True) == pytest.approx(3 / 7)


@pytest.mark.tensorflow
def test_accuracy_of_amounts_is_that_of_keras(evaluate_columns: Evaluate) -> None:
    import tf_keras

    import gristmill.io.tensors  # noqa: F401 - before tensorflow

    random = np.random.default_rng(5)
    tips = np.where(random.random(500) < 0.6, 0, random.choice([0.5, 1.0, 2.25], 500)).astype(np.float32)
    prediction = random.normal(size=500).astype(np.float32)
    metric = tf_keras.metrics.BinaryAccuracy()
    metric.update_state(tips[:, None], prediction[:, None])
    found = evaluate_columns({"label": tips, "prediction": prediction}, ACCURACY)
    assert accuracy(found) == pytest.approx(float(metric.result()))


def test_shares_between_zero_and_one_are_no_amounts(evaluate_columns: Evaluate) -> None:
    rows = {name: values[:4] for name, values in TIPS.items()}
    found = evaluate_columns(rows, BY_HOUR + ACCURACY)
    assert accuracy(found) == pytest.approx(2.5 / 4)
    assert found.notes == ()


def test_a_note_says_how_many_labels_are_meant_and_what_is_counted(
    evaluate_columns: Evaluate, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        found = evaluate_columns(TIPS, BY_HOUR + ACCURACY)
    [note] = found.notes
    assert note.startswith("2 of 6 labels 'label' are not between 0 and 1: binary_accuracy counts")
    assert note in caplog.messages


@pytest.mark.parametrize("metric", ["AUC", "Precision", "ConfusionMatrixPlot", "MaxRecall"])
def test_other_binary_metrics_that_are_asked_for_do_not_take_amounts(evaluate_columns: Evaluate, metric: str) -> None:
    with pytest.raises(DataError, match=r"between 0 and 1[\s\S]*'label'"):
        evaluate_columns(TIPS, f'metrics_specs {{ metrics {{ class_name: "{metric}" }} }}')


@pytest.mark.tensorflow
def test_metrics_that_a_model_carries_are_nan_instead_of_an_error(
    examples: Any, keras2_path: str, caplog: pytest.LogCaptureFixture
) -> None:
    import gristmill.model_analysis as tfma
    from gristmill.engine import LocalEngine

    config = tfma.parse_eval_config('model_specs { label_key: "a" signature_name: "serving_default" }' + ACCURACY)
    model = tfma.default_eval_shared_model(keras2_path, eval_config=config)
    found = tfma.evaluate(examples.shards, config, models={"": model}, engine=LocalEngine(workers=1), output_path=None)
    metrics = found.figures[()].metrics
    assert math.isnan(metrics[MetricKey("precision", example_weighted=None)])
    assert metrics[MetricKey("binary_accuracy", example_weighted=None)] == accuracy(found)
    assert math.isfinite(metrics[MetricKey("loss", example_weighted=None)])
    assert "and precision of the model itself is NaN" in found.notes[0]
