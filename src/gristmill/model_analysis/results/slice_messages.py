"""Slices as the records of the metrics and plots files, and back."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import Message

from gristmill.model_analysis.figures import ERROR_METRIC, SliceValues
from gristmill.model_analysis.metrics.keys import PlotKey
from gristmill.model_analysis.results.metric_values import metric_value
from gristmill.model_analysis.slicer.slice_key import (
    SliceKeyOrCrossSliceKeyType,
    deserialize_slice_key,
    is_cross_slice_key,
    serialize_slice_key,
)
from gristmill.proto.metrics_for_slice_pb2 import (
    AttributionsForSlice,
    CalibrationHistogramBuckets,
    ConfusionMatrixAtThresholds,
    MetricsForSlice,
    PlotData,
    PlotsForSlice,
)
from gristmill.proto.validation_result_pb2 import MetricsValidationForSlice

__all__ = ["metrics_for_slice", "plots_for_slice", "set_slice_key", "slice_key_of"]


def set_slice_key(record: Any, key: SliceKeyOrCrossSliceKeyType) -> None:
    """Set the slice of a record that has ``slice_key`` and ``cross_slice_key``."""
    if is_cross_slice_key(key):
        baseline, comparison = key
        record.cross_slice_key.baseline_slice_key.CopyFrom(serialize_slice_key(baseline))  # type: ignore[arg-type]
        record.cross_slice_key.comparison_slice_key.CopyFrom(serialize_slice_key(comparison))  # type: ignore[arg-type]
    else:
        record.slice_key.CopyFrom(serialize_slice_key(key))  # type: ignore[arg-type]


def slice_key_of(
    record: MetricsForSlice | PlotsForSlice | AttributionsForSlice | MetricsValidationForSlice,
) -> SliceKeyOrCrossSliceKeyType:
    """The slice of a record."""
    if record.HasField("cross_slice_key"):
        pair = record.cross_slice_key
        return deserialize_slice_key(pair.baseline_slice_key), deserialize_slice_key(pair.comparison_slice_key)
    return deserialize_slice_key(record.slice_key)


def metrics_for_slice(key: SliceKeyOrCrossSliceKeyType, values: SliceValues) -> MetricsForSlice:
    """The record of a slice's metrics, sorted by key."""
    record = MetricsForSlice()
    set_slice_key(record, key)
    for metric_key in sorted(values.metrics, key=str):
        value = values.metrics[metric_key]
        entry = record.metric_keys_and_values.add(key=metric_key.to_proto())
        if metric_key.name == ERROR_METRIC:
            entry.value.debug_message = value
        else:
            entry.value.CopyFrom(metric_value(value))
    return record


def plots_for_slice(key: SliceKeyOrCrossSliceKeyType, values: SliceValues) -> PlotsForSlice:
    """The record of a slice's plots.

    Plots of one model, output and class are put together in one entry without a name, as the family's viewers expect;
    a second plot of the same kind keeps its name.
    """
    record = PlotsForSlice()
    set_slice_key(record, key)
    entries: dict[PlotKey, PlotData] = {}
    for plot_key in sorted(values.plots, key=str):
        plot = values.plots[plot_key]
        field = _field(plot)
        shared = PlotKey("", plot_key.model_name, plot_key.output_name, plot_key.sub_key, plot_key.example_weighted)
        data = entries.setdefault(shared, PlotData())
        if data.HasField(field):
            data = entries.setdefault(plot_key, PlotData())
        getattr(data, field).CopyFrom(plot)
    for entry_key, data in entries.items():
        record.plot_keys_and_values.add(key=entry_key.to_proto(), value=data)
    return record


def _field(plot: Message) -> str:
    if isinstance(plot, CalibrationHistogramBuckets):
        return "calibration_histogram_buckets"
    if isinstance(plot, ConfusionMatrixAtThresholds):
        return "confusion_matrix_at_thresholds"
    return "multi_class_confusion_matrix_at_thresholds"
