"""The distributions of a feature in each dataset, as charts and as two figures to sort by.

Charts are alternatives of one cell: the standard histogram (or the most frequent values), quantiles, their weighted
readings, and the numbers of values per example where they differ.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup
from tensorflow_metadata.proto.v0 import statistics_pb2
from tensorflow_metadata.proto.v0.statistics_pb2 import FeatureNameStatistics

from gristmill.data_validation.display.cumulative import finer_buckets, largest_difference
from gristmill.data_validation.display.figures import VALUE, common_of
from gristmill.display.charts import (
    Bar,
    Bucket,
    HistogramSeries,
    QuantileSeries,
    bar_chart,
    histogram,
    quantile_chart,
)
from gristmill.display.numbers import number, percent
from gristmill.display.texts import shortened

__all__ = ["CHARTS", "charts_of", "difference", "non_uniformity", "quantiles_of"]

CHARTS = {
    "standard": "Standard",
    "quantiles": "Quantiles",
    "weighted": "Weighted",
    "weighted-quantiles": "Weighted quantiles",
    "lengths": "Values per example",
}
_WIDTH, _HEIGHT = 180, 44  # 15 buckets and 20 columns fall on whole units
_COLUMNS = 20  # most frequent values that a table row has room for

_Sides = Sequence[FeatureNameStatistics | None]


def charts_of(sides: _Sides, names: Sequence[str], feature: str) -> dict[str, Markup]:
    """The charts that a feature's statistics allow, by key of `CHARTS`; the first one is the usual one."""
    charts = _number_charts(sides, names, feature) | _text_charts(sides, names, feature)
    lengths = [_lengths(side) for side in sides]
    if any(len(set(values)) > 1 for values in lengths):
        charts["lengths"] = _quantile_chart(lengths, names, f"{feature}: quantiles of the number of values per example")
    return charts


def quantiles_of(side: FeatureNameStatistics | None, *, weighted: bool = False) -> list[float]:
    """The bounds of the quantile buckets; empty without any."""
    found = _histogram(side, statistics_pb2.Histogram.QUANTILES, weighted=weighted)
    return [] if found is None or not found.buckets else _bounds(found)


def non_uniformity(sides: _Sides) -> float:
    """How far the first side is from a uniform distribution: one minus its entropy by the largest possible one."""
    for side in sides:
        shares = [count for _, count in _outline(side)] if side is not None else []
        if shares:
            return _concentration(shares)
    return 0.0


def difference(sides: _Sides) -> float | None:
    """How far two sides are apart, from 0 to 1.

    Numbers: the largest difference of their cumulative distributions that the histograms prove. Texts: half the sum of
    the differences of their values' shares (total variation distance).
    """
    left, right = sides
    if left is None or right is None:
        return None
    if left.HasField("num_stats"):
        return largest_difference(_finer(left), _finer(right))
    counts = [dict(_ranks(side)) for side in (left, right)]
    shares = [dict(zip(count, _normalised(list(count.values())), strict=True)) for count in counts]
    if not shares[0] or not shares[1]:
        return None
    return sum(abs(shares[0].get(key, 0.0) - shares[1].get(key, 0.0)) for key in {*shares[0], *shares[1]}) / 2


def _number_charts(sides: _Sides, names: Sequence[str], feature: str) -> dict[str, Markup]:
    charts: dict[str, Markup] = {}
    for weighted, key, quantiles_key in ((False, "standard", "quantiles"), (True, "weighted", "weighted-quantiles")):
        kind = "weighted " if weighted else ""
        found = [_standard(side, weighted=weighted) for side in sides]
        if any(one is not None and one.buckets for one in found):
            series = [
                HistogramSeries(name, buckets)
                for name, buckets in zip(names, _drawn(sides, found, weighted=weighted), strict=True)
            ]
            label = f"{feature}: {kind}histogram"
            charts[key] = histogram(series, label=label, width=_WIDTH, height=_HEIGHT, compact=True)
        values = [quantiles_of(side, weighted=weighted) for side in sides]
        if any(values):
            charts[quantiles_key] = _quantile_chart(values, names, f"{feature}: {kind}quantiles")
    return charts


def _text_charts(sides: _Sides, names: Sequence[str], feature: str) -> dict[str, Markup]:
    charts = {}
    for weighted, key in ((False, "standard"), (True, "weighted")):
        counts = [dict(_ranks(side, weighted=weighted)) for side in sides]
        if any(counts):
            kind = "weighted " if weighted else ""
            label = f"{feature}: {kind}frequencies of values"
            charts[key] = bar_chart(_bars(counts, names), series=names, label=label, width=_WIDTH, compact=True)
    return charts


