"""Areas under curves, and one rate where another meets a target: read from confusion matrices at many thresholds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from gristmill.errors import ConfigError
from gristmill.model_analysis.metrics.binary_labels import matrices_metric
from gristmill.model_analysis.metrics.confusion import (
    DEFAULT_NUM_THRESHOLDS,
    ConfusionMatrices,
    even_thresholds,
    ratio,
)
from gristmill.model_analysis.metrics.metric import BoundMetric, Metric, Target
from gristmill.model_analysis.slicer.groups import FloatArray

__all__ = [
    "AUC",
    "AUCPrecisionRecall",
    "MaxRecall",
    "PrecisionAtRecall",
    "RecallAtFalsePositiveRate",
    "RecallAtPrecision",
    "SensitivityAtSpecificity",
    "SpecificityAtSensitivity",
    "ThresholdAtRecall",
]

_MAX_RECALL_THRESHOLD = 1e-12  # above 0 by less than any score that float32 models give to a real match


class CurveMetric(Metric):
    """Base of metrics over evenly spaced (default 10,000) or given thresholds."""

    def __init__(
        self, name: str | None, num_thresholds: int | None, thresholds: Sequence[float] | None, **config: Any
    ) -> None:
        super().__init__(name, num_thresholds=num_thresholds, thresholds=thresholds, **config)
        if num_thresholds is not None and thresholds is not None:
            raise ConfigError(
                "only one of num_thresholds and thresholds may be given", value=(num_thresholds, list(thresholds))
            )
        if num_thresholds is not None and num_thresholds < 2:
            raise ConfigError("a curve needs at least 2 thresholds", value=num_thresholds)
        if thresholds is None:
            self.thresholds = even_thresholds(num_thresholds or DEFAULT_NUM_THRESHOLDS)
        else:
            self.thresholds = tuple(sorted(set(thresholds)))

    def bind(self, target: Target) -> Iterator[BoundMetric]:
        """See the base class."""
        yield matrices_metric(target, self.name, self.thresholds, self.of_matrices)

    def of_matrices(self, matrices: ConfusionMatrices) -> float:
        """The value from the matrices at every threshold."""
        raise NotImplementedError


class AUC(CurveMetric):
    """Area under the ROC or the precision-recall curve.

    Args:
        num_thresholds: number of evenly spaced thresholds; 10,000 where neither this nor ``thresholds`` is given.
        curve: ``"ROC"`` or ``"PR"``.
        summation_method: ``"interpolation"``, ``"majoring"`` (upper sum) or ``"minoring"`` (lower sum).
        name: what to call the value.
        thresholds: the thresholds themselves; -1e-7 and 1 + 1e-7 are added.
        top_k: count only the k highest scores of a row.
        class_id: class of a multi-class prediction.

    The value is NaN where the curve does not exist: no positives, or for ROC no negatives. PR interpolation follows
    Davis and Goadrich, "The relationship between precision-recall and ROC curves", ICML 2006.
    """

    default_name = "auc"

    def __init__(
        self,
        num_thresholds: int | None = None,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        thresholds: Sequence[float] | None = None,
        top_k: int | None = None,
        class_id: int | None = None,
    ) -> None:
        if curve not in ("ROC", "PR"):
            raise ConfigError("curve must be 'ROC' or 'PR'", value=curve)
        if summation_method not in _HEIGHTS:
            raise ConfigError(f"summation_method must be one of {sorted(_HEIGHTS)}", value=summation_method)
        super().__init__(
            name,
            num_thresholds,
            thresholds,
            curve=curve,
            summation_method=summation_method,
            top_k=top_k,
            class_id=class_id,
        )
        if thresholds is not None:
            ends = even_thresholds(2)
            self.thresholds = tuple(sorted({ends[0], *thresholds, ends[1]}))
        self.curve = curve
        self.summation_method = summation_method

    def of_matrices(self, matrices: ConfusionMatrices) -> float:
        """See the base class."""
        recall = ratio(matrices.tp, matrices.tp + matrices.fn)
        if np.isnan(recall[0]):
            return math.nan
        if self.curve == "ROC":
            return self._area(ratio(matrices.fp, matrices.fp + matrices.tn), recall)
        if self.summation_method == "interpolation":
            return interpolated_pr_area(matrices)
        return self._area(recall, ratio(matrices.tp, matrices.tp + matrices.fp))

    def _area(self, x: FloatArray, y: FloatArray) -> float:
        if np.isnan(x).all():
            return math.nan
        return float(np.nansum((x[:-1] - x[1:]) * _HEIGHTS[self.summation_method](y[:-1], y[1:])))


_HEIGHTS: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "interpolation": lambda left, right: (left + right) / 2,
    "majoring": np.maximum,
    "minoring": np.minimum,
}


def interpolated_pr_area(matrices: ConfusionMatrices) -> float:
    """Area under the precision-recall curve, with true positives interpolated linearly between thresholds."""
    tp, predicted = matrices.tp, matrices.tp + matrices.fp
    positives = matrices.tp[1:] + matrices.fn[1:]
    steps_tp, steps_predicted = tp[:-1] - tp[1:], predicted[:-1] - predicted[1:]
    slope = np.nan_to_num(ratio(steps_tp, np.maximum(steps_predicted, 0)))
    intercept = tp[1:] - slope * predicted[1:]
    both = (predicted[:-1] > 0) & (predicted[1:] > 0)
    grown = np.divide(predicted[:-1], predicted[1:], out=np.ones_like(slope), where=both)
    return float(np.nansum(ratio(slope * (steps_tp + intercept * np.log(grown)), positives)))


class AUCPrecisionRecall(AUC):
    """Area under the precision-recall curve; parameters as those of :class:`AUC`, without ``curve``."""

    default_name = "auc_precision_recall"

    def __init__(
        self,
        num_thresholds: int | None = None,
        summation_method: str = "interpolation",
        name: str | None = None,
        thresholds: Sequence[float] | None = None,
        top_k: int | None = None,
        class_id: int | None = None,
    ) -> None:
        super().__init__(num_thresholds, "PR", summation_method, name, thresholds, top_k, class_id)
        self.config = {key: value for key, value in self.config.items() if key != "curve"}


class _RateWhere(CurveMetric):
    """The best value of one rate among the thresholds at which another reaches a target; 0.0 if none does."""

    wanted: ClassVar[str]

    def of_matrices(self, matrices: ConfusionMatrices) -> float:
        """See the base class."""
        values, constraint = self.rates(matrices)
        target = self.config[self.wanted]
        with np.errstate(invalid="ignore"):
            feasible = values[self.meets(constraint, target) & ~np.isnan(values)]
        return float(feasible.max()) if len(feasible) else 0.0

    def meets(self, constraint: FloatArray, target: float) -> Any:
        """Where the constraint holds."""
        return constraint >= target

    def rates(self, matrices: ConfusionMatrices) -> tuple[FloatArray, FloatArray]:
        """The rate to maximise and the rate that is constrained, by threshold."""
        raise NotImplementedError


def _recall(matrices: ConfusionMatrices) -> FloatArray:
    return ratio(matrices.tp, matrices.tp + matrices.fn)


def _precision(matrices: ConfusionMatrices) -> FloatArray:
    return ratio(matrices.tp, matrices.tp + matrices.fp)


def _specificity(matrices: ConfusionMatrices) -> FloatArray:
    return ratio(matrices.tn, matrices.tn + matrices.fp)


class SensitivityAtSpecificity(_RateWhere):
    """Highest sensitivity (recall) where specificity is at least ``specificity``."""

    default_name, wanted = "sensitivity_at_specificity", "specificity"

    def __init__(
        self,
        specificity: float,
        num_thresholds: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        top_k: int | None = None,
    ) -> None:
        super().__init__(name, num_thresholds, None, specificity=specificity, class_id=class_id, top_k=top_k)

    def rates(self, matrices: ConfusionMatrices) -> tuple[FloatArray, FloatArray]:
        """See the base class."""
        return _recall(matrices), _specificity(matrices)


class SpecificityAtSensitivity(_RateWhere):
    """Highest specificity where sensitivity (recall) is at least ``sensitivity``."""

    default_name, wanted = "specificity_at_sensitivity", "sensitivity"

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        top_k: int | None = None,
    ) -> None:
        super().__init__(name, num_thresholds, None, sensitivity=sensitivity, class_id=class_id, top_k=top_k)

    def rates(self, matrices: ConfusionMatrices) -> tuple[FloatArray, FloatArray]:
        """See the base class."""
        return _specificity(matrices), _recall(matrices)


class PrecisionAtRecall(_RateWhere):
    """Highest precision where recall is at least ``recall``."""

    default_name, wanted = "precision_at_recall", "recall"

    def __init__(
        self,
        recall: float,
        thresholds: Sequence[float] | None = None,
        num_thresholds: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        top_k: int | None = None,
    ) -> None:
        super().__init__(name, num_thresholds, thresholds, recall=recall, class_id=class_id, top_k=top_k)

    def rates(self, matrices: ConfusionMatrices) -> tuple[FloatArray, FloatArray]:
        """See the base class."""
        return _precision(matrices), _recall(matrices)


class RecallAtPrecision(_RateWhere):
    """Highest recall where precision is at least ``precision``."""

    default_name, wanted = "recall_at_precision", "precision"

    def __init__(
        self,
        precision: float,
        num_thresholds: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        top_k: int | None = None,
    ) -> None:
        super().__init__(name, num_thresholds, None, precision=precision, class_id=class_id, top_k=top_k)

    def rates(self, matrices: ConfusionMatrices) -> tuple[FloatArray, FloatArray]:
        """See the base class."""
        return _recall(matrices), _precision(matrices)


class RecallAtFalsePositiveRate(_RateWhere):
    """Highest recall where the false positive rate is at most ``false_positive_rate``."""

    default_name, wanted = "recall_at_false_positive_rate", "false_positive_rate"

    def __init__(
        self,
        false_positive_rate: float,
        num_thresholds: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        top_k: int | None = None,
    ) -> None:
        super().__init__(
            name, num_thresholds, None, false_positive_rate=false_positive_rate, class_id=class_id, top_k=top_k
        )

    def rates(self, matrices: ConfusionMatrices) -> tuple[FloatArray, FloatArray]:
        """See the base class."""
        return _recall(matrices), 1 - _specificity(matrices)

    def meets(self, constraint: FloatArray, target: float) -> Any:
        """See the base class."""
        return constraint <= target


class ThresholdAtRecall(CurveMetric):
    """The largest threshold at which recall is at least ``recall``; NaN if none."""

    default_name = "threshold_at_recall"

    def __init__(
        self,
        recall: float,
        thresholds: Sequence[float] | None = None,
        num_thresholds: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        top_k: int | None = None,
    ) -> None:
        super().__init__(name, num_thresholds, thresholds, recall=recall, class_id=class_id, top_k=top_k)

    def of_matrices(self, matrices: ConfusionMatrices) -> float:
        """See the base class."""
        reached = matrices.thresholds[_recall(matrices) >= self.config["recall"]]
        return float(reached.max()) if len(reached) else math.nan


class MaxRecall(Metric):
    """Recall when every score above 0 counts as positive (threshold 1e-12)."""

    default_name = "max_recall"

    def __init__(self, top_k: int | None = None, class_id: int | None = None, name: str | None = None) -> None:
        super().__init__(name, top_k=top_k, class_id=class_id)

    def bind(self, target: Target) -> Iterator[BoundMetric]:
        """See the base class."""
        yield matrices_metric(target, self.name, (_MAX_RECALL_THRESHOLD,), lambda matrices: float(_recall(matrices)[0]))
