"""The values of an evaluation: read from the figures of each slice, then compared between models and slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
from google.protobuf.message import Message

from gristmill.model_analysis.accumulator import SliceFigures
from gristmill.model_analysis.metrics.confusion import ConfusionMatrices
from gristmill.model_analysis.metrics.keys import MetricKey, PlotKey
from gristmill.model_analysis.metrics.multi_class import MultiClassMatrices
from gristmill.model_analysis.metrics.plan import Plan
from gristmill.model_analysis.slicer.slice_key import SliceKeyOrCrossSliceKeyType, SliceKeyType
from gristmill.model_analysis.slicer.slice_spec import SingleSliceSpec, slice_specs
from gristmill.proto.model_analysis_config_pb2 import CrossSlicingSpec

__all__ = ["ERROR_METRIC", "Figures", "SliceValues", "add_cross_slices", "difference", "slice_values"]

ERROR_METRIC = "__ERROR__"
"""Name of the entry that says in words why a slice has no values."""


@dataclass
class SliceValues:
    """The values of one slice (or pair of slices).

    Attributes:
        rows: number of examples, unweighted; 0 for a pair.
        metrics: float, numpy array, ConfusionMatrices, MultiClassMatrices or str (an error) by key.
        plots: messages by key.
    """

    rows: int = 0
    metrics: dict[MetricKey, Any] = field(default_factory=dict)
    plots: dict[PlotKey, Message] = field(default_factory=dict)


Figures = dict[SliceKeyOrCrossSliceKeyType, SliceValues]


def slice_values(
    plan: Plan, figures: Sequence[SliceFigures], *, baseline: str | None, min_slice_size: int = 1
) -> Figures:
    """The metrics and plots of every slice, with differences to the baseline model.

    Args:
        plan: how to read values from results.
        figures: the results of each slice.
        baseline: name of the baseline model; None where there is none.
        min_slice_size: slices with fewer examples get one entry that says so; the overall slice never does.
    """
    found: Figures = {}
    for item in figures:
        if item.key and item.rows < min_slice_size:
            text = f"the slice has {item.rows} examples, fewer than min_slice_size = {min_slice_size}"
            found[item.key] = SliceValues(item.rows, {MetricKey(ERROR_METRIC): text})
            continue
        metrics = {key: plan.value(bound, item.results) for key, bound in plan.metrics.items()}
        if baseline is not None:
            metrics.update(_differences(metrics, baseline))
        plots = {key: plan.value(bound, item.results) for key, bound in plan.plots.items()}
        found[item.key] = SliceValues(item.rows, metrics, plots)
    return found


def difference(a: Any, b: Any) -> Any:
    """``a - b`` for values of metrics; None where they cannot be subtracted."""
    if isinstance(a, ConfusionMatrices | MultiClassMatrices):
        return a.minus(b) if type(a) is type(b) else None  # type: ignore[arg-type]
    if isinstance(a, int | float) and isinstance(b, int | float):
        return a - b
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.shape == b.shape and a.dtype.kind in "biuf":
        return a - b
    return None


def add_cross_slices(figures: Figures, specs: Sequence[CrossSlicingSpec]) -> None:
    """Add each pair's metrics: those of the baseline slice minus those of the other."""
    singles = cast(dict[SliceKeyType, SliceValues], dict(figures))  # no pairs are there yet
    for spec in specs:
        baseline_spec = SingleSliceSpec(spec=spec.baseline_spec)
        others = slice_specs(spec.slicing_specs) if spec.slicing_specs else None
        for baseline in [key for key in singles if baseline_spec.is_slice_applicable(key)]:
            for key in singles:
                if key != baseline and (others is None or any(other.is_slice_applicable(key) for other in others)):
                    figures[baseline, key] = SliceValues(
                        metrics=_pair_metrics(singles[baseline].metrics, singles[key].metrics)
                    )


def _pair_metrics(baseline: Mapping[MetricKey, Any], other: Mapping[MetricKey, Any]) -> dict[MetricKey, Any]:
    pairs = {key: difference(value, other[key]) for key, value in baseline.items() if key in other}
    return {key: value for key, value in pairs.items() if value is not None}


def _differences(metrics: Mapping[MetricKey, Any], baseline: str) -> dict[MetricKey, Any]:
    found = {}
    for key, value in metrics.items():
        other = metrics.get(replace(key, model_name=baseline))
        if key.model_name == baseline or other is None:
            continue
        change = difference(value, other)
        if change is not None:
            found[replace(key, is_diff=True)] = change
    return found
