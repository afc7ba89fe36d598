"""Charts draw what they are given, and tell it without being seen."""

from __future__ import annotations

import itertools
import math
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gristmill.display import charts
from gristmill.display.charts import (
    Bar,
    Bucket,
    HistogramSeries,
    LineSeries,
    QuantileSeries,
    bar_chart,
    histogram,
    line_chart,
    quantile_chart,
    sparkline,
)
from gristmill.display.charts.histograms import on_common_buckets
from gristmill.display.charts.svg import ticks

NUMBERS = st.floats(allow_nan=True, allow_infinity=True)
BOUNDS = st.lists(st.floats(-1e12, 1e12), min_size=2, max_size=12).map(sorted)


def series(name: str, counts: Sequence[float], width: float = 1.0) -> HistogramSeries:
    return HistogramSeries(name, [Bucket(at * width, (at + 1) * width, count) for at, count in enumerate(counts)])


def well_formed(html: str) -> ElementTree.Element:
    return ElementTree.fromstring(f"<div>{html}</div>")


def test_a_histogram_tells_each_bucket() -> None:
    html = histogram([series("train", [1, 3])], label="fare: histogram")
    assert [title.text for title in well_formed(html).iter("title")] == ["0 to 1\n1 (25.0%)", "1 to 2\n3 (75.0%)"]
    assert 'aria-label="fare: histogram"' in html


def test_equal_distributions_of_unequal_size_have_equal_bars() -> None:
    html = histogram([series("train", [10, 30]), series("eval", [1, 3])], compact=True)
    first, second = re.findall(r'gm-bars[^>]* d="([^"]*)"', html)
    assert first == second


def test_series_with_other_bounds_are_laid_over_common_buckets() -> None:
    one, other = on_common_buckets([series("a", [10, 10]), series("b", [6, 6, 6], width=0.5)])
    assert [(b.low, b.high) for b in one.buckets] == [(b.low, b.high) for b in other.buckets]
    assert one.total == pytest.approx(20)
    assert other.total == pytest.approx(18)
    assert other.buckets[-1].count == 0


@given(st.lists(st.tuples(BOUNDS, st.floats(0, 1e9)), min_size=1, max_size=3))
def test_laying_over_loses_no_value(told: list[tuple[list[float], float]]) -> None:
    given_series = [
        HistogramSeries("", [Bucket(low, high, count) for low, high in itertools.pairwise(bounds)])
        for bounds, count in told
    ]
    for before, after in zip(given_series, on_common_buckets(given_series), strict=True):
        assert after.total == pytest.approx(before.total, rel=1e-6)


@given(st.lists(st.tuples(NUMBERS, NUMBERS, st.floats(0, 1e300)), max_size=5))
def test_any_buckets_make_a_drawing_without_nan(told: list[tuple[float, float, float]]) -> None:
    buckets = [Bucket(low, high, count) for low, high, count in told]
    for one in ([HistogramSeries("a", buckets)], [HistogramSeries("a", buckets), series("b", [1, 2])]):
        html = histogram(one)
        well_formed(html)
        assert not re.search(r'="[^"]*(nan|inf)[^"]*"', html)


def test_infinite_buckets_are_left_out_of_the_drawing() -> None:
    html = histogram([HistogramSeries("a", [Bucket(-math.inf, 0, 5), Bucket(0, 1, 1)])], compact=True)
    assert html.count("<title>") == 1


def test_a_single_value_shows() -> None:
    html = histogram([HistogramSeries("a", [Bucket(7, 7, 5)])], compact=True)
    assert "7\n5 (100%)" in html
    assert re.search(r'gm-bars[^>]* d="M[\d.]+ 200V4H', html)


def test_bars_name_their_categories_and_series() -> None:
    html = bar_chart([Bar("Cash", [5, None]), Bar("Card", [-2, 4])], series=["a", "b"])
    assert "Cash: 5, –" in html
    assert html.count("gm-swatch") == 2
    well_formed(html)


def test_lines_leave_gaps_and_mark_points() -> None:
    html = line_chart([LineSeries("loss", [(0, 1), (1, math.nan), (2, 3), (3, 2)], ["first"])], x_label="step")
    assert html.count("gm-line ") == 2
    assert html.count("<circle") == 3
    assert "first" in html
    well_formed(html)


@pytest.mark.parametrize("values", [[], [math.nan]])
def test_without_values_charts_say_so(values: list[float]) -> None:
    assert "no values" in histogram([HistogramSeries("a", [])])
    assert "no values" in bar_chart([])
    assert "no values" in line_chart([LineSeries("a", [(0, value) for value in values])])
    assert "no values" in quantile_chart([QuantileSeries("a", values)])
    assert "–" in sparkline(values)


def test_quantiles_are_told_with_their_shares() -> None:
    html = quantile_chart([QuantileSeries("train", [0, 1, 5])])
    assert "train\n0%: 0\n50%: 1\n100%: 5" in html


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9))
@example(415679278.91484094, 1e-06)
def test_ticks_are_round_and_inside(low: float, span: float) -> None:
    found = ticks(low, low + span)
    assert len(found) <= 11
    assert all(low - span * 1e-6 <= tick <= low + span * (1 + 1e-6) for tick in found)


@pytest.mark.parametrize("value", [1e-300, 1.7e308, -1.7e308, 0.0])
def test_columns_are_drawn_of_the_smallest_and_largest_numbers(value: float) -> None:
    html = charts.columns([charts.Category("a", [[charts.Reading(value)]])], [charts.Measure("m", [-value])])
    assert "gm-plot-stand" in html
