"""Thresholds on values with what they were held against: how many slices, how many failed, and the closest value."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gristmill.display.numbers import number
from gristmill.model_analysis.metrics.keys import MetricKey
from gristmill.model_analysis.metrics.registry import metric_from_config
from gristmill.model_analysis.results.eval_result import EvalResult
from gristmill.model_analysis.results.slice_messages import slice_key_of
from gristmill.model_analysis.slicer.slice_key import SliceKeyOrCrossSliceKeyType, is_cross_slice_key
from gristmill.model_analysis.view.sliced_figures import Figure, SlicedFigures, measure_label, sliced_figures
from gristmill.proto.model_analysis_config_pb2 import (
    EvalConfig,
    GenericValueThreshold,
    MetricDirection,
    MetricThreshold,
)
from gristmill.proto.validation_result_pb2 import ValidationResult

__all__ = ["HeldThreshold", "held_thresholds", "threshold_text"]


@dataclass(frozen=True)
class HeldThreshold:
    """A threshold on the value of a metric, for every slice.

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


def held_thresholds(validation: ValidationResult, result: EvalResult) -> Iterator[HeldThreshold]:
    """The thresholds on values that the configuration has for every slice, each measure that they are about once."""
    figures = sliced_figures(result)
    failed = _failed(validation)
    for name, threshold in _value_thresholds(result.config):
        for measure in figures.measures:
            if measure.name == name:
                yield _held(measure, threshold, figures, failed)


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


def _value_thresholds(config: EvalConfig) -> Iterator[tuple[str, GenericValueThreshold]]:
    for spec in config.metrics_specs:
        for metric in spec.metrics:
            if metric.threshold.HasField("value_threshold"):
                name = metric_from_config(metric, "eval_config.metrics_specs").name
                yield name, metric.threshold.value_threshold
        for name, threshold in spec.thresholds.items():
            if threshold.HasField("value_threshold"):
                yield name, threshold.value_threshold


def _failed(validation: ValidationResult) -> Mapping[MetricKey, int]:
    """By measure: on how many slices a threshold on its value failed."""
    counts: dict[MetricKey, int] = {}
    for record in validation.metric_validations_per_slice:
        if is_cross_slice_key(slice_key_of(record)):
            continue
        for failure in record.failures:
            key = replace(MetricKey.from_proto(failure.metric_key), model_name="")
            if failure.metric_threshold.HasField("value_threshold") and not key.is_diff:
                counts[key] = counts.get(key, 0) + 1
    return counts


def _held(
    measure: MetricKey, threshold: GenericValueThreshold, figures: SlicedFigures, failed: Mapping[MetricKey, int]
) -> HeldThreshold:
    key = replace(measure, model_name=figures.models[0])
    found = [(each.key, each.figures[key]) for each in figures.slices if key in each.figures]
    singles = [(slice_key, figure) for slice_key, figure in found if not is_cross_slice_key(slice_key)]
    where, closest = min(singles, key=lambda item: _room(item[1], threshold), default=(None, None))
    return HeldThreshold(
        metric=measure_label(measure, figures.measures),
        threshold=threshold_text(MetricThreshold(value_threshold=threshold)),
        slices=len(singles),
        failed=failed.get(measure, 0),
        closest=closest,
        where=where,
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
