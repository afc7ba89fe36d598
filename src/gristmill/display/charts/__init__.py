"""Charts as SVG: histograms, bars, lines, sparklines. Each tells its content to screen readers and on hovering."""

from __future__ import annotations

from gristmill.display.charts.bars import Bar, bar_chart
from gristmill.display.charts.histograms import Bucket, HistogramSeries, histogram
from gristmill.display.charts.lines import LineSeries, line_chart, sparkline
from gristmill.display.charts.svg import legend

__all__ = [
    "Bar",
    "Bucket",
    "HistogramSeries",
    "LineSeries",
    "bar_chart",
    "histogram",
    "legend",
    "line_chart",
    "sparkline",
]
