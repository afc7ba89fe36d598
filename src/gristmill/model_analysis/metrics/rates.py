"""Counts and rates of one confusion matrix, at a threshold or at a list of them.

Names and formulas as in https://en.wikipedia.org/wiki/Confusion_matrix. A rate whose denominator is 0 is NaN.
The default threshold is 0.5, or -inf where ``top_k`` (of the metric or the target) already decides what is positive.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from gristmill.model_analysis.metrics.binary_labels import matrices_metric
from gristmill.model_analysis.metrics.confusion import ConfusionMatrices, ratio
from gristmill.model_analysis.metrics.keys import SubKey
from gristmill.model_analysis.metrics.metric import BoundMetric, Metric, Target
from gristmill.model_analysis.slicer.groups import FloatArray

__all__ = ["RATES", "ConfusionMatrixAtThresholds", "ConfusionRate", "default_threshold"]  # and every class of RATES

Rate = Callable[[FloatArray, FloatArray, FloatArray, FloatArray], FloatArray]
"""From arrays of true positives, true negatives, false positives and false negatives."""


class ConfusionRate(Metric):
    """A count or rate of the binary confusion matrix.

    Args:
        thresholds: a number gives a float, a list gives an array of shape (len(thresholds),).
        name: what to call the value.
        top_k: count only the k highest scores of a row as positive.
        class_id: the class of a multi-class prediction to look at.
    """

    @staticmethod
    def rate(tp: FloatArray, tn: FloatArray, fp: FloatArray, fn: FloatArray) -> FloatArray:
        """The value at each threshold from true/false positives/negatives; all of shape (thresholds,)."""
        raise NotImplementedError

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        name: str | None = None,
        top_k: int | None = None,
        class_id: int | None = None,
    ) -> None:
        super().__init__(name, thresholds=thresholds, top_k=top_k, class_id=class_id)
        self.thresholds = thresholds

    def bind(self, target: Target) -> Iterator[BoundMetric]:
        """See the base class."""
        given = default_threshold(target.sub_key) if self.thresholds is None else self.thresholds
        wanted = [given] if isinstance(given, int | float) else list(given)
        ordered = tuple(sorted(set(wanted)))
        places = [ordered.index(threshold) for threshold in wanted]
        rate = type(self).rate

        def value(matrices: ConfusionMatrices) -> Any:
            values = rate(matrices.tp, matrices.tn, matrices.fp, matrices.fn)[places]
            return values if isinstance(given, Sequence) else float(values[0])

        yield matrices_metric(target, self.name, ordered, value)


class ConfusionMatrixAtThresholds(Metric):
    """Whole confusion matrices at the given thresholds."""

    default_name = "confusion_matrix_at_thresholds"

    def __init__(
        self,
        thresholds: Sequence[float],
        name: str | None = None,
        top_k: int | None = None,
        class_id: int | None = None,
    ) -> None:
        super().__init__(name, thresholds=list(thresholds), top_k=top_k, class_id=class_id)
        self.thresholds = tuple(sorted(set(thresholds)))

    def bind(self, target: Target) -> Iterator[BoundMetric]:
        """See the base class."""
        yield matrices_metric(target, self.name, self.thresholds, lambda matrices: matrices)


def default_threshold(sub_key: SubKey | None) -> float:
    """0.5, or -inf where a set of top scores is what counts as positive."""
    return -math.inf if sub_key is not None and sub_key.top_k is not None else 0.5


def _prevalence_threshold(tp: FloatArray, tn: FloatArray, fp: FloatArray, fn: FloatArray) -> FloatArray:
    tpr, tnr = ratio(tp, tp + fn), ratio(tn, tn + fp)
    return ratio(np.sqrt(tpr * (1 - tnr)) + tnr - 1, tpr + tnr - 1)


def _matthews(tp: FloatArray, tn: FloatArray, fp: FloatArray, fn: FloatArray) -> FloatArray:
    return ratio(tp * tn - fp * fn, np.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))


_FORMULAS: dict[str, tuple[str, Rate]] = {
    "TruePositives": ("true_positives", lambda tp, tn, fp, fn: tp),
    "TP": ("tp", lambda tp, tn, fp, fn: tp),
    "TrueNegatives": ("true_negatives", lambda tp, tn, fp, fn: tn),
    "TN": ("tn", lambda tp, tn, fp, fn: tn),
    "FalsePositives": ("false_positives", lambda tp, tn, fp, fn: fp),
    "FP": ("fp", lambda tp, tn, fp, fn: fp),
    "FalseNegatives": ("false_negatives", lambda tp, tn, fp, fn: fn),
    "FN": ("fn", lambda tp, tn, fp, fn: fn),
    "Precision": ("precision", lambda tp, tn, fp, fn: ratio(tp, tp + fp)),
    "PPV": ("ppv", lambda tp, tn, fp, fn: ratio(tp, tp + fp)),
    "Recall": ("recall", lambda tp, tn, fp, fn: ratio(tp, tp + fn)),
    "TPR": ("tpr", lambda tp, tn, fp, fn: ratio(tp, tp + fn)),
    "Specificity": ("specificity", lambda tp, tn, fp, fn: ratio(tn, tn + fp)),
    "TNR": ("tnr", lambda tp, tn, fp, fn: ratio(tn, tn + fp)),
    "FallOut": ("fall_out", lambda tp, tn, fp, fn: ratio(fp, fp + tn)),
    "FPR": ("fpr", lambda tp, tn, fp, fn: ratio(fp, fp + tn)),
    "MissRate": ("miss_rate", lambda tp, tn, fp, fn: ratio(fn, fn + tp)),
    "FNR": ("fnr", lambda tp, tn, fp, fn: ratio(fn, fn + tp)),
    "NegativePredictiveValue": ("negative_predictive_value", lambda tp, tn, fp, fn: ratio(tn, tn + fn)),
    "NPV": ("npv", lambda tp, tn, fp, fn: ratio(tn, tn + fn)),
    "FalseDiscoveryRate": ("false_discovery_rate", lambda tp, tn, fp, fn: ratio(fp, fp + tp)),
    "FalseOmissionRate": ("false_omission_rate", lambda tp, tn, fp, fn: ratio(fn, fn + tn)),
    "Prevalence": ("prevalence", lambda tp, tn, fp, fn: ratio(tp + fn, tp + tn + fp + fn)),
    "PrevalenceThreshold": ("prevalence_threshold", _prevalence_threshold),
    "ThreatScore": ("threat_score", lambda tp, tn, fp, fn: ratio(tp, tp + fn + fp)),
    "BalancedAccuracy": (
        "balanced_accuracy",
        lambda tp, tn, fp, fn: (ratio(tp, tp + fn) + ratio(tn, tn + fp)) / 2,
    ),
    "F1Score": ("f1_score", lambda tp, tn, fp, fn: ratio(2 * tp, 2 * tp + fp + fn)),
    "MatthewsCorrelationCoefficient": ("matthews_correlation_coefficient", _matthews),
    "FowlkesMallowsIndex": (
        "fowlkes_mallows_index",
        lambda tp, tn, fp, fn: np.sqrt(ratio(tp, tp + fp) * ratio(tp, tp + fn)),
    ),
    "Informedness": ("informedness", lambda tp, tn, fp, fn: ratio(tp, tp + fn) + ratio(tn, tn + fp) - 1),
    "Markedness": ("markedness", lambda tp, tn, fp, fn: ratio(tp, tp + fp) + ratio(tn, tn + fn) - 1),
    "PositiveLikelihoodRatio": (
        "positive_likelihood_ratio",
        lambda tp, tn, fp, fn: ratio(ratio(tp, tp + fn), ratio(fp, fp + tn)),
    ),
    "NegativeLikelihoodRatio": (
        "negative_likelihood_ratio",
        lambda tp, tn, fp, fn: ratio(ratio(fn, fn + tp), ratio(tn, tn + fp)),
    ),
    "DiagnosticOddsRatio": ("diagnostic_odds_ratio", lambda tp, tn, fp, fn: ratio(ratio(tp, fn), ratio(fp, tn))),
    "PredictedPositiveRate": (
        "predicted_positive_rate",
        lambda tp, tn, fp, fn: ratio(tp + fp, tp + tn + fp + fn),
    ),
}


def _rate_class(class_name: str, default_name: str, rate: Rate) -> type[ConfusionRate]:
    members = {
        "default_name": default_name,
        "rate": staticmethod(rate),
        "__module__": __name__,
        "__doc__": f"The {default_name.replace('_', ' ')} of a binary confusion matrix; see ConfusionRate.",
    }
    return type(class_name, (ConfusionRate,), members)


RATES: dict[str, type[ConfusionRate]] = {
    class_name: _rate_class(class_name, default_name, rate) for class_name, (default_name, rate) in _FORMULAS.items()
}
"""The metric class of every name in the table of formulas."""

TruePositives, TP = RATES["TruePositives"], RATES["TP"]
TrueNegatives, TN = RATES["TrueNegatives"], RATES["TN"]
FalsePositives, FP = RATES["FalsePositives"], RATES["FP"]
FalseNegatives, FN = RATES["FalseNegatives"], RATES["FN"]
Precision, PPV = RATES["Precision"], RATES["PPV"]
Recall, TPR = RATES["Recall"], RATES["TPR"]
Specificity, TNR = RATES["Specificity"], RATES["TNR"]
FallOut, FPR = RATES["FallOut"], RATES["FPR"]
MissRate, FNR = RATES["MissRate"], RATES["FNR"]
NegativePredictiveValue, NPV = RATES["NegativePredictiveValue"], RATES["NPV"]
FalseDiscoveryRate = RATES["FalseDiscoveryRate"]
FalseOmissionRate = RATES["FalseOmissionRate"]
Prevalence = RATES["Prevalence"]
PrevalenceThreshold = RATES["PrevalenceThreshold"]
ThreatScore = RATES["ThreatScore"]
BalancedAccuracy = RATES["BalancedAccuracy"]
F1Score = RATES["F1Score"]
MatthewsCorrelationCoefficient = RATES["MatthewsCorrelationCoefficient"]
FowlkesMallowsIndex = RATES["FowlkesMallowsIndex"]
Informedness = RATES["Informedness"]
Markedness = RATES["Markedness"]
PositiveLikelihoodRatio = RATES["PositiveLikelihoodRatio"]
NegativeLikelihoodRatio = RATES["NegativeLikelihoodRatio"]
DiagnosticOddsRatio = RATES["DiagnosticOddsRatio"]
PredictedPositiveRate = RATES["PredictedPositiveRate"]
