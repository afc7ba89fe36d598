"""Columns: one bar per category, of a measure that the reader chooses, in an order that the reader chooses.

The first measure is drawn here, so that it is seen where scripts are stripped; the script (``assets/columns.js``) draws
again from the figures that the plot carries when a control of its group changes. What is hidden by the search field or
for being small is hidden in the tables of the group too.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from gristmill.display.charts.svg import SERIES_COLOURS, legend, ticks
from gristmill.display.numbers import number

__all__ = ["Category", "Measure", "Reading", "column_controls", "columns"]

_STATIC_LABELS = 30  # labels that fit below a page's width before the script counts exactly
_DIGITS = 10  # significant digits of the figures that the script gets, which shows five at most


@dataclass(frozen=True)
class Reading:
    """A value, with the bounds of its interval where it has one; NaN is shown as such."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Measure:
    """What columns can show.

    Attributes:
        name: of the measure.
        reference: a value per series to compare with, drawn as a line; None where there is none.
    """

    name: str
    reference: Sequence[float | None] = ()


@dataclass(frozen=True)
class Category:
    """A place on the horizontal axis.

    Attributes:
        label: its name.
        readings: for each measure one reading per series; None where there is none.
        size: how many examples it stands for, where that is known.
    """

    label: str
    readings: Sequence[Sequence[Reading | None]]
    size: float | None = None


def column_controls(measures: Sequence[Measure], *, name: str, sized: bool) -> Markup:
    """The controls of a column chart, for the toolbar of its group.

    Args:
        measures: of the chart.
        name: what a category is called.
        sized: whether categories have sizes.
    """
    orders = {"": name, "-value": "Largest value", "value": "Smallest value"}
    if sized:
        orders["-size"] = "Most examples"
    least = Markup(
        '<label class="gm-control gm-script"><span>Examples ≥</span>'
        '<input type="number" class="gm-least" min="0" step="1" value="0"></label>'
    )
    zero = Markup(
        '<label class="gm-control gm-script gm-check"><input type="checkbox" class="gm-zero" checked>'
        "<span>From zero</span></label>"
    )
    return Markup("").join(
        [
            _select("gm-measure", "Metric", {str(at): measure.name for at, measure in enumerate(measures)}),
            _select("gm-order", "Order", orders),
            least if sized else Markup(""),
            zero,
        ]
    )


def columns(
    categories: Sequence[Category],
    measures: Sequence[Measure],
    *,
    series: Sequence[str] = ("",),
    name: str = "category",
    reference: str = "Overall",
) -> Markup:
    """A column chart of one measure at a time.

    Args:
        categories: in their natural order.
        measures: the choices; at least one.
        series: names of the values of a category, for the legend.
        name: what a category is called.
        reference: what the measures' references are called.
    """
    figures = {
        "measures": [measure.name for measure in measures],
        "references": [[_plain(value) for value in measure.reference] for measure in measures],
        "series": list(series),
        "name": name,
        "reference": reference,
        "categories": [
            {
                "label": category.label,
                "size": _plain(category.size),
                "readings": [[_reading(one) for one in readings] for readings in category.readings],
            }
            for category in categories
        ],
    }
    keys = legend(series) if len(series) > 1 else Markup("")
    return Markup('<figure class="gm-figure gm-plot gm-styled" hidden="hidden" data-figures="{}">{}{}</figure>').format(
        json.dumps(figures, ensure_ascii=False, separators=(",", ":")), keys, _drawn(categories, measures[0], name)
    )


def _select(kind: str, label: str, options: dict[str, str]) -> Markup:
    entries = Markup("").join(
        Markup('<option value="{}">{}</option>').format(key, text) for key, text in options.items()
    )
    return Markup('<label class="gm-control gm-script"><span>{}</span><select class="{}">{}</select></label>').format(
        label, kind, entries
    )


def _plain(value: float | None) -> Any:
    """A number that JSON has; the names of those it does not have."""
    if value is None:
        return None
    if not math.isfinite(value):
        return number(value)
    return int(value) if value == int(value) else float(f"{value:.{_DIGITS}g}")


def _reading(reading: Reading | None) -> Any:
    if reading is None:
        return None
    if reading.low is None or reading.high is None:
        return _plain(reading.value)
    return [_plain(reading.value), _plain(reading.low), _plain(reading.high)]


def _drawn(categories: Sequence[Category], measure: Measure, name: str) -> Markup:
    """The first measure, from zero, in the given order; what the script draws at first."""
    values = [one.value for each in categories for one in each.readings[0] if one is not None]
    ends = [value for value in (*values, *(v for v in measure.reference if v is not None)) if math.isfinite(value)]
    low, high = min(0.0, 0.0, *ends), max(0.0, 0.0, *ends)
    low, high = _round_ends(low, high if high > low else low + 1)
    grid = Markup("").join(
        Markup('<span style="bottom:{}"><b>{}</b></span>').format(_percent(tick, low, high), number(round(tick, 12)))
        for tick in ticks(low, high)
    )
    every = math.ceil(len(categories) / _STATIC_LABELS)
    bars = Markup("").join(
        Markup(
            '<div class="gm-plot-column" title="{}"><div class="gm-plot-stand">{}</div>'
            '<span class="gm-plot-under">{}</span></div>'
        ).format(_told(category, measure), _bars(category, low, high), category.label if at % every == 0 else "")
        for at, category in enumerate(categories)
    )
    return Markup(
        '<div class="gm-plot-drawing" role="img" aria-label="{}"><div class="gm-plot-grid">{}</div>'
        '<div class="gm-plot-columns">{}</div></div>'
    ).format(f"{measure.name} by {name}", grid, bars)


def _round_ends(low: float, high: float) -> tuple[float, float]:
    """The ends, moved outwards to the next ticks."""
    marks = ticks(low, high)
    if len(marks) < 2:  # ends as close, or as far apart, as numbers go
        return low, high
    step = marks[1] - marks[0]
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step


def _bars(category: Category, low: float, high: float) -> Markup:
    parts = []
    for place, one in enumerate(category.readings[0]):
        if one is None or not math.isfinite(one.value):
            continue
        bottom, top = min(0.0, one.value), max(0.0, one.value)
        parts.append(
            Markup('<i class="gm-s{}" style="bottom:{};height:{}"></i>').format(
                place % SERIES_COLOURS, _percent(bottom, low, high), _percent(low + top - bottom, low, high)
            )
        )
    return Markup("").join(parts)


def _percent(value: float, low: float, high: float) -> str:
    return f"{(value - low) / (high - low) * 100:.2f}%"


def _told(category: Category, measure: Measure) -> str:
    values = ", ".join("–" if one is None else number(one.value) for one in category.readings[0])
    size = "" if category.size is None else f"\n{number(category.size)} examples"
    return f"{category.label}\n{measure.name}: {values}{size}"
