"""Thresholds on values with what they were held against: how many slices, how many failed, and the closest value."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

from gristmill.display.numbers import number
from gristmill.model_analysis.metrics.keys import MetricKey
from gristmill.model_analysis.metrics.registry import metric_from_config
from gristmill.model_analysis.results.eval_result import EvalResult
from gristmill.model_analysis.results.slice_messages import slice_key_of
from gristmill.model_analysis.slicer.slice_key import SliceKeyOrCrossSliceKeyType, SliceKeyType, is_cross_slice_key
from gristmill.model_analysis.slicer.slice_spec import SingleSliceSpec, slice_specs
from gristmill.model_analysis.view.sliced_figures import Figure, SlicedFigures, measure_label, sliced_figures
from gristmill.proto.model_analysis_config_pb2 import (
    EvalConfig,
    GenericValueThreshold,
    MetricDirection,
    MetricThreshold,
    PerSliceMetricThreshold,
)
from gristmill.proto.validation_result_pb2 import ValidationResult

__all__ = ["HeldThreshold", "held_thresholds", "threshold_text"]


@dataclass(frozen=True)
class HeldThreshold:
    """A threshold on the value of a metric, for every slice or for some.

    Attributes:
        metric: what the metric is called.
        threshold: what must hold.
        slices: on how many slices the metric has a value.
        failed: on how many of them the threshold does not hold.
        closest: the value with the least room to the threshold, or furthest beyond it.
        where: the slice that has it.
    """

    metric: str
    threshold: str
    slices: int
    failed: int
    closest: Figure | None
    where: SliceKeyOrCrossSliceKeyType | None


@dataclass(frozen=True)
class _Asked:
    """What the configuration asks of a metric's value, on the slices that its specs meet, or on all."""

    metric: str
    bounds: GenericValueThreshold
    specs: Sequence[SingleSliceSpec] = ()

    def concerns(self, slice_key: SliceKeyOrCrossSliceKeyType) -> bool:
        """Whether the slice is one of them; differences between slices are not."""
        if is_cross_slice_key(slice_key):
            return False
        return not self.specs or any(spec.is_slice_applicable(cast(SliceKeyType, slice_key)) for spec in self.specs)


def held_thresholds(validation: ValidationResult, result: EvalResult) -> Iterator[HeldThreshold]:
    """The thresholds on values that the configuration has, each measure that they are about once."""
    figures = sliced_figures(result)
    for asked in _value_thresholds(result.config):
        for measure in figures.measures:
            if measure.name == asked.metric:
                yield _held(measure, asked, figures, validation)


def threshold_text(threshold: MetricThreshold) -> str:
    """What a threshold asks: ``≥ 0.5 and change ≥ 0``."""
    parts = []
    if threshold.HasField("value_threshold"):
        bounds = threshold.value_threshold
        if bounds.HasField("lower_bound"):
            parts.append(f"≥ {number(bounds.lower_bound.value)}")
        if bounds.HasField("upper_bound"):
            parts.append(f"≤ {number(bounds.upper_bound.value)}")
    if threshold.HasField("change_threshold"):
        change = threshold.change_threshold
        sign = "≤" if change.direction == MetricDirection.LOWER_IS_BETTER else "≥"
        if change.HasField("absolute"):
            parts.append(f"change {sign} {number(change.absolute.value)}")
        if change.HasField("relative"):
            parts.append(f"relative change {sign} {number(change.relative.value)}")
    return " and ".join(parts)


def _value_thresholds(config: EvalConfig) -> Iterator[_Asked]:
    for spec in config.metrics_specs:
        for metric in spec.metrics:
            if metric.HasField("threshold") or metric.per_slice_thresholds:
                name = metric_from_config(metric, "eval_config.metrics_specs").name
                yield from _asked(name, metric.threshold, metric.per_slice_thresholds)
        for name, threshold in spec.thresholds.items():
            yield from _asked(name, threshold, ())
        for name, thresholds in spec.per_slice_thresholds.items():
            yield from _asked(name, MetricThreshold(), thresholds.thresholds)


def _asked(name: str, threshold: MetricThreshold, per_slice: Iterable[PerSliceMetricThreshold]) -> Iterator[_Asked]:
    if threshold.HasField("value_threshold"):
        yield _Asked(name, threshold.value_threshold)
    for each in per_slice:
        if each.threshold.HasField("value_threshold"):
            yield _Asked(name, each.threshold.value_threshold, slice_specs(each.slicing_specs))


def _held(measure: MetricKey, asked: _Asked, figures: SlicedFigures, validation: ValidationResult) -> HeldThreshold:
    key = replace(measure, model_name=figures.models[0])
    found = [
        (each.key, each.figures[key]) for each in figures.slices if key in each.figures and asked.concerns(each.key)
    ]
    where, closest = min(found, key=lambda item: _room(item[1], asked.bounds), default=(None, None))
    return HeldThreshold(
        metric=measure_label(measure, figures.measures),
        threshold=threshold_text(MetricThreshold(value_threshold=asked.bounds)),
        slices=len(found),
        failed=_failed(measure, asked, validation),
        closest=closest,
        where=where,
    )


def _failed(measure: MetricKey, asked: _Asked, validation: ValidationResult) -> int:
    """On how many slices the threshold failed."""
    return sum(
        failure.metric_threshold.value_threshold == asked.bounds
        for record in validation.metric_validations_per_slice
        if asked.concerns(slice_key_of(record))
        for failure in record.failures
        if failure.metric_threshold.HasField("value_threshold")
        and replace(MetricKey.from_proto(failure.metric_key), model_name="") == measure
    )


def _room(figure: Figure, threshold: GenericValueThreshold) -> float:
    """How far a value is inside its bounds; negative outside, and lowest for what is no number."""
    value = figure.number
    if value is None or math.isnan(value):
        return -math.inf
    rooms: Sequence[float] = [
        *([value - threshold.lower_bound.value] if threshold.HasField("lower_bound") else []),
        *([threshold.upper_bound.value - value] if threshold.HasField("upper_bound") else []),
    ]
    return min(rooms, default=math.inf)
