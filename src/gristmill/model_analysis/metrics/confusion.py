"""Binary confusion matrices at any number of thresholds, from one histogram of predictions.

A row counts as positive iff its prediction is greater than the threshold (strictly). A prediction's cell is the number
of thresholds below it, so the matrix at every threshold is a running sum over cells: one pass serves them all, exactly.
A label between 0 and 1 counts as that share of a positive and the rest of a negative example; labels outside are for
``binary_labels.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gristmill.model_analysis.metrics.computation import CellComputation
from gristmill.model_analysis.metrics.inputs import BatchInputs, View
from gristmill.model_analysis.slicer.groups import FloatArray, Groups, IntArray
from gristmill.proto.metrics_for_slice_pb2 import ConfusionMatrixAtThresholds

__all__ = [
    "DEFAULT_NUM_THRESHOLDS",
    "ConfusionMatrices",
    "ThresholdCounts",
    "even_thresholds",
    "ratio",
]

DEFAULT_NUM_THRESHOLDS = 10000  # the family's number for curves (AUC and the like)
_EPSILON = 1e-7  # outermost thresholds lie this much outside [0, 1], so that 0 and 1 themselves are inside
_SHOWN_DECIMALS = 6  # the published message holds thresholds rounded to six decimals


def even_thresholds(count: int) -> tuple[float, ...]:
    """``count`` evenly spaced thresholds over [0, 1]; the outermost are moved out by 1e-7."""
    inner = (index / (count - 1) for index in range(1, count - 1))
    return (-_EPSILON, *inner, 1 + _EPSILON)


def ratio(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    """Element-wise quotient; NaN where the denominator is 0."""
    out = np.full(np.broadcast_shapes(np.shape(numerator), np.shape(denominator)), np.nan)
    return np.asarray(np.divide(numerator, denominator, out=out, where=np.asarray(denominator) != 0))


@dataclass(frozen=True, eq=False)
class ConfusionMatrices:
    """Weighted counts at each threshold; every field is float64 of shape (thresholds,)."""

    thresholds: FloatArray
    tp: FloatArray
    tn: FloatArray
    fp: FloatArray
    fn: FloatArray

    def minus(self, other: ConfusionMatrices) -> ConfusionMatrices:
        """Element-wise difference, at this object's thresholds."""
        return ConfusionMatrices(
            self.thresholds, self.tp - other.tp, self.tn - other.tn, self.fp - other.fp, self.fn - other.fn
        )

    def at(self, index: int) -> ConfusionMatrices:
        """The matrix at one threshold."""
        pick = slice(index, index + 1)
        return ConfusionMatrices(self.thresholds[pick], self.tp[pick], self.tn[pick], self.fp[pick], self.fn[pick])

    def to_proto(self) -> ConfusionMatrixAtThresholds:
        """The published message: precision is 1 where nothing is predicted positive, other empty rates are 0."""
        message = ConfusionMatrixAtThresholds()
        for threshold, tp, tn, fp, fn in self._rows():
            message.matrices.add(
                threshold=round(threshold, _SHOWN_DECIMALS),
                true_positives=tp,
                true_negatives=tn,
                false_positives=fp,
                false_negatives=fn,
                precision=tp / (tp + fp) if tp + fp else 1.0,
                recall=tp / (tp + fn) if tp + fn else 0.0,
                false_positive_rate=fp / (fp + tn) if fp + tn else 0.0,
                f1=2 * tp / (2 * tp + fp + fn) if 2 * tp + fp + fn else 0.0,
                accuracy=(tp + tn) / (tp + tn + fp + fn) if tp + tn + fp + fn else 0.0,
                false_omission_rate=fn / (fn + tn) if fn + tn else 0.0,
            )
        return message

    def _rows(self) -> Iterator[tuple[float, float, float, float, float]]:
        columns = (self.thresholds, self.tp, self.tn, self.fp, self.fn)
        yield from zip(*(column.tolist() for column in columns), strict=True)


@dataclass(frozen=True)
class ThresholdCounts(CellComputation):
    """Confusion matrices at ascending thresholds."""

    view: View
    thresholds: tuple[float, ...]

    @property
    def width(self) -> int:
        """One cell per number of thresholds below a prediction."""
        return len(self.thresholds) + 1

    def summarize(self, inputs: BatchInputs, groups: Groups) -> list[dict[str, object]]:
        """See the base class."""
        rows = self.view.scored(inputs)
        positive, negative = rows.weights * rows.labels, rows.weights * (1 - rows.labels)
        codes, sums = groups.cells(self._cells(rows.predictions), self.width, (positive, negative))
        return [{"codes": codes, "sums": sums}]

    def result(self, cells: IntArray, sums: FloatArray) -> ConfusionMatrices:
        """The matrices of one group."""
        table = np.zeros((self.width, 2))
        table[cells] = sums
        above = np.cumsum(table[::-1], axis=0)[::-1][1:]
        below = np.cumsum(table, axis=0)[:-1]
        return ConfusionMatrices(
            np.array(self.thresholds), tp=above[:, 0], tn=below[:, 1], fp=above[:, 1], fn=below[:, 0]
        )

    def _cells(self, predictions: FloatArray) -> IntArray:
        thresholds = np.array(self.thresholds)
        found = np.searchsorted(thresholds, predictions, side="left")
        found[np.isnan(predictions)] = 0  # NaN is greater than no threshold
        return found.astype(np.int64, copy=False)
