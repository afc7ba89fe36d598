"""Bars: one value per category and series, lying, longest label first cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from gristmill.display.charts.svg import (
    SERIES_COLOURS,
    Scale,
    bar_path,
    coordinate,
    hover,
    legend,
    picture,
    small_picture,
    title,
)
from gristmill.display.numbers import number
from gristmill.display.texts import shortened

__all__ = ["Bar", "bar_chart"]

_LABEL_WIDTH = 180
_VALUE_WIDTH = 76
_THICKNESS = 14
_CHARACTERS = 26  # that fit into the width of a label


@dataclass(frozen=True)
class Bar:
    """A category with one value per series (None where a series has none), and what to tell about it."""

    label: str
    values: Sequence[float | None]
    tooltip: str = ""


def bar_chart(
    bars: Sequence[Bar],
    *,
    series: Sequence[str] = (),
    label: str = "Bar chart",
    width: int = 520,
    compact: bool = False,
) -> Markup:
    """Horizontal bars, in the order given.

    Args:
        bars: the categories; negative values are drawn to the left of zero.
        series: names of the values of a bar, for the legend.
        label: what it shows, for screen readers.
        width: in CSS pixels.
        compact: for a row of a table: columns without labels.
    """
    values = [value for bar in bars for value in bar.values if value is not None]
    if not values:
        return Markup('<span class="gm-muted">no values</span>')
    if compact:
        return _columns(bars, label, width)
    across = Scale(min(0.0, *values), max(0.0, *values), _LABEL_WIDTH, width - _VALUE_WIDTH)
    step = _THICKNESS * max(len(bar.values) for bar in bars) + 8
    content = Markup("").join(_row(bar, place * step, across) for place, bar in enumerate(bars))
    chart = picture(content, label=label, width=width, height=step * len(bars) + 4)
    return Markup('<figure class="gm-figure">{}{}</figure>').format(legend(series) if len(series) > 1 else "", chart)


def _told(bar: Bar) -> str:
    values = ", ".join("–" if value is None else number(value) for value in bar.values)
    return bar.tooltip or f"{bar.label}: {values}"


def _row(bar: Bar, top: float, across: Scale) -> Markup:
    middle = top + 4 + _THICKNESS * len(bar.values) / 2
    name = shortened(bar.label, _CHARACTERS)
    told = _told(bar)
    text = Markup('<text class="gm-tick gm-end" x="{}" y="{}">{}</text>').format(
        _LABEL_WIDTH - 8, coordinate(middle + 4), name
    )
    parts = Markup("").join(
        _bar(value, place, top + 4 + place * _THICKNESS, across)
        for place, value in enumerate(bar.values)
        if value is not None
    )
    return Markup("<g>{}{}{}</g>").format(title(told), text, parts)


def _bar(value: float, place: int, top: float, across: Scale) -> Markup:
    zero, end = across(0), across(value)
    return Markup(
        '<rect class="gm-s{}" x="{}" y="{}" width="{}" height="{}" rx="2"/>'
        '<text class="gm-tick" x="{}" y="{}">{}</text>'
    ).format(
        place % SERIES_COLOURS,
        coordinate(min(zero, end)),
        coordinate(top + 1),
        coordinate(max(abs(end - zero), 1.0)),
        _THICKNESS - 2,
        coordinate(max(zero, end) + 5),
        coordinate(top + _THICKNESS - 3),
        number(value),
    )


def _columns(bars: Sequence[Bar], label: str, width: int, height: int = 44) -> Markup:
    across = Scale(0, len(bars), 0, width)
    up = Scale(0, max(v for bar in bars for v in bar.values if v is not None) or 1.0, height, 4)
    series = max(len(bar.values) for bar in bars)
    paths = Markup("").join(_column_path(bars, place, across, up) for place in range(series))
    told = Markup("").join(
        hover(across(place), across(place + 1), height, _told(bar)) for place, bar in enumerate(bars)
    )
    return small_picture(paths + told, label=label, width=width, height=height)


def _column_path(bars: Sequence[Bar], place: int, across: Scale, up: Scale) -> Markup:
    path, values = [], []
    for column, bar in enumerate(bars):
        value = bar.values[place] if place < len(bar.values) else None
        if not value or value < 0:
            continue
        left, right = across(column), across(column + 1)
        gap = min(1.0, (right - left) / 8)  # keeps many narrow columns apart
        top = min(up(value), up.start - 1)
        path.append(bar_path(left, right - gap, up.start, top))
        values.append(f"{value:.3g}")
    return Markup('<path class="gm-bars gm-s{}" d="{}" data-values="{}"/>').format(
        place % SERIES_COLOURS, "".join(path), " ".join(values)
    )
