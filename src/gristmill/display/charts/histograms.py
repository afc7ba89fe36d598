"""Histograms: the buckets of one series, or several series over each other on common buckets.

Several series rarely have the same boundaries, nor the same number of values. They are laid over common buckets, a
bucket's count spread evenly over its width, and each series is drawn by its share, so that equal distributions look
equal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from gristmill.display.charts.svg import (
    SERIES_COLOURS,
    Scale,
    bar_path,
    horizontal_axis,
    hover,
    legend,
    picture,
    small_picture,
    ticks,
    vertical_axis,
)
from gristmill.display.numbers import number, percent

__all__ = ["Bucket", "HistogramSeries", "histogram", "on_common_buckets"]

_COMMON_BUCKETS = 15  # fine enough to see a shift between series, coarse enough for a table row
_DRAWABLE = 1e300  # differences and sums of smaller numbers stay finite
_VISIBLE = 0.001  # share of the largest bar from which a bar shows, even if it is too low for a pixel


@dataclass(frozen=True)
class Bucket:
    """Values from ``low`` to ``high``, and how many (or how heavy) they are; the ends may be infinite."""

    low: float
    high: float
    count: float


@dataclass(frozen=True)
class HistogramSeries:
    """A named series of buckets, in ascending order."""

    name: str
    buckets: Sequence[Bucket]

    @property
    def total(self) -> float:
        """The sum of the counts."""
        return math.fsum(bucket.count for bucket in self.buckets)


def histogram(
    series: Sequence[HistogramSeries],
    *,
    label: str = "Histogram",
    width: int = 520,
    height: int = 200,
    compact: bool = False,
) -> Markup:
    """A histogram of one or more series.

    Args:
        series: what to show; several are laid over each other by their shares.
        label: what it shows, for screen readers.
        width: in CSS pixels.
        height: in CSS pixels.
        compact: for a row of a table: only the bars, with the smallest and largest value below.
    """
    drawn = on_common_buckets(series)
    edges = [edge for one in drawn for bucket in one.buckets for edge in (bucket.low, bucket.high)]
    if not edges:
        told = "nothing to draw" if any(one.buckets for one in series) else "no values"  # infinite, or as good as that
        return Markup('<span class="gm-muted">{}</span>').format(told)
    low, high = min(edges), max(edges)
    left, bottom = (0, 0) if compact else (48, 22)
    across = Scale(low, high, left, width - (0 if compact else 10))
    largest = max((value for one in drawn for value in _heights(one, drawn)), default=0.0)
    up = Scale(0, largest or 1, height - bottom, 4)
    bars = Markup("").join(_bars(one, drawn, place, across, up) for place, one in enumerate(drawn))
    told = Markup("").join(_told(drawn, place, across, height - bottom) for place in range(len(drawn[0].buckets)))
    if compact:
        ends = (number(low), number(high) if high > low else "")
        return small_picture(bars + told, label=label, width=width, height=height, ends=ends)
    grid = vertical_axis(up, left, across.end, ticks(0, largest or 1, 4))
    chart = picture(
        grid + bars + told + horizontal_axis(across, height - bottom, ticks(low, high)),
        label=label,
        width=width,
        height=height,
    )
    return Markup('<figure class="gm-figure">{}{}</figure>').format(
        legend([one.name for one in series]) if len(series) > 1 else "", chart
    )


def on_common_buckets(series: Sequence[HistogramSeries]) -> list[HistogramSeries]:
    """The finite part of each series, on boundaries that are the same for all."""
    finite = [HistogramSeries(one.name, [b for b in one.buckets if _is_drawable(b)]) for one in series]
    boundaries = {tuple((b.low, b.high) for b in one.buckets) for one in finite}
    edges = [edge for one in finite for b in one.buckets for edge in (b.low, b.high)]
    if len(boundaries) <= 1 or not edges:
        return finite
    low, high = min(edges), max(edges)
    count = _COMMON_BUCKETS if high > low else 1
    bounds = [low + (high - low) * place / count for place in range(count)] + [high]
    return [HistogramSeries(one.name, _spread(one.buckets, bounds)) for one in finite]


def _is_drawable(bucket: Bucket) -> bool:
    return -_DRAWABLE < bucket.low <= bucket.high < _DRAWABLE and 0 <= bucket.count < _DRAWABLE


def _spread(buckets: Sequence[Bucket], bounds: Sequence[float]) -> list[Bucket]:
    counts = [0.0] * (len(bounds) - 1)
    width = (bounds[-1] - bounds[0]) / len(counts) or 1.0
    for bucket in buckets:
        first = min(int((bucket.low - bounds[0]) / width), len(counts) - 1)
        if bucket.high <= bucket.low:
            counts[first] += bucket.count
            continue
        for place in range(first, len(counts)):
            shared = min(bucket.high, bounds[place + 1]) - max(bucket.low, bounds[place])
            if shared <= 0 and place > first:
                break
            counts[place] += bucket.count * (max(shared, 0.0) / (bucket.high - bucket.low))
    return [Bucket(low, high, count) for low, high, count in zip(bounds[:-1], bounds[1:], counts, strict=True)]


def _heights(one: HistogramSeries, drawn: Sequence[HistogramSeries]) -> list[float]:
    """Counts; with several series, as if each had as many values as the largest of them."""
    largest = max(other.total for other in drawn)
    factor = largest / one.total if len(drawn) > 1 and one.total > largest / _DRAWABLE else 1.0
    return [bucket.count * factor for bucket in one.buckets]


def _bars(one: HistogramSeries, drawn: Sequence[HistogramSeries], place: int, across: Scale, up: Scale) -> Markup:
    path, values = [], []
    for bucket, height in zip(one.buckets, _heights(one, drawn), strict=True):
        if height <= 0:
            continue
        left, right = _sides(bucket, across)
        top = up(height)
        if height >= up.high * _VISIBLE:
            top = min(top, up.start - 1)
        path.append(bar_path(left, right, up.start, top))
        values.append(f"{height:.3g}")
    return Markup('<path class="gm-bars gm-s{}" d="{}" data-values="{}"/>').format(
        place % SERIES_COLOURS, "".join(path), " ".join(values)
    )


def _sides(bucket: Bucket, across: Scale) -> tuple[float, float]:
    left, right = across(bucket.low), across(bucket.high)
    if right - left < 2:  # a single value has no width of its own
        middle = (left + right) / 2
        left = min(max(middle - 1.5, across.start), across.end - 3)
        right = left + 3
    return left, right - (1 if right - left > 4 else 0)


def _told(drawn: Sequence[HistogramSeries], place: int, across: Scale, base: float) -> Markup:
    bucket = drawn[0].buckets[place]
    left, right = _sides(bucket, across)
    what = number(bucket.low) if bucket.low == bucket.high else f"{number(bucket.low)} to {number(bucket.high)}"
    return hover(left, right, base, what + _counts(drawn, place))


def _counts(drawn: Sequence[HistogramSeries], place: int) -> str:
    lines = []
    for one in drawn:
        count = one.buckets[place].count
        share = percent(count / one.total) if one.total > 0 else "–"
        lines.append(f"\n{one.name + ': ' if len(drawn) > 1 else ''}{number(round(count, 1))} ({share})")
    return "".join(lines)
