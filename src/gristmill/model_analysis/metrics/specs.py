"""Builds MetricsSpecs from metric objects, and the usual sets of metrics for a kind of problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gristmill.model_analysis.metrics.accuracy import SparseCategoricalAccuracy
from gristmill.model_analysis.metrics.binary_accuracy import BinaryAccuracy
from gristmill.model_analysis.metrics.counts import (
    Calibration,
    ExampleCount,
    MeanLabel,
    MeanPrediction,
    WeightedExampleCount,
)
from gristmill.model_analysis.metrics.cross_entropy import BinaryCrossEntropy, SparseCategoricalCrossEntropy
from gristmill.model_analysis.metrics.curves import AUC, AUCPrecisionRecall
from gristmill.model_analysis.metrics.metric import Metric
from gristmill.model_analysis.metrics.multi_class import MultiClassConfusionMatrixPlot
from gristmill.model_analysis.metrics.plots import CalibrationPlot, ConfusionMatrixPlot
from gristmill.model_analysis.metrics.rates import RATES
from gristmill.model_analysis.metrics.regression import MeanSquaredError
from gristmill.proto.model_analysis_config_pb2 import AggregationOptions, BinarizationOptions, MetricsSpec

__all__ = [
    "default_binary_classification_specs",
    "default_multi_class_classification_specs",
    "default_regression_specs",
    "specs_from_metrics",
]

_Metrics = Sequence[Metric] | Mapping[str, Sequence[Metric]]


def specs_from_metrics(
    metrics: _Metrics | None = None,
    unweighted_metrics: _Metrics | None = None,
    model_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    output_weights: Mapping[str, float] | None = None,
    binarize: BinarizationOptions | None = None,
    aggregate: AggregationOptions | None = None,
    query_key: str | None = None,
    include_example_count: bool | None = None,
    include_weighted_example_count: bool | None = None,
) -> list[MetricsSpec]:
    """The specs that compute ``metrics``.

    Args:
        metrics: metric objects, or those of each output by its name.
        unweighted_metrics: computed without example weights.
        model_names: models; all where None.
        output_names: outputs, where ``metrics`` is no mapping.
        output_weights: weights of an average over outputs.
        binarize: classes to look at one by one.
        aggregate: how to join classes.
        query_key: passed on.
        include_example_count: add the unweighted ExampleCount, in a spec of its own (default True).
        include_weighted_example_count: add WeightedExampleCount there (default True).
    """
    if isinstance(metrics, Mapping) or isinstance(unweighted_metrics, Mapping):
        return _by_output(
            metrics,
            unweighted_metrics,
            model_names=model_names,
            output_weights=output_weights,
            binarize=binarize,
            aggregate=aggregate,
            query_key=query_key,
            include_example_count=include_example_count,
            include_weighted_example_count=include_weighted_example_count,
        )
    base = MetricsSpec(
        model_names=model_names or [],
        output_names=output_names or [],
        output_weights=dict(output_weights or {}),
        binarize=binarize,
        aggregate=aggregate,
        query_key=query_key or "",
    )
    specs = []
    for chosen, unweighted in ((metrics, False), (unweighted_metrics, True)):
        if chosen:
            spec = MetricsSpec()
            spec.CopyFrom(base)
            spec.metrics.extend(metric.to_config() for metric in chosen)
            spec.example_weights.unweighted = unweighted
            specs.append(_without_empty(spec))
    counts = _count_specs(base, include_example_count, include_weighted_example_count)
    return [*counts, *specs]


def _by_output(
    metrics: _Metrics | None,
    unweighted: _Metrics | None,
    *,
    model_names: Sequence[str] | None,
    output_weights: Mapping[str, float] | None,
    binarize: BinarizationOptions | None,
    aggregate: AggregationOptions | None,
    query_key: str | None,
    include_example_count: bool | None,
    include_weighted_example_count: bool | None,
) -> list[MetricsSpec]:
    weighted_of = metrics if isinstance(metrics, Mapping) else {}
    unweighted_of = unweighted if isinstance(unweighted, Mapping) else {}
    specs = []
    for output in sorted({*weighted_of, *unweighted_of}):
        specs += specs_from_metrics(
            weighted_of.get(output),
            unweighted_of.get(output),
            model_names,
            [output],
            output_weights,
            binarize,
            aggregate,
            query_key,
            include_example_count,
            include_weighted_example_count,
        )
    return specs


def _count_specs(base: MetricsSpec, count: bool | None, weighted_count: bool | None) -> list[MetricsSpec]:
    specs = []
    if count is not False:
        spec = MetricsSpec(model_names=base.model_names, output_names=base.output_names)
        spec.metrics.append(ExampleCount().to_config())
        spec.example_weights.unweighted = True
        specs.append(spec)
    if weighted_count is not False:
        spec = MetricsSpec(model_names=base.model_names, output_names=base.output_names)
        spec.metrics.append(WeightedExampleCount().to_config())
        specs.append(spec)
    return specs


def _without_empty(spec: MetricsSpec) -> MetricsSpec:
    if not spec.example_weights.unweighted:
        spec.ClearField("example_weights")
    return spec


def default_regression_specs(
    model_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    output_weights: Mapping[str, float] | None = None,
    min_value: float | None = None,
    max_value: float | None = None,
) -> list[MetricsSpec]:
    """Mean squared error, mean label and prediction, calibration; the calibration plot where the range is told."""
    metrics: list[Metric] = [MeanSquaredError(name="mse"), MeanLabel(), MeanPrediction(), Calibration()]
    if min_value is not None and max_value is not None:
        metrics.append(CalibrationPlot(left=min_value, right=max_value))
    return specs_from_metrics(
        metrics, model_names=model_names, output_names=output_names, output_weights=output_weights
    )


def default_binary_classification_specs(
    model_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    output_weights: Mapping[str, float] | None = None,
    binarize: BinarizationOptions | None = None,
    aggregate: AggregationOptions | None = None,
    include_loss: bool = True,
) -> list[MetricsSpec]:
    """Accuracy, AUC, AUC-PR, precision, recall, means, calibration, both plots, and the loss."""
    return specs_from_metrics(
        _binary_metrics(include_loss),
        model_names=model_names,
        output_names=output_names,
        output_weights=output_weights,
        binarize=binarize,
        aggregate=aggregate,
    )


def default_multi_class_classification_specs(
    model_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    output_weights: Mapping[str, float] | None = None,
    binarize: BinarizationOptions | None = None,
    aggregate: AggregationOptions | None = None,
    sparse: bool = True,
) -> list[MetricsSpec]:
    """Loss, accuracy and the class matrix; the binary metrics, micro-averaged where nothing else is told."""
    whole: list[Metric] = [MultiClassConfusionMatrixPlot()]
    if sparse:
        whole += [SparseCategoricalCrossEntropy(name="loss"), SparseCategoricalAccuracy(name="accuracy")]
    specs = specs_from_metrics(whole, model_names=model_names, output_names=output_names, output_weights=output_weights)
    return specs + specs_from_metrics(
        _binary_metrics(include_loss=False),
        model_names=model_names,
        output_names=output_names,
        output_weights=output_weights,
        binarize=binarize,
        aggregate=aggregate or AggregationOptions(micro_average=True),
        include_example_count=False,
        include_weighted_example_count=False,
    )


def _binary_metrics(include_loss: bool) -> list[Metric]:
    metrics: list[Metric] = [
        BinaryAccuracy(),
        AUC(),
        AUCPrecisionRecall(),
        RATES["Precision"](),
        RATES["Recall"](),
        MeanLabel(),
        MeanPrediction(),
        Calibration(),
        ConfusionMatrixPlot(),
        CalibrationPlot(),
    ]
    return [*metrics, BinaryCrossEntropy(name="loss")] if include_loss else metrics
