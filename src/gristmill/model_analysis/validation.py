"""Holds metrics against their thresholds and writes down the verdict.

A threshold on a metric holds for every slice that was found; one with slicing specs for the slices they name; one with
cross-slicing specs for pairs. A metric that is missing or NaN fails. A named slice that was never seen fails.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from gristmill.model_analysis.figures import ERROR_METRIC, Figures, SliceValues
from gristmill.model_analysis.metrics.keys import MetricKey
from gristmill.model_analysis.metrics.plan import PlannedThreshold
from gristmill.model_analysis.results.metric_values import metric_value
from gristmill.model_analysis.results.slice_messages import set_slice_key
from gristmill.model_analysis.slicer.slice_key import (
    SliceKeyOrCrossSliceKeyType,
    is_cross_slice_key,
)
from gristmill.model_analysis.slicer.slice_spec import SingleSliceSpec, slice_specs
from gristmill.proto.model_analysis_config_pb2 import (
    CrossSlicingSpec,
    GenericChangeThreshold,
    GenericValueThreshold,
    MetricDirection,
    MetricThreshold,
    SlicingSpec,
)
from gristmill.proto.validation_result_pb2 import ValidationFailure, ValidationResult

__all__ = ["validate_metrics"]

_NEGLIGIBLE = 1e-12
"""A baseline closer to 0 than this has no meaningful relative change."""


def validate_metrics(
    figures: Figures,
    thresholds: Sequence[PlannedThreshold],
    *,
    rubber_stamp: bool = False,
    baseline: str | None = None,
) -> ValidationResult:
    """The verdict.

    Args:
        figures: the values of every slice.
        thresholds: what must hold; without any, the result is ``rubber_stamp``.
        rubber_stamp: accept a model without thresholds, and pass over change thresholds without a baseline.
        baseline: name of the baseline model; None where there is none.
    """
    result = ValidationResult(validation_ok=True, rubber_stamp=rubber_stamp)
    if not thresholds:
        result.validation_ok = rubber_stamp and bool(figures)
        result.missing_thresholds = not rubber_stamp
        return result
    if not any(values.metrics for values in figures.values()):
        result.validation_ok = False
    for slice_key, values in figures.items():
        failures = list(_failures(slice_key, values, thresholds, baseline))
        if failures:
            result.validation_ok = False
            record = result.metric_validations_per_slice.add(failures=failures)
            set_slice_key(record, slice_key)
    _add_coverage(result, figures, thresholds)
    return result


def _failures(
    slice_key: SliceKeyOrCrossSliceKeyType,
    values: SliceValues,
    thresholds: Sequence[PlannedThreshold],
    baseline: str | None,
) -> Iterator[ValidationFailure]:
    if any(key.name == ERROR_METRIC for key in values.metrics):
        return  # too few examples: nothing is known that could fail
    seen: set[tuple[MetricKey, bytes]] = set()
    for planned in thresholds:
        if not _applies(planned, slice_key):
            continue
        for failure in _check(planned.key, planned.threshold, values, baseline):
            mark = (planned.key, failure.metric_threshold.SerializeToString(deterministic=True))
            if mark not in seen:
                seen.add(mark)
                yield failure


def _applies(planned: PlannedThreshold, slice_key: SliceKeyOrCrossSliceKeyType) -> bool:
    if is_cross_slice_key(slice_key):
        return any(_matches_pair(spec, slice_key) for spec in planned.cross_slices or ())
    if planned.cross_slices is not None:
        return False
    if planned.slices is None:
        return True
    return any(SingleSliceSpec(spec=spec).is_slice_applicable(slice_key) for spec in planned.slices)  # type: ignore[arg-type]


def _matches_pair(spec: CrossSlicingSpec, pair: Any) -> bool:
    baseline, other = pair
    if not SingleSliceSpec(spec=spec.baseline_spec).is_slice_applicable(baseline):
        return False
    return not spec.slicing_specs or any(
        single.is_slice_applicable(other) for single in slice_specs(spec.slicing_specs)
    )


def _check(
    key: MetricKey, threshold: MetricThreshold, values: SliceValues, baseline: str | None
) -> Iterator[ValidationFailure]:
    value = values.metrics.get(key)
    if value is None:
        yield _failure(key, threshold, None, "Metric not found.")
        return
    if threshold.HasField("value_threshold"):
        held = MetricThreshold(value_threshold=threshold.value_threshold)
        message = _value_message(value, threshold.value_threshold)
        if message is not None:
            yield _failure(key, held, value, message)
    if threshold.HasField("change_threshold"):
        held = MetricThreshold(change_threshold=threshold.change_threshold)
        yield from _check_change(key, held, values, value, baseline)


def _check_change(
    key: MetricKey, threshold: MetricThreshold, values: SliceValues, value: Any, baseline: str | None
) -> Iterator[ValidationFailure]:
    if baseline is None:
        return  # the defaults remove change thresholds where there is no baseline and that is allowed
    change_key = replace(key, is_diff=True)
    change = values.metrics.get(change_key)
    before = values.metrics.get(replace(key, model_name=baseline))
    if change is None or before is None:
        yield _failure(change_key, threshold, None, "Metric not found.")
        return
    message = _change_message(change, before, threshold.change_threshold)
    if message is not None:
        yield _failure(change_key, threshold, change, message)


def _value_message(value: Any, threshold: GenericValueThreshold) -> str | None:
    """What is wrong with a value; None where it passes."""
    number = _number(value)
    if number is None:
        return "only single numbers can be held against a threshold"
    if math.isnan(number):
        return "the value is NaN"
    if threshold.HasField("lower_bound") and number < threshold.lower_bound.value:
        return f"{number:.6g} is below the lower bound {threshold.lower_bound.value:.6g}"
    if threshold.HasField("upper_bound") and number > threshold.upper_bound.value:
        return f"{number:.6g} is above the upper bound {threshold.upper_bound.value:.6g}"
    return None


def _change_message(change: Any, before: Any, threshold: GenericChangeThreshold) -> str | None:
    difference, baseline = _number(change), _number(before)
    if difference is None or baseline is None:
        return "only single numbers can be held against a threshold"
    if threshold.direction not in (MetricDirection.LOWER_IS_BETTER, MetricDirection.HIGHER_IS_BETTER):
        return "the change threshold has no direction: LOWER_IS_BETTER or HIGHER_IS_BETTER"
    relative = difference / baseline if abs(baseline) > _NEGLIGIBLE else math.nan
    for limit, amount in (("absolute", difference), ("relative", relative)):
        if not threshold.HasField(limit):
            continue
        bound = getattr(threshold, limit).value
        if math.isnan(amount):
            return f"the {limit} change is NaN"
        if threshold.direction == MetricDirection.LOWER_IS_BETTER and amount > bound:
            return f"the {limit} change {amount:.6g} is above {bound:.6g}, and lower is better"
        if threshold.direction == MetricDirection.HIGHER_IS_BETTER and amount < bound:
            return f"the {limit} change {amount:.6g} is below {bound:.6g}, and higher is better"
    return None


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _failure(key: MetricKey, threshold: MetricThreshold, value: Any, message: str) -> ValidationFailure:
    failure = ValidationFailure(metric_key=key.to_proto(), metric_threshold=threshold, message=message)
    if value is not None:
        failure.metric_value.CopyFrom(metric_value(value))
    return failure


def _add_coverage(result: ValidationResult, figures: Figures, thresholds: Sequence[PlannedThreshold]) -> None:
    """Count the slices that each threshold's specs met; a spec that met none is missing."""
    singles = [key for key in figures if not is_cross_slice_key(key)]
    pairs = [key for key in figures if is_cross_slice_key(key)]
    for spec in _distinct([spec for planned in thresholds for spec in planned.slices or ()]):
        applicable = SingleSliceSpec(spec=spec)
        count = sum(applicable.is_slice_applicable(key) for key in singles)  # type: ignore[arg-type]
        result.validation_details.slicing_details.add(slicing_spec=spec, num_matching_slices=count)
        if not count:
            result.missing_slices.append(spec)
    for crossed in _distinct([spec for planned in thresholds for spec in planned.cross_slices or ()]):
        count = sum(_matches_pair(crossed, pair) for pair in pairs)
        result.validation_details.slicing_details.add(cross_slicing_spec=crossed, num_matching_slices=count)
        if not count:
            result.missing_cross_slices.append(crossed)
    if any(planned.slices is None and planned.cross_slices is None for planned in thresholds):
        result.validation_details.slicing_details.add(slicing_spec=SlicingSpec(), num_matching_slices=len(singles))
    if result.missing_slices or result.missing_cross_slices:
        result.validation_ok = False


def _distinct(specs: Sequence[Any]) -> list[Any]:
    return list({spec.SerializeToString(deterministic=True): spec for spec in specs}.values())
