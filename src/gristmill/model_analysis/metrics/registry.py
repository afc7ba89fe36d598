"""Finds the metric class that a MetricConfig names, and builds the metric."""

from __future__ import annotations

import difflib
import json
from typing import Any

from gristmill.errors import ConfigError, NotSupportedError, Place
from gristmill.model_analysis.metrics import (
    accuracy,
    binary_accuracy,
    counts,
    cross_entropy,
    curves,
    keras_names,
    multi_class,
    plots,
    rates,
    regression,
)
from gristmill.model_analysis.metrics.metric import Metric
from gristmill.proto.model_analysis_config_pb2 import MetricConfig

__all__ = ["METRICS", "NOT_SUPPORTED", "metric_from_config", "registered_metrics"]

METRICS: dict[str, type[Metric]] = {
    **rates.RATES,
    **{
        found.__name__: found
        for found in (
            accuracy.Accuracy,
            accuracy.CategoricalAccuracy,
            accuracy.ExactMatch,
            accuracy.SparseCategoricalAccuracy,
            accuracy.SparseTopKCategoricalAccuracy,
            accuracy.TopKCategoricalAccuracy,
            binary_accuracy.BinaryAccuracy,
            counts.Calibration,
            counts.CoefficientOfDiscrimination,
            counts.ExampleCount,
            counts.MeanLabel,
            counts.MeanPrediction,
            counts.RelativeCoefficientOfDiscrimination,
            counts.SquaredPearsonCorrelation,
            counts.WeightedExampleCount,
            cross_entropy.BinaryCrossEntropy,
            cross_entropy.CategoricalCrossEntropy,
            cross_entropy.SparseCategoricalCrossEntropy,
            curves.AUC,
            curves.AUCPrecisionRecall,
            curves.MaxRecall,
            curves.PrecisionAtRecall,
            curves.RecallAtFalsePositiveRate,
            curves.RecallAtPrecision,
            curves.SensitivityAtSpecificity,
            curves.SpecificityAtSensitivity,
            curves.ThresholdAtRecall,
            multi_class.MultiClassConfusionMatrixAtThresholds,
            multi_class.MultiClassConfusionMatrixPlot,
            plots.CalibrationPlot,
            plots.ConfusionMatrixPlot,
            rates.ConfusionMatrixAtThresholds,
            regression.MeanAbsoluteError,
            regression.MeanAbsolutePercentageError,
            regression.MeanSquaredError,
            regression.MeanSquaredLogarithmicError,
            regression.RootMeanSquaredError,
        )
    },
}
"""Every metric that can be computed, by class name."""

NOT_SUPPORTED: dict[str, str] = {
    **dict.fromkeys(
        (
            "MeanAttributions",
            "MeanAbsoluteAttributions",
            "TotalAttributions",
            "TotalAbsoluteAttributions",
        ),
        "attributions need a model that returns them",
    ),
    **dict.fromkeys(("Bleu", "Rouge"), "text generation metrics"),
    **dict.fromkeys(
        (
            "BooleanFlipRates",
            "SymmetricFlipRate",
            "NegToNegFlipRate",
            "NegToPosFlipRate",
            "PosToNegFlipRate",
            "PosToPosFlipRate",
            "SymmetricPredictionDifference",
            "ModelCosineSimilarity",
        ),
        "comparing two models row by row; change thresholds and is_diff metrics compare their figures",
    ),
    **dict.fromkeys(("MinLabelPosition", "NDCG", "QueryStatistics"), "ranking metrics, which group rows by query_key"),
    **dict.fromkeys(
        (
            "ObjectDetectionPrecisionAtRecall",
            "ObjectDetectionRecall",
            "ObjectDetectionPrecision",
            "ObjectDetectionMaxRecall",
            "ObjectDetectionThresholdAtRecall",
            "ObjectDetectionConfusionMatrixPlot",
            "COCOAveragePrecision",
            "COCOMeanAveragePrecision",
            "COCOAverageRecall",
            "COCOMeanAverageRecall",
        ),
        "object detection metrics",
    ),
    **dict.fromkeys(
        (
            "SemanticSegmentationConfusionMatrix",
            "SemanticSegmentationTruePositive",
            "SemanticSegmentationFalsePositive",
        ),
        "segmentation metrics",
    ),
    **dict.fromkeys(("SetMatchPrecision", "SetMatchRecall"), "set metrics"),
    **dict.fromkeys(
        ("FalsePositiveFeatureSampler", "FalseNegativeFeatureSampler", "FixedSizeSample"), "samples of examples"
    ),
    "Mean": "means of features; data_validation computes them",
    "MultiLabelConfusionMatrixPlot": "pairs of labels; binarize.class_ids gives a matrix for each class",
    "ScoreDistributionPlot": "the distribution of scores; CalibrationPlot holds it, by bucket",
}
"""Names that the TFX family registers and gristmill does not compute, with what they are about."""


