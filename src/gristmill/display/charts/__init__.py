"""Charts as SVG: histograms, quantiles, bars, lines, sparklines. Each has a name for screen readers, and tooltips."""

from __future__ import annotations

from gristmill.display.charts.bars import Bar, bar_chart
from gristmill.display.charts.columns import Category, Measure, Reading, column_controls, columns
from gristmill.display.charts.histograms import Bucket, HistogramSeries, histogram
from gristmill.display.charts.lines import LineSeries, line_chart, sparkline
from gristmill.display.charts.quantiles import QuantileSeries, quantile_chart
from gristmill.display.charts.svg import legend

__all__ = [
    "Bar",
    "Bucket",
    "Category",
    "HistogramSeries",
    "LineSeries",
    "Measure",
    "QuantileSeries",
    "Reading",
    "bar_chart",
    "column_controls",
    "columns",
    "histogram",
    "legend",
    "line_chart",
    "quantile_chart",
    "sparkline",
]
