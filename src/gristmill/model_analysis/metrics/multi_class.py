"""Confusion matrices over classes: how often class a was predicted as class b, at one or more thresholds.

The predicted class is the one with the highest score, or -1 where that score does not exceed the threshold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gristmill.errors import ConfigError, DataError, Place
from gristmill.model_analysis.metrics.computation import CellComputation
from gristmill.model_analysis.metrics.confusion import even_thresholds
from gristmill.model_analysis.metrics.cross_entropy import class_scores
from gristmill.model_analysis.metrics.inputs import BatchInputs, View
from gristmill.model_analysis.metrics.metric import BoundMetric, BoundPlot, Metric, Target
from gristmill.model_analysis.slicer.groups import FloatArray, Groups, IntArray
from gristmill.proto.metrics_for_slice_pb2 import MultiClassConfusionMatrixAtThresholds as MatricesMessage

__all__ = [
    "NO_PREDICTED_CLASS_ID",
    "MultiClassConfusionMatrixAtThresholds",
    "MultiClassConfusionMatrixPlot",
    "MultiClassMatrices",
]

NO_PREDICTED_CLASS_ID = -1

_CLASSES = 1 << 16
"""Class numbers are below this, so that (slice, threshold, actual, predicted) fits an int64 code."""


@dataclass(frozen=True, eq=False)
class MultiClassMatrices:
    """Weighted counts by threshold, actual and predicted class.

    Attributes:
        thresholds: ascending.
        entries: for each threshold (actual, predicted) -> count, sorted; only counts that are not 0.
    """

    thresholds: tuple[float, ...]
    entries: tuple[dict[tuple[int, int], float], ...]

    def minus(self, other: MultiClassMatrices) -> MultiClassMatrices:
        """Entry-wise difference, at this object's thresholds."""
        differences = []
        for mine, theirs in zip(self.entries, other.entries, strict=True):
            pairs = sorted({*mine, *theirs})
            differences.append({pair: mine.get(pair, 0.0) - theirs.get(pair, 0.0) for pair in pairs})
        return MultiClassMatrices(self.thresholds, tuple(differences))

    def to_proto(self) -> MatricesMessage:
        """The published message."""
        message = MatricesMessage()
        for threshold, entries in zip(self.thresholds, self.entries, strict=True):
            matrix = message.matrices.add(threshold=threshold)
            for (actual, predicted), count in entries.items():
                matrix.entries.add(actual_class_id=actual, predicted_class_id=predicted, num_weighted_examples=count)
        return message


@dataclass(frozen=True)
class ClassPairs(CellComputation):
    """Weighted counts of (threshold, actual class, predicted class)."""

    view: View
    thresholds: tuple[float, ...]

    @property
    def width(self) -> int:
        """One cell per threshold, actual class, and predicted class or none."""
        return len(self.thresholds) * _CLASSES * _CLASSES

    def summarize(self, inputs: BatchInputs, groups: Groups) -> list[dict[str, Any]]:
        """See the base class."""
        labels, scores = class_scores(self.view.columns(inputs))
        actual = self._class_numbers(labels, inputs)
        best = scores.argmax(axis=1)
        highest = np.take_along_axis(scores, best[:, None], 1)
        predicted = np.where(highest > np.array(self.thresholds), best[:, None], NO_PREDICTED_CLASS_ID)
        cells = (np.arange(len(self.thresholds)) * _CLASSES + actual[:, None]) * _CLASSES + predicted + 1
        weights = np.broadcast_to(self.view.weights(inputs)[:, None], cells.shape)
        codes, sums = groups.cells(cells, self.width, (weights,))
        return [{"codes": codes, "sums": sums}]

    def result(self, cells: IntArray, sums: FloatArray) -> MultiClassMatrices:
        """The matrices of one group."""
        entries: tuple[dict[tuple[int, int], float], ...] = tuple({} for _ in self.thresholds)
        for cell, count in zip(cells.tolist(), sums[:, 0].tolist(), strict=True):
            place, pair = divmod(cell, _CLASSES * _CLASSES)
            entries[place][pair // _CLASSES, pair % _CLASSES - 1] = count
        return MultiClassMatrices(self.thresholds, entries)

    def _class_numbers(self, labels: FloatArray, inputs: BatchInputs) -> IntArray:
        numbers = labels.argmax(axis=1) if labels.ndim == 2 else labels
        wrong = ~((numbers >= 0) & (numbers < _CLASSES - 1) & (numbers == np.floor(numbers)))
        if wrong.any():
            raise DataError(
                f"class labels must be whole numbers from 0 to {_CLASSES - 2:,}",
                place=Place(column=self.view.columns(inputs).label_key or None),
                value=numbers[wrong][0].item(),
                hint="number the classes from 0, for example with tft.compute_and_apply_vocabulary in Transform",
            )
        return numbers.astype(np.int64)


class _ClassMatrixMetric(Metric):
    per_class = False

    def __init__(
        self, thresholds: Sequence[float] | None, default: tuple[float, ...], name: str | None, **config: Any
    ) -> None:
        super().__init__(name, thresholds=thresholds, **config)
        self.thresholds = default if thresholds is None else tuple(sorted(set(thresholds)))


class MultiClassConfusionMatrixAtThresholds(_ClassMatrixMetric):
    """Counts by actual and predicted class, at threshold 0.5 where none are given."""

    default_name = "multi_class_confusion_matrix_at_thresholds"

    def __init__(self, thresholds: Sequence[float] | None = None, name: str | None = None) -> None:
        super().__init__(thresholds, (0.5,), name)

    def bind(self, target: Target) -> Iterator[BoundMetric]:
        """See the base class."""
        needs = (ClassPairs(target.view, self.thresholds),)
        yield BoundMetric(target.key(self.name), needs, lambda matrices: matrices)


class MultiClassConfusionMatrixPlot(_ClassMatrixMetric):
    """The plot of such counts, at threshold 0 where none are given."""

    default_name = "multi_class_confusion_matrix_plot"

    def __init__(
        self,
        thresholds: Sequence[float] | None = None,
        num_thresholds: int | None = None,
        name: str | None = None,
    ) -> None:
        if thresholds is not None and num_thresholds is not None:
            raise ConfigError(
                "only one of num_thresholds and thresholds may be given", value=(num_thresholds, list(thresholds))
            )
        default = (0.0,) if num_thresholds is None else even_thresholds(num_thresholds)
        super().__init__(thresholds, default, name, num_thresholds=num_thresholds)

    def bind(self, target: Target) -> Iterator[BoundPlot]:
        """See the base class."""
        needs = (ClassPairs(target.view, self.thresholds),)
        yield BoundPlot(target.plot_key(self.name), needs, lambda matrices: matrices.to_proto())