def registered_metrics() -> list[str]:
    """The class names that can be used in a MetricConfig, sorted."""
    return sorted(METRICS)


def metric_from_config(config: MetricConfig, where: str = "eval_config.metrics_specs") -> Metric:
    """Build the metric that a message describes.

    Args:
        config: class name, module and JSON parameters.
        where: what to call the place in errors.

    Raises:
        ConfigError: the class or one of its parameters does not exist, or the JSON is malformed.
        NotSupportedError: a metric of the family that gristmill does not compute.
    """
    try:
        return _from_config(config, where)
    except ConfigError as error:
        error.place = error.place or Place(uri=f"{where}, {config.class_name}")
        raise


def _from_config(config: MetricConfig, where: str) -> Metric:
    parameters = parse_parameters(config, where)
    name = keras_names.OUR_NAME.get(config.class_name, config.class_name)
    if name in METRICS and keras_names.is_computed_here(name, parameters):
        return _build(METRICS[name], keras_names.without_keras_defaults(name, parameters), config, where)
    if name in keras_names.KERAS_ONLY or keras_names.from_user_module(config.module) or name in METRICS:
        from gristmill.model_analysis.models.keras_metrics import keras_metric

        return keras_metric(config.class_name, config.module, parameters)
    if name in NOT_SUPPORTED:
        raise NotSupportedError(
            f"the metric {name} is not computed by gristmill ({NOT_SUPPORTED[name]})",
            place=Place(uri=where),
            hint=f"these are: {', '.join(registered_metrics())}",
        )
    raise _unknown(config.class_name, where)


def parse_parameters(config: MetricConfig, where: str) -> dict[str, Any]:
    """The parameters of a MetricConfig; the outer braces of its JSON may be left out."""
    text = config.config.strip()
    if not text:
        return {}
    try:
        parameters: dict[str, Any] = json.loads(text if text.startswith("{") else "{" + text + "}")
    except json.JSONDecodeError as error:
        raise ConfigError(
            f"the config of the metric {config.class_name} must be a JSON object: {error}",
            place=Place(uri=f"{where}.config"),
            value=config.config,
            hint="""for example config: '"thresholds": [0.5]'""",
        ) from error
    return parameters


def _build(metric: type[Metric], parameters: dict[str, Any], config: MetricConfig, where: str) -> Metric:
    known = metric.parameters()
    for name in parameters:
        if name not in known:
            raise ConfigError(
                f"the metric {config.class_name} has no parameter {name!r}",
                place=Place(uri=f"{where}.config"),
                value=parameters[name],
                hint=_closest(name, known) or f"its parameters are: {', '.join(known)}",
            )
    try:
        return metric(**parameters)
    except TypeError as error:
        raise ConfigError(
            f"the parameters of the metric {config.class_name} do not fit: {error}",
            place=Place(uri=f"{where}.config"),
            value=parameters,
            hint=f"its parameters are: {', '.join(known)}",
        ) from error


def _unknown(name: str, where: str) -> ConfigError:
    names = [*METRICS, *keras_names.KERAS_ONLY, *keras_names.OUR_NAME, *NOT_SUPPORTED]
    return ConfigError(
        f"there is no metric {name!r}",
        place=Place(uri=f"{where}.class_name"),
        hint=_closest(name, names) or f"the metrics are: {', '.join(registered_metrics())}",
    )


def _closest(name: str, names: list[str]) -> str:
    by_lower = {known.lower(): known for known in names}
    close = difflib.get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.6)
    return f"did you mean {by_lower[close[0]]!r}?" if close else ""