def _bars(counts: Sequence[dict[str, float]], names: Sequence[str]) -> list[Bar]:
    """The most frequent values of all sides, by their shares, so that equal distributions look equal."""
    totals = [sum(count.values()) for count in counts]
    shares = [{value: n / (total or 1) for value, n in one.items()} for one, total in zip(counts, totals, strict=True)]
    values = dict.fromkeys(value for one in shares for value in one)
    top = sorted(values, key=lambda value: -max(one.get(value, 0.0) for one in shares))[:_COLUMNS]
    largest = max(totals)
    return [
        Bar(value, [one.get(value, 0.0) * largest for one in shares], _told(value, counts, totals, names))
        for value in top
    ]


def _told(value: str, counts: Sequence[dict[str, float]], totals: Sequence[float], names: Sequence[str]) -> str:
    lines = [shortened(value, VALUE) or "(empty)"]
    for name, one, total in zip(names, counts, totals, strict=True):
        count = one.get(value, 0.0)
        figures = f"{number(count)} ({percent(count / total) if total else '–'})"
        lines.append(f"{name}: {figures}" if len(names) > 1 else figures)
    return "\n".join(lines)


def _quantile_chart(values: Sequence[Sequence[float]], names: Sequence[str], label: str) -> Markup:
    series = [QuantileSeries(name if len(names) > 1 else "", one) for name, one in zip(names, values, strict=True)]
    return quantile_chart(series, label=label, width=_WIDTH)


def _histogram(side: FeatureNameStatistics | None, kind: int, *, weighted: bool = False) -> Any:
    if side is None or not side.HasField("num_stats"):
        return None
    numbers = side.num_stats
    histograms = numbers.weighted_numeric_stats.histograms if weighted else numbers.histograms
    return next((one for one in histograms if one.type == kind), None)


def _standard(side: FeatureNameStatistics | None, *, weighted: bool = False) -> Any:
    return _histogram(side, statistics_pb2.Histogram.STANDARD, weighted=weighted)


def _finer(side: FeatureNameStatistics | None, *, weighted: bool = False) -> list[Bucket]:
    quantiles = _histogram(side, statistics_pb2.Histogram.QUANTILES, weighted=weighted)
    return finer_buckets(_standard(side, weighted=weighted), quantiles)


def _drawn(sides: _Sides, found: Sequence[Any], *, weighted: bool) -> list[list[Bucket]]:
    """The buckets of the standard histograms; finer ones, where those of two sides have other bounds."""
    buckets = [_buckets(one) for one in found]
    bounds = {tuple((bucket.low, bucket.high) for bucket in one) for one in buckets if one}
    return buckets if len(bounds) < 2 else [_finer(side, weighted=weighted) for side in sides]


def _buckets(found: Any) -> list[Bucket]:
    return [] if found is None else [Bucket(b.low_value, b.high_value, b.sample_count) for b in found.buckets]


def _bounds(found: Any) -> list[float]:
    return [found.buckets[0].low_value, *(bucket.high_value for bucket in found.buckets)]


def _ranks(side: FeatureNameStatistics | None, *, weighted: bool = False) -> list[tuple[str, float]]:
    """Values with their counts; from the rank histogram, else from the top values."""
    if side is None or not side.HasField("string_stats"):
        return []
    texts = side.string_stats.weighted_string_stats if weighted else side.string_stats
    if texts.rank_histogram.buckets:
        return [(bucket.label, bucket.sample_count) for bucket in texts.rank_histogram.buckets]
    return [(top.value, top.frequency) for top in texts.top_values]


def _lengths(side: FeatureNameStatistics | None) -> list[float]:
    found = None if side is None else common_of(side).num_values_histogram
    return _bounds(found) if found is not None and found.buckets else []


def _outline(side: FeatureNameStatistics) -> list[tuple[str, float]]:
    numbers = _standard(side)
    return _ranks(side) if numbers is None else [("", bucket.sample_count) for bucket in numbers.buckets]


def _normalised(counts: Sequence[float]) -> list[float]:
    total = math.fsum(counts)
    return [count / total for count in counts] if total > 0 else []


def _concentration(counts: Iterable[float]) -> float:
    shares = _normalised(list(counts))
    if len(shares) < 2:
        return 1.0 if shares else 0.0
    entropy = -math.fsum(share * math.log(share) for share in shares if share > 0)
    return 1.0 - entropy / math.log(len(shares))
