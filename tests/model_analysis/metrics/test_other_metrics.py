"""Means, errors, entropies, plots and metrics over classes equal their definitions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gristmill.errors import ConfigError, DataError, NotSupportedError
from gristmill.model_analysis.metrics import (
    AUC,
    MeanLabel,
    SubKey,
    default_multi_class_classification_specs,
    metric_from_config,
    specs_from_metrics,
)
from gristmill.model_analysis.metrics.keys import AggregationType, MetricKey, PlotKey
from gristmill.model_analysis.metrics.registry import NOT_SUPPORTED
from gristmill.proto.model_analysis_config_pb2 import MetricConfig

Evaluate = Callable[..., Any]


def metrics_spec(*names: str, more: str = "") -> str:
    listed = " ".join(f'metrics {{ class_name: "{name}" }}' for name in names)
    return f"metrics_specs {{ {listed} {more} }}"


@pytest.fixture(scope="module")
def scores() -> dict[str, Any]:
    random = np.random.default_rng(5)
    raw = random.random((300, 4))
    return {"label": random.integers(0, 4, 300), "prediction": raw / raw.sum(axis=1, keepdims=True)}


def columns_of(scores: dict[str, Any]) -> dict[str, Any]:
    return {"label": scores["label"], "prediction": [row.astype(np.float32) for row in scores["prediction"]]}


def test_means_errors_and_correlations_equal_their_formulas(evaluate_columns: Evaluate) -> None:
    random = np.random.default_rng(1)
    y, p = random.random(200).astype(np.float32), random.random(200).astype(np.float32)
    w = random.random(200).astype(np.float32)
    found = evaluate_columns(
        {"label": y, "prediction": p, "weight": w},
        'model_specs { label_key: "label" prediction_key: "prediction" example_weight_key: "weight" } '
        + metrics_spec(
            "MeanLabel",
            "MeanPrediction",
            "Calibration",
            "MeanSquaredError",
            "MeanAbsoluteError",
            "RootMeanSquaredError",
            "MeanAbsolutePercentageError",
            "MeanSquaredLogarithmicError",
            "SquaredPearsonCorrelation",
            "CoefficientOfDiscrimination",
            "RelativeCoefficientOfDiscrimination",
            "BinaryCrossEntropy",
            "ExampleCount",
            "WeightedExampleCount",
        ),
    )
    y, p, w = y.astype(float), p.astype(float), w.astype(float)

    def mean(values: Any, weights: Any = w) -> float:
        return float((weights * values).sum() / weights.sum())

    covariance = mean(y * p) - mean(y) * mean(p)
    positive, negative = mean(p, w * y), mean(p, w * (1 - y))
    expected = {
        "mean_label": mean(y),
        "mean_prediction": mean(p),
        "calibration": (w * p).sum() / (w * y).sum(),
        "mean_squared_error": mean((y - p) ** 2),
        "mean_absolute_error": mean(abs(y - p)),
        "root_mean_squared_error": math.sqrt(mean((y - p) ** 2)),
        "mean_absolute_percentage_error": mean(100 * abs(y - p) / y),
        "mean_squared_logarithmic_error": mean((np.log1p(p) - np.log1p(y)) ** 2),
        "squared_pearson_correlation": covariance**2 / ((mean(y * y) - mean(y) ** 2) * (mean(p * p) - mean(p) ** 2)),
        "coefficient_of_discrimination": positive - negative,
        "relative_coefficient_of_discrimination": positive / negative,
        "binary_crossentropy": mean(-y * np.log(p) - (1 - y) * np.log(1 - p)),
        "example_count": w.sum(),
        "weighted_example_count": w.sum(),
    }
    metrics = found.figures[()].metrics
    for name, value in expected.items():
        assert metrics[MetricKey(name, example_weighted=True)] == pytest.approx(value, rel=1e-4), name


def test_weighted_and_unweighted_values_are_both_given_when_asked_for(evaluate_columns: Evaluate) -> None:
    found = evaluate_columns(
        {"label": [0, 1], "prediction": [0.5, 0.5], "weight": [1.0, 3.0]},
        'model_specs { label_key: "label" prediction_key: "prediction" example_weight_key: "weight" } '
        + metrics_spec("MeanLabel", more="example_weights { weighted: true unweighted: true }"),
    )
    metrics = found.figures[()].metrics
    assert metrics[MetricKey("mean_label", example_weighted=True)] == 0.75
    assert metrics[MetricKey("mean_label", example_weighted=False)] == 0.5


def test_binarized_and_averaged_metrics_equal_the_one_hot_problem(
    evaluate_columns: Evaluate, scores: dict[str, Any]
) -> None:
    weights = "".join(f"class_weights {{ key: {number} value: {number + 1} }}" for number in range(4))
    found = evaluate_columns(
        columns_of(scores),
        " ".join(
            [
                metrics_spec("Precision", more="binarize { class_ids { values: [0, 2] } }"),
                metrics_spec("Recall", more="aggregate { micro_average: true }"),
                metrics_spec("Precision", more=f"aggregate {{ macro_average: true {weights} }}"),
                metrics_spec("Precision", more=f"aggregate {{ weighted_macro_average: true {weights} }}"),
                metrics_spec("Recall", more="binarize { k_list { values: 2 } top_k_list { values: 2 } }"),
            ]
        ),
    )
    metrics = found.figures[()].metrics
    hot, prediction = np.eye(4)[scores["label"]], scores["prediction"].astype(np.float32)
    positive = prediction > 0.5
    precision = np.array([hot[positive[:, c], c].mean() if positive[:, c].any() else np.nan for c in range(4)])
    assert metrics[MetricKey("precision", sub_key=SubKey(class_id=2))] == pytest.approx(precision[2])
    micro = AggregationType(micro_average=True)
    assert metrics[MetricKey("recall", aggregation_type=micro)] == pytest.approx(hot[positive].sum() / len(hot))
    factors = np.arange(1, 5)
    macro = AggregationType(macro_average=True)
    assert metrics[MetricKey("precision", aggregation_type=macro)] == pytest.approx(
        (precision * factors).sum() / factors.sum()
    )
    by_prevalence = factors * hot.sum(axis=0)
    weighted = AggregationType(weighted_macro_average=True)
    assert metrics[MetricKey("precision", aggregation_type=weighted)] == pytest.approx(
        (precision * by_prevalence).sum() / by_prevalence.sum()
    )
    order = np.argsort(-prediction, axis=1)
    in_top = (order[:, :2] == scores["label"][:, None]).any(axis=1)
    assert metrics[MetricKey("recall", sub_key=SubKey(top_k=2))] == pytest.approx(in_top.mean())


def test_class_metrics_equal_their_formulas(evaluate_columns: Evaluate, scores: dict[str, Any]) -> None:
    found = evaluate_columns(
        columns_of(scores),
        metrics_spec("SparseCategoricalAccuracy", "SparseCategoricalCrossEntropy", "TopKCategoricalAccuracy")
        + 'metrics_specs { metrics { class_name: "MultiClassConfusionMatrixAtThresholds" config: '
        + '\'"thresholds": [0.0, 0.4]\' } metrics { class_name: "MultiClassConfusionMatrixPlot" } }',
    )
    metrics = found.figures[()].metrics
    label, prediction = scores["label"], scores["prediction"].astype(np.float32).astype(float)
    best = prediction.argmax(axis=1)
    assert metrics[MetricKey("sparse_categorical_accuracy")] == pytest.approx((best == label).mean())
    assert metrics[MetricKey("top_k_categorical_accuracy")] == 1.0
    entropy = -np.log(prediction[np.arange(300), label]).mean()
    assert metrics[MetricKey("sparse_categorical_crossentropy")] == pytest.approx(entropy, rel=1e-6)
    matrices = metrics[MetricKey("multi_class_confusion_matrix_at_thresholds")]
    assert matrices.entries[0][2, 1] == ((label == 2) & (best == 1)).sum()
    assert matrices.entries[1][2, -1] == ((label == 2) & (prediction.max(axis=1) <= 0.4)).sum()
    plot = found.figures[()].plots[PlotKey("multi_class_confusion_matrix_plot")]
    assert sum(entry.num_weighted_examples for entry in plot.matrices[0].entries) == 300


def test_plots_hold_every_example_in_some_bucket(evaluate_columns: Evaluate) -> None:
    prediction = np.array([-0.5, 0.0, 0.049, 0.05, 0.999, 1.0, 7.0], np.float32)
    found = evaluate_columns(
        {"label": [0, 0, 1, 1, 1, 0, 1], "prediction": prediction},
        """metrics_specs { metrics { class_name: "CalibrationPlot" config: '"num_buckets": 20' }
        metrics { class_name: "ConfusionMatrixPlot" config: '"num_thresholds": 3' } }""",
    )
    buckets = found.figures[()].plots[PlotKey("calibration_plot")].buckets
    edges = [(b.lower_threshold_inclusive, b.upper_threshold_exclusive) for b in buckets]
    assert edges[0] == (-math.inf, 0.0)
    assert edges[-1] == (1.0, math.inf)
    assert [b.num_weighted_examples.value for b in buckets] == [1, 2, 1, 1, 2]
    assert [b.total_weighted_label.value for b in buckets] == [0, 1, 1, 1, 1]
    matrices = found.figures[()].plots[PlotKey("confusion_matrix_plot")].matrices
    assert [m.threshold for m in matrices] == [-0.0, 0.5, 1.0]
    assert [m.true_positives for m in matrices] == [4, 2, 1]


def test_several_classes_without_a_choice_are_an_error_with_a_hint(
    evaluate_columns: Evaluate, scores: dict[str, Any]
) -> None:
    with pytest.raises(ConfigError, match="binarize"):
        evaluate_columns(columns_of(scores), metrics_spec("AUC"))
    with pytest.raises(ConfigError, match="4 classes"):
        evaluate_columns(columns_of(scores), metrics_spec("AUC", more="binarize { class_ids { values: 4 } }"))
    with pytest.raises(ConfigError, match="class_weights"):
        evaluate_columns(columns_of(scores), metrics_spec("AUC", more="aggregate { macro_average: true }"))
    with pytest.raises(DataError, match=r"below 4[\s\S]*'label': 4[\s\S]*from 0"):
        evaluate_columns(
            {**columns_of(scores), "label": scores["label"] + 1}, metrics_spec("SparseCategoricalCrossEntropy")
        )


def test_labels_of_another_width_than_the_scores_are_named_by_their_feature(
    evaluate_columns: Evaluate, scores: dict[str, Any]
) -> None:
    columns = {
        "kind": [np.eye(3)[label % 3] for label in scores["label"]],
        "prediction": columns_of(scores)["prediction"],
    }
    spec = 'model_specs { label_key: "kind" prediction_key: "prediction" } '
    for metrics in (
        metrics_spec("CategoricalCrossEntropy"),
        metrics_spec("AUC", more="binarize { class_ids { values: 1 } }"),
    ):
        with pytest.raises(DataError, match=r"labels have 3 values per row, predictions 4[\s\S]*'kind'"):
            evaluate_columns(columns, spec + metrics)


def test_text_is_compared_as_text(evaluate_columns: Evaluate) -> None:
    found = evaluate_columns({"label": ["a", "b", "c"], "prediction": ["a", "x", "c"]}, metrics_spec("ExactMatch"))
    assert found.figures[()].metrics[MetricKey("exact_match")] == pytest.approx(2 / 3)
    with pytest.raises(DataError, match="text"):
        evaluate_columns({"label": ["a"], "prediction": ["a"]}, metrics_spec("MeanLabel"))


@pytest.mark.parametrize("name", sorted(NOT_SUPPORTED))
def test_a_metric_of_the_family_that_is_not_computed_says_which_are(name: str) -> None:
    with pytest.raises(NotSupportedError, match="BinaryAccuracy"):
        metric_from_config(MetricConfig(class_name=name))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (MetricConfig(class_name="BinaryAcuracy"), "did you mean 'BinaryAccuracy'"),
        (MetricConfig(class_name="auc"), "did you mean 'AUC'"),
        (MetricConfig(class_name="AUC", config='"num_tresholds": 3'), "did you mean 'num_thresholds'"),
        (MetricConfig(class_name="AUC", config='"num_thresholds": '), "must be a JSON object"),
        (MetricConfig(class_name="PrecisionAtRecall"), "do not fit"),
        (MetricConfig(class_name="AUC", config='{"num_thresholds": 3, "thresholds": [0.1]}'), "only one of"),
        (
            MetricConfig(class_name="AUC", config='"curve": "XY"'),
            r"'ROC' or 'PR'\s+eval_config.*, AUC: 'XY'",
        ),
    ],
)
def test_a_mistake_in_a_metric_is_explained(config: MetricConfig, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        metric_from_config(config)


def test_specs_from_metrics_add_counts_of_examples_in_specs_of_their_own() -> None:
    specs = specs_from_metrics([AUC(num_thresholds=10), MeanLabel()], binarize={"class_ids": {"values": [1]}})
    assert [metric.class_name for spec in specs for metric in spec.metrics] == [
        "ExampleCount",
        "WeightedExampleCount",
        "AUC",
        "MeanLabel",
    ]
    assert not specs[0].HasField("binarize")
    assert specs[2].binarize.class_ids.values == [1]
    by_output = specs_from_metrics({"x": [AUC()], "y": [MeanLabel()]}, include_example_count=False)
    assert [list(spec.output_names) for spec in by_output] == [["x"], ["x"], ["y"], ["y"]]
    assert default_multi_class_classification_specs()[-1].aggregate.micro_average


def test_of_a_config_that_keras_wrote_the_thresholds_count_and_the_number_does_not() -> None:
    config = MetricConfig(class_name="AUC", config='{"num_thresholds": 3, "thresholds": [0.1], "multi_label": false}')
    assert metric_from_config(config).get_config()["thresholds"] == [0.1]
