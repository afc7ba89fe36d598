"""Binary metrics equal their definitions, computed by brute force over rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import ConfigError, DataError
from gristmill.model_analysis.metrics import metric_from_config, registered_metrics
from gristmill.model_analysis.metrics.confusion import even_thresholds
from gristmill.model_analysis.metrics.keys import MetricKey
from gristmill.model_analysis.metrics.rates import RATES
from gristmill.proto.model_analysis_config_pb2 import MetricConfig

Evaluate = Callable[..., Any]
ROWS = 400


@pytest.fixture(scope="module")
def columns() -> dict[str, Any]:
    random = np.random.default_rng(3)
    prediction = np.round(random.random(ROWS), 2).astype(np.float32)  # ties, and values at the threshold itself
    return {
        "label": (random.random(ROWS) < prediction).astype(np.int64),
        "prediction": prediction,
        "weight": random.uniform(0.1, 3, ROWS).astype(np.float32),
        "hour": random.integers(0, 4, ROWS),
    }


def metrics_spec(*metrics: str, more: str = "") -> str:
    listed = " ".join(f"metrics {{ {metric} }}" for metric in metrics)
    return f"metrics_specs {{ {listed} {more} }}"


def value(evaluation: Any, name: str, key: Any = (), **fields: Any) -> Any:
    return evaluation.figures[key].metrics[MetricKey(name, **fields)]


def counts(columns: dict[str, Any], threshold: float, weight: Any = None) -> tuple[float, float, float, float]:
    """True positives, true negatives, false positives, false negatives, row by row."""
    tp = tn = fp = fn = 0.0
    weights = np.ones(ROWS) if weight is None else weight.astype(float)
    for label, prediction, w in zip(columns["label"], columns["prediction"].astype(float), weights, strict=True):
        if prediction > threshold:
            tp, fp = tp + w * label, fp + w * (1 - label)
        else:
            fn, tn = fn + w * label, tn + w * (1 - label)
    return tp, tn, fp, fn


FORMULAS: dict[str, Callable[[float, float, float, float], float]] = {
    "TruePositives": lambda tp, tn, fp, fn: tp,
    "FalseNegatives": lambda tp, tn, fp, fn: fn,
    "Precision": lambda tp, tn, fp, fn: tp / (tp + fp),
    "Recall": lambda tp, tn, fp, fn: tp / (tp + fn),
    "Specificity": lambda tp, tn, fp, fn: tn / (tn + fp),
    "FallOut": lambda tp, tn, fp, fn: fp / (fp + tn),
    "MissRate": lambda tp, tn, fp, fn: fn / (tp + fn),
    "NegativePredictiveValue": lambda tp, tn, fp, fn: tn / (tn + fn),
    "FalseDiscoveryRate": lambda tp, tn, fp, fn: fp / (tp + fp),
    "FalseOmissionRate": lambda tp, tn, fp, fn: fn / (fn + tn),
    "Prevalence": lambda tp, tn, fp, fn: (tp + fn) / (tp + tn + fp + fn),
    "PrevalenceThreshold": lambda tp, tn, fp, fn: (
        (math.sqrt((tp / (tp + fn)) * (1 - tn / (tn + fp))) + tn / (tn + fp) - 1)
        / (tp / (tp + fn) + tn / (tn + fp) - 1)
    ),
    "ThreatScore": lambda tp, tn, fp, fn: tp / (tp + fn + fp),
    "BalancedAccuracy": lambda tp, tn, fp, fn: (tp / (tp + fn) + tn / (tn + fp)) / 2,
    "F1Score": lambda tp, tn, fp, fn: 2 * tp / (2 * tp + fp + fn),
    "MatthewsCorrelationCoefficient": lambda tp, tn, fp, fn: (
        (tp * tn - fp * fn) / math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    ),
    "FowlkesMallowsIndex": lambda tp, tn, fp, fn: math.sqrt(tp / (tp + fp) * tp / (tp + fn)),
    "Informedness": lambda tp, tn, fp, fn: tp / (tp + fn) + tn / (tn + fp) - 1,
    "Markedness": lambda tp, tn, fp, fn: tp / (tp + fp) + tn / (tn + fn) - 1,
    "PositiveLikelihoodRatio": lambda tp, tn, fp, fn: (tp / (tp + fn)) / (fp / (fp + tn)),
    "NegativeLikelihoodRatio": lambda tp, tn, fp, fn: (fn / (fn + tp)) / (tn / (tn + fp)),
    "DiagnosticOddsRatio": lambda tp, tn, fp, fn: (tp / fn) / (fp / tn),
    "PredictedPositiveRate": lambda tp, tn, fp, fn: (tp + fp) / (tp + tn + fp + fn),
}


@pytest.mark.parametrize("weighted", [False, True])
def test_rates_equal_their_formulas(evaluate_columns: Evaluate, columns: dict[str, Any], weighted: bool) -> None:
    text = metrics_spec(*(f'class_name: "{name}"' for name in FORMULAS))
    weight = 'example_weight_key: "weight"' if weighted else ""
    keys = f'model_specs {{ label_key: "label" prediction_key: "prediction" {weight} }}'
    found = evaluate_columns(columns, f"{keys} {text}")
    expected = counts(columns, 0.5, columns["weight"] if weighted else None)
    for name, formula in FORMULAS.items():
        got = value(found, RATES[name].default_name, example_weighted=weighted)
        assert got == pytest.approx(formula(*expected)), name


def test_a_list_of_thresholds_gives_an_array_in_its_order(evaluate_columns: Evaluate, columns: dict[str, Any]) -> None:
    text = metrics_spec("""class_name: "Recall" config: '"thresholds": [0.9, 0.5, 0.1]'""")
    found = value(evaluate_columns(columns, text), "recall")
    expected = [FORMULAS["Recall"](*counts(columns, threshold)) for threshold in (0.9, 0.5, 0.1)]
    assert found == pytest.approx(expected)


def test_the_areas_equal_the_trapezoid_and_the_interpolation_over_all_thresholds(
    evaluate_columns: Evaluate, columns: dict[str, Any]
) -> None:
    found = evaluate_columns(
        columns,
        metrics_spec(
            """class_name: "AUC" config: '"num_thresholds": 50'""",
            """class_name: "AUC" config: '"num_thresholds": 50, "summation_method": "majoring", "name": "upper"'""",
            """class_name: "AUCPrecisionRecall" config: '"num_thresholds": 50'""",
        ),
    )
    points = [counts(columns, threshold) for threshold in even_thresholds(50)]
    roc = upper = precision_recall = 0.0
    for (tp, tn, fp, fn), (tp2, tn2, fp2, fn2) in pairwise(points):
        step = fp / (fp + tn) - fp2 / (fp2 + tn2)
        roc += step * (tp / (tp + fn) + tp2 / (tp2 + fn2)) / 2
        upper += step * max(tp / (tp + fn), tp2 / (tp2 + fn2))
        predicted, predicted2 = tp + fp, tp2 + fp2
        if predicted > predicted2:
            slope = (tp - tp2) / (predicted - predicted2)
            grown = math.log(predicted / predicted2) if predicted2 else 0.0
            precision_recall += slope * (tp - tp2 + (tp2 - slope * predicted2) * grown) / (tp2 + fn2)
    assert value(found, "auc") == pytest.approx(roc)
    assert value(found, "upper") == pytest.approx(upper)
    assert value(found, "auc_precision_recall") == pytest.approx(precision_recall)


def test_the_default_area_is_close_to_the_share_of_pairs_in_the_right_order(
    evaluate_columns: Evaluate, columns: dict[str, Any]
) -> None:
    positive = columns["prediction"][columns["label"] == 1]
    negative = columns["prediction"][columns["label"] == 0]
    pairs = (positive[:, None] > negative).mean() + (positive[:, None] == negative).mean() / 2
    assert value(evaluate_columns(columns, metrics_spec('class_name: "AUC"')), "auc") == pytest.approx(pairs, abs=1e-6)


def test_one_rate_at_a_bound_on_another_is_the_best_over_thresholds(
    evaluate_columns: Evaluate, columns: dict[str, Any]
) -> None:
    found = evaluate_columns(
        columns,
        metrics_spec(
            """class_name: "SensitivityAtSpecificity" config: '"specificity": 0.8, "num_thresholds": 30'""",
            """class_name: "PrecisionAtRecall" config: '"recall": 0.6, "num_thresholds": 30'""",
            """class_name: "RecallAtPrecision" config: '"precision": 1.5, "num_thresholds": 30'""",
            """class_name: "ThresholdAtRecall" config: '"recall": 0.6, "num_thresholds": 30'""",
            """class_name: "RecallAtFalsePositiveRate" config: '"false_positive_rate": 0.1, "num_thresholds": 30'""",
        ),
    )
    points = {threshold: counts(columns, threshold) for threshold in even_thresholds(30)}
    rows = list(points.values())
    recall, specificity = FORMULAS["Recall"], FORMULAS["Specificity"]
    assert value(found, "sensitivity_at_specificity") == pytest.approx(
        max(recall(*row) for row in rows if specificity(*row) >= 0.8)
    )
    assert value(found, "precision_at_recall") == pytest.approx(
        max(FORMULAS["Precision"](*row) for row in rows if recall(*row) >= 0.6)
    )
    assert value(found, "recall_at_precision") == 0.0
    assert value(found, "threshold_at_recall") == max(t for t, row in points.items() if recall(*row) >= 0.6)
    assert value(found, "recall_at_false_positive_rate") == pytest.approx(
        max(recall(*row) for row in rows if 1 - specificity(*row) <= 0.1)
    )


def test_rates_without_a_denominator_are_nan_and_their_message_has_the_published_defaults(
    evaluate_columns: Evaluate,
) -> None:
    found = evaluate_columns(
        {"label": [0, 0, 0], "prediction": [0.1, 0.2, 0.3]},
        metrics_spec(
            'class_name: "Recall"',
            'class_name: "Precision"',
            'class_name: "AUC"',
            'class_name: "AUCPrecisionRecall"',
            """class_name: "ConfusionMatrixAtThresholds" config: '"thresholds": [0.5]'""",
        ),
    )
    for name in ("recall", "precision", "auc", "auc_precision_recall"):
        assert math.isnan(value(found, name)), name
    matrix = value(found, "confusion_matrix_at_thresholds").to_proto().matrices[0]
    assert (matrix.precision, matrix.recall, matrix.true_negatives) == (1.0, 0.0, 3.0)


@given(
    st.lists(
        st.tuples(st.sampled_from([0.0, 0.25, 1.0]), st.floats(-0.5, 1.5, width=32), st.floats(0, 4, width=32)),
        min_size=3,
        max_size=40,
    ),
    st.lists(st.floats(-1, 2), min_size=1, max_size=6, unique=True),
)
@settings(max_examples=40, deadline=None)
def test_matrices_at_any_thresholds_equal_counting_rows(
    evaluate_columns: Evaluate, rows: list[tuple[float, float, float]], thresholds: list[float]
) -> None:
    label, prediction, weight = (np.array(column, np.float32) for column in zip(*rows, strict=True))
    found = evaluate_columns(
        {"label": label, "prediction": prediction, "weight": weight},
        'model_specs { label_key: "label" prediction_key: "prediction" example_weight_key: "weight" } '
        + metrics_spec(f"""class_name: "ConfusionMatrixAtThresholds" config: '"thresholds": {thresholds}'"""),
    )
    matrices = value(found, "confusion_matrix_at_thresholds", example_weighted=True)
    for index, threshold in enumerate(sorted(thresholds)):
        above = prediction.astype(float) > threshold
        share = weight.astype(float) * label
        assert matrices.tp[index] == pytest.approx(share[above].sum())
        assert matrices.fn[index] == pytest.approx(share[~above].sum())
        assert matrices.fp[index] == pytest.approx((weight - share)[above].sum())


def test_labels_outside_zero_and_one_are_an_error_that_names_the_label(evaluate_columns: Evaluate) -> None:
    with pytest.raises(DataError, match=r"between 0 and 1[\s\S]*'label'[\s\S]*class_ids"):
        evaluate_columns({"label": [0, 2], "prediction": [0.1, 0.2]}, metrics_spec('class_name: "AUC"'))


def test_two_metrics_of_one_name_must_agree(evaluate_columns: Evaluate, columns: dict[str, Any]) -> None:
    same = metrics_spec('class_name: "AUC"', 'class_name: "AUC"')
    assert value(evaluate_columns(columns, same), "auc") > 0.5
    other = metrics_spec('class_name: "AUC"', """class_name: "AUC" config: '"num_thresholds": 10'""")
    with pytest.raises(ConfigError, match="two metrics have the name 'auc'"):
        evaluate_columns(columns, other)


@pytest.mark.parametrize("name", registered_metrics())
def test_a_metric_can_be_built_from_its_own_config(name: str) -> None:
    needed = {
        "SensitivityAtSpecificity": '"specificity": 0.5',
        "SpecificityAtSensitivity": '"sensitivity": 0.5',
        "PrecisionAtRecall": '"recall": 0.5',
        "RecallAtPrecision": '"precision": 0.5',
        "RecallAtFalsePositiveRate": '"false_positive_rate": 0.5',
        "ThresholdAtRecall": '"recall": 0.5',
        "ConfusionMatrixAtThresholds": '"thresholds": [0.5]',
    }
    metric = metric_from_config(MetricConfig(class_name=name, config=needed.get(name, "")))
    again = metric_from_config(metric.to_config())
    assert type(again) is type(metric)
    assert again.get_config() == metric.get_config()
    assert metric.name
