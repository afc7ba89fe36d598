"""What a calibration histogram looks like: mean label against mean prediction, and how predictions are spread."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gristmill.display import Column, Markup, charts, elements
from gristmill.display.numbers import number
from gristmill.model_analysis.view.beside import HEIGHT, WIDTH, beside, figure, unit_chart
from gristmill.proto.metrics_for_slice_pb2 import CalibrationHistogramBuckets

__all__ = ["calibration_panel", "predictions_panel"]

_BUCKETS = 20  # drawn; the thousand of a histogram hold few examples each, whose means are noise


@dataclass
class _Bucket:
    """Predictions between two edges, with the sums over them; the outermost edges are infinite."""

    low: float
    high: float
    weight: float = 0.0
    label: float = 0.0
    prediction: float = 0.0

    @property
    def mean_label(self) -> float:
        return self.label / self.weight

    @property
    def mean_prediction(self) -> float:
        return self.prediction / self.weight


def calibration_panel(message: CalibrationHistogramBuckets) -> Markup:
    """Mean label by mean prediction, beside the buckets as a table."""
    buckets = [bucket for bucket in _merged(message) if bucket.weight > 0]
    points = [(bucket.mean_prediction, bucket.mean_label) for bucket in buckets]
    told = [
        f"predictions {number(bucket.low)} to {number(bucket.high)}\nmean prediction {number(bucket.mean_prediction)}"
        f"\nmean label {number(bucket.mean_label)}\n{number(bucket.weight)} examples"
        for bucket in buckets
    ]
    low, high = min([0.0, *map(min, points)]), max([1.0, *map(max, points)])
    perfect = charts.LineSeries("perfectly calibrated", [(low, low), (high, high)], dashed=True)
    chart = unit_chart([charts.LineSeries("model", points, told), perfect], "mean prediction", "mean label")
    names = ("Predictions from", "to", "Examples", "Mean prediction", "Mean label")
    rows = [(bucket.low, bucket.high, bucket.weight, bucket.mean_prediction, bucket.mean_label) for bucket in buckets]
    table = elements.table([Column(name, numeric=True) for name in names], rows, searchable=False)
    return beside(figure("Calibration", chart), figure("Buckets", table))


def predictions_panel(message: CalibrationHistogramBuckets) -> Markup:
    """How many examples have which prediction."""
    merged = _merged(message)
    outside = merged[0].weight + merged[-1].weight
    buckets = [charts.Bucket(bucket.low, bucket.high, bucket.weight) for bucket in merged[1:-1]]
    chart = charts.histogram(
        [charts.HistogramSeries("examples", buckets)], label="Examples by prediction", width=2 * WIDTH, height=HEIGHT
    )
    if not outside:
        return chart
    note = f"{number(outside)} predictions lie outside {number(merged[1].low)} to {number(merged[-2].high)}."
    return elements.notice(note, "warning") + chart


def _merged(message: CalibrationHistogramBuckets) -> list[_Bucket]:
    """The buckets put together to twenty of equal width, with an open one at each end."""
    edges = [bucket.lower_threshold_inclusive for bucket in message.buckets]
    edges += [bucket.upper_threshold_exclusive for bucket in message.buckets]
    finite = [edge for edge in edges if math.isfinite(edge)]
    low, high = min([0.0, *finite]), max([1.0, *finite])
    width = (high - low) / _BUCKETS
    merged = [_Bucket(low + at * width, low + (at + 1) * width) for at in range(_BUCKETS)]
    merged = [_Bucket(-math.inf, low), *merged, _Bucket(high, math.inf)]
    for bucket in message.buckets:
        middle = (bucket.lower_threshold_inclusive + bucket.upper_threshold_exclusive) / 2
        share = (middle - low) / width if math.isfinite(middle) else math.copysign(_BUCKETS + 1, middle)
        found = merged[min(max(math.floor(share) + 1, 0), _BUCKETS + 1)]
        found.weight += bucket.num_weighted_examples.value
        found.label += bucket.total_weighted_label.value
        found.prediction += bucket.total_weighted_refined_prediction.value
    return merged
