"""Charts over the unit square, and figures beside each other where there is room."""

from __future__ import annotations

from collections.abc import Sequence

from gristmill.display import Markup, charts, elements

__all__ = ["HEIGHT", "WIDTH", "beside", "figure", "unit_chart"]

WIDTH, HEIGHT = 460, 340


def beside(*figures: Markup) -> Markup:
    """Figures in a row that wraps."""
    return Markup('<div class="gm-beside">{}</div>').format(Markup("").join(figures))


def figure(heading: str, content: Markup, note: str = "") -> Markup:
    """A figure under its heading."""
    return Markup("<div>{}</div>").format(elements.section(heading, content, note))


def unit_chart(series: Sequence[charts.LineSeries], x_label: str, y_label: str) -> Markup:
    """Lines in a nearly square picture."""
    return charts.line_chart(
        series, label=f"{y_label} by {x_label}", x_label=x_label, y_label=y_label, width=WIDTH, height=HEIGHT
    )
