"""Metrics' values as cells of a table: numbers with their bounds, small tables for lists and matrices."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from gristmill.display import Cell, Markup, elements
from gristmill.display.numbers import number
from gristmill.model_analysis.view.heat_table import class_matrix
from gristmill.model_analysis.view.sliced_figures import Figure
from gristmill.proto.metrics_for_slice_pb2 import (
    ArrayValue,
    ConfusionMatrixAtThresholds,
    MetricValue,
    MultiClassConfusionMatrixAtThresholds,
)

__all__ = ["change_cell", "confusion_table", "metric_cell"]

_ARRAY_FIELDS = {
    ArrayValue.INT32: "int32_values",
    ArrayValue.INT64: "int64_values",
    ArrayValue.FLOAT32: "float32_values",
    ArrayValue.FLOAT64: "float64_values",
    ArrayValue.BYTES: "bytes_values",
}


def metric_cell(figure: Figure | None) -> Cell:
    """A value; a dash where there is none."""
    if figure is None:
        return Cell(None)
    value = figure.number
    if value is None:
        return Cell(_structured(figure.value))
    if math.isnan(value):
        return Cell(Markup('<span class="gm-muted">NaN</span>'), title="the metric is not defined on this slice")
    bounds = figure.bounds
    if bounds is None:
        return Cell(int(value)) if value.is_integer() else Cell(value, title=repr(value))
    shown = Markup('{} <span class="gm-muted">({} to {})</span>').format(number(value), *map(number, bounds))
    return Cell(shown, sort_key=value, title=f"{value!r}, between {bounds[0]!r} and {bounds[1]!r}")


def change_cell(figure: Figure | None) -> Cell:
    """The change of a value, with its sign."""
    value = None if figure is None else figure.number
    if value is None or math.isnan(value):
        return metric_cell(figure)
    return Cell(Markup.escape(f"{'+' if value > 0 else ''}{number(value)}"), sort_key=value, title=repr(value))


def confusion_table(message: ConfusionMatrixAtThresholds, rows: Iterable[int] | None = None) -> Markup:
    """Counts and rates by threshold; ``rows`` chooses among the matrices, all where None."""
    chosen = message.matrices if rows is None else [message.matrices[row] for row in rows]
    return elements.figures(
        ("Threshold", "True +", "False +", "True −", "False −", "Precision", "Recall", "F1", "Accuracy"),
        [
            (
                matrix.threshold,
                matrix.true_positives,
                matrix.false_positives,
                matrix.true_negatives,
                matrix.false_negatives,
                matrix.precision,
                matrix.recall,
                _f1(matrix.true_positives, matrix.false_positives, matrix.false_negatives),
                _share(matrix.true_positives + matrix.true_negatives, matrix.false_positives + matrix.false_negatives),
            )
            for matrix in chosen
        ],
    )


def _f1(tp: float, fp: float, fn: float) -> float:
    return 2 * tp / (2 * tp + fp + fn) if 2 * tp + fp + fn else math.nan


def _share(hits: float, misses: float) -> float:
    return hits / (hits + misses) if hits + misses else math.nan


def _structured(value: MetricValue) -> Markup:
    kind = value.WhichOneof("type")
    if kind == "array_value":
        return _array(value.array_value)
    if kind == "confusion_matrix_at_thresholds":
        matrices = value.confusion_matrix_at_thresholds
        return elements.details(_count(len(matrices.matrices), "threshold"), confusion_table(matrices))
    if kind == "multi_class_confusion_matrix_at_thresholds":
        return _class_matrices(value.multi_class_confusion_matrix_at_thresholds)
    if kind == "value_at_cutoffs":
        pairs = [(pair.cutoff, pair.value) for pair in value.value_at_cutoffs.values]
        return elements.details(_count(len(pairs), "cutoff"), _small_table(("Cutoff", "Value"), pairs))
    if kind == "bytes_value":
        return Markup.escape(value.bytes_value.decode(errors="replace"))
    if kind == "unknown_type":
        return Markup.escape(value.unknown_type.value.decode(errors="replace"))
    return Markup.escape(value.debug_message)


def _class_matrices(message: MultiClassConfusionMatrixAtThresholds) -> Markup:
    parts = [elements.section(f"Threshold {number(each.threshold)}", class_matrix(each)) for each in message.matrices]
    return elements.details(_count(len(parts), "matrix", "matrices"), Markup("").join(parts))


def _array(value: ArrayValue) -> Markup:
    flat = list(getattr(value, _ARRAY_FIELDS.get(value.data_type, "float64_values")))
    texts = [item.decode(errors="replace") if isinstance(item, bytes) else item for item in flat]
    array = np.array(texts, dtype=object).reshape(tuple(value.shape) or (len(texts),))
    shape = " × ".join(map(str, array.shape))
    if array.ndim == 2:
        names = ("", *map(str, range(array.shape[1])))
        rows: list[Sequence[object]] = [(at, *row) for at, row in enumerate(array.tolist())]
        return elements.details(f"{shape} values", _small_table(names, rows))
    rows = list(enumerate(array.reshape(-1).tolist()))
    return elements.details(
        _count(len(rows), "value") if array.ndim == 1 else f"{shape} values", _small_table(("", "Value"), rows)
    )


def _small_table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> Markup:
    return elements.figures(names, rows)


def _count(number_of: int, one: str, many: str = "") -> str:
    return f"{number_of:,} {one if number_of == 1 else many or one + 's'}"
