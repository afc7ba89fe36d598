"""What confusion matrices at many thresholds look like: ROC and precision-recall curves, and rates by threshold."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gristmill.display import Markup, charts
from gristmill.display.numbers import number
from gristmill.model_analysis.view.beside import HEIGHT, WIDTH, beside, figure, unit_chart
from gristmill.model_analysis.view.metric_cells import confusion_table
from gristmill.proto.metrics_for_slice_pb2 import ConfusionMatrixAtThresholds

__all__ = ["curves_panel", "thresholds_panel"]

_TABLE_STEPS = 20  # thresholds of the table lie 1/20 apart
_CURVE_STEP = 0.002  # points of a curve that are closer than this in both directions look like one

Point = tuple[float, float]


@dataclass(frozen=True)
class _Rates:
    """The rates of one matrix; NaN without a denominator."""

    threshold: float
    recall: float
    fall_out: float
    precision: float
    f1: float
    accuracy: float
    prevalence: float


def curves_panel(message: ConfusionMatrixAtThresholds) -> Markup:
    """The ROC curve with its area, beside the precision-recall curve."""
    rates = _rates(message)
    roc = sorted(_finite((each.fall_out, each.recall) for each in rates))
    recall = sorted(_finite((each.recall, each.precision) for each in rates), key=lambda point: (point[0], -point[1]))
    chance = charts.LineSeries("chance", [(0.0, 0.0), (1.0, 1.0)], dashed=True)
    share = rates[0].prevalence
    always = charts.LineSeries("always positive", [(0.0, share), (1.0, share)], dashed=True)
    return beside(
        figure("ROC", unit_chart([_curve(roc), chance], "false positive rate", "recall"), _area_note(roc)),
        figure("Precision and recall", unit_chart([_curve(recall), always], "recall", "precision")),
    )


def thresholds_panel(message: ConfusionMatrixAtThresholds) -> Markup:
    """Rates by threshold as lines, and counts and rates at every twentieth as a table."""
    inside = [each for each in _rates(message) if 0 <= each.threshold <= 1]
    series = [
        charts.LineSeries("precision", [(each.threshold, each.precision) for each in inside]),
        charts.LineSeries("recall", [(each.threshold, each.recall) for each in inside]),
        charts.LineSeries("F1", [(each.threshold, each.f1) for each in inside]),
        charts.LineSeries("accuracy", [(each.threshold, each.accuracy) for each in inside]),
    ]
    chart = charts.line_chart(series, label="Rates by threshold", x_label="threshold", width=2 * WIDTH, height=HEIGHT)
    wanted = (at / _TABLE_STEPS for at in range(_TABLE_STEPS + 1))
    return chart + confusion_table(message, _nearest([each.threshold for each in message.matrices], wanted))


def _rates(message: ConfusionMatrixAtThresholds) -> list[_Rates]:
    found = []
    for matrix in message.matrices:
        tp, fp = matrix.true_positives, matrix.false_positives
        tn, fn = matrix.true_negatives, matrix.false_negatives
        found.append(
            _Rates(
                threshold=matrix.threshold,
                recall=_ratio(tp, tp + fn),
                fall_out=_ratio(fp, fp + tn),
                precision=_ratio(tp, tp + fp),
                f1=_ratio(2 * tp, 2 * tp + fp + fn),
                accuracy=_ratio(tp + tn, tp + fp + tn + fn),
                prevalence=_ratio(tp + fn, tp + fp + tn + fn),
            )
        )
    return found


def _finite(points: Iterable[Point]) -> list[Point]:
    return [point for point in points if math.isfinite(point[0]) and math.isfinite(point[1])]


def _curve(points: Sequence[Point]) -> charts.LineSeries:
    """The points without those that lie on the one before; the last stays."""
    kept: list[Point] = []
    for point in points:
        if not kept or abs(point[0] - kept[-1][0]) > _CURVE_STEP or abs(point[1] - kept[-1][1]) > _CURVE_STEP:
            kept.append(point)
    if points and kept[-1] != points[-1]:
        kept.append(points[-1])
    return charts.LineSeries("model", kept)


def _area_note(points: Sequence[Point]) -> str:
    if not points:
        return ""
    area = sum((right[0] - left[0]) * (left[1] + right[1]) / 2 for left, right in pairwise(points))
    return f"area {number(area)}"


def _nearest(values: Sequence[float], wanted: Iterable[float]) -> list[int]:
    return sorted({min(range(len(values)), key=lambda at: abs(values[at] - target)) for target in wanted})


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else math.nan
