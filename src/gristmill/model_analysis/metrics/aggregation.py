"""Averages of one metric over classes or outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gristmill.errors import ConfigError
from gristmill.model_analysis.metrics.computation import SumComputation
from gristmill.model_analysis.metrics.inputs import BatchInputs, View
from gristmill.model_analysis.metrics.keys import MetricKey, SubKey
from gristmill.model_analysis.metrics.metric import BoundMetric, Metric, Target
from gristmill.model_analysis.slicer.groups import FloatArray, Groups

__all__ = ["average_over_classes", "average_over_outputs"]


@dataclass(frozen=True)
class LabelPrevalence(SumComputation):
    """Sum of example weights of the rows of each class."""

    view: View
    classes: tuple[int, ...]

    def summarize(self, inputs: BatchInputs, groups: Groups) -> FloatArray:
        """See the base class."""
        labels, _ = self.view.columns(inputs).numeric()
        weights = self.view.weights(inputs)
        if labels.ndim == 2:
            return groups.sums([weights * labels[:, number] for number in self.classes])
        return groups.sums([weights * (labels == number) for number in self.classes])


def average_over_classes(
    metric: Metric, target: Target, class_weights: Mapping[int, float], by_prevalence: bool
) -> list[BoundMetric]:
    """The mean of a metric's values for single classes.

    Args:
        metric: has values per class.
        target: the key of the mean.
        class_weights: class -> weight.
        by_prevalence: multiply the weights with the share of rows that have the class as label.
    """
    classes = tuple(sorted(class_weights))
    weights = np.array([class_weights[number] for number in classes])
    single = replace(target, aggregation_type=None)
    children = [_metrics(metric, single.with_sub_key(SubKey(class_id=number))) for number in classes]
    prevalence = (LabelPrevalence(replace(target.view, sub_key=None), classes),) if by_prevalence else ()
    return [
        _mean(target.key(siblings[0].key.name), siblings, weights, prevalence)
        for siblings in zip(*children, strict=True)
    ]


def average_over_outputs(children: Sequence[BoundMetric], output_weights: Mapping[str, float]) -> list[BoundMetric]:
    """The weighted means over outputs of metrics whose keys differ in nothing else."""
    by_key: dict[MetricKey, list[BoundMetric]] = {}
    for child in children:
        by_key.setdefault(replace(child.key, output_name=""), []).append(child)
    return [
        _mean(key, siblings, np.array([output_weights.get(child.key.output_name, 0.0) for child in siblings]))
        for key, siblings in by_key.items()
    ]


def _metrics(metric: Metric, target: Target) -> list[BoundMetric]:
    return [bound for bound in metric.bind(target) if isinstance(bound, BoundMetric)]


def _mean(
    key: MetricKey,
    children: Sequence[BoundMetric],
    weights: FloatArray,
    prevalence: tuple[SumComputation, ...] = (),
) -> BoundMetric:
    if not weights.sum() > 0:
        raise ConfigError(
            f"the weights of the average of {key.name} must have a positive sum",
            value=weights.tolist(),
            hint="give a class a positive weight in aggregate.class_weights, or an output of output_names one in "
            "output_weights",
        )
    needs = tuple(need for child in children for need in child.needs)

    def value(*results: Any) -> Any:
        factors = weights
        if prevalence:
            factors, results = weights * results[-1], results[:-1]
        parts, at = [], 0
        for child in children:
            parts.append(child.value(*results[at : at + len(child.needs)]))
            at += len(child.needs)
        return _weighted_mean(key, parts, factors)

    return BoundMetric(key, needs + prevalence, value)


def _weighted_mean(key: MetricKey, parts: Sequence[Any], factors: FloatArray) -> Any:
    if not all(isinstance(part, int | float | np.ndarray) for part in parts):
        raise ConfigError(f"{key.name} has no average: its values are no numbers", hint="leave out aggregate for it")
    total = factors.sum()
    if not total:
        return float("nan")
    mean = sum(factor * part for factor, part in zip(factors, parts, strict=True)) / total
    return mean if isinstance(mean, np.ndarray) else float(mean)
