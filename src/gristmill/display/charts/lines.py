"""Lines: values over numbers, with axes, grid and markers; and sparklines without any of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from gristmill.display.charts.svg import (
    SERIES_COLOURS,
    Scale,
    coordinate,
    horizontal_axis,
    legend,
    picture,
    ticks,
    title,
    vertical_axis,
)
from gristmill.display.numbers import number

__all__ = ["LineSeries", "line_chart", "sparkline"]

_MARKERS = 60  # points up to which each gets a marker of its own to point at
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 14, 10, 24


@dataclass(frozen=True)
class LineSeries:
    """A named line through points (x, y); a point whose y is not finite leaves a gap.

    Attributes:
        name: for the legend.
        points: in the order to draw them.
        tooltips: one per point, in place of its coordinates.
        dashed: it is there to compare with: chance, perfection, a limit.
    """

    name: str
    points: Sequence[tuple[float, float]]
    tooltips: Sequence[str] = ()
    dashed: bool = False


def line_chart(
    series: Sequence[LineSeries],
    *,
    label: str = "Line chart",
    x_label: str = "",
    y_label: str = "",
    x_ticks: Sequence[tuple[float, str]] = (),
    width: int = 520,
    height: int = 260,
) -> Markup:
    """Lines over a common grid.

    Args:
        series: the lines.
        label: what it shows, for screen readers.
        x_label: what the horizontal axis counts.
        y_label: what the vertical axis counts.
        x_ticks: texts for values of the horizontal axis, in place of round numbers.
        width: in CSS pixels.
        height: in CSS pixels.
    """
    points = [point for one in series for point in one.points if all(map(math.isfinite, point))]
    if not points:
        return Markup('<span class="gm-muted">no values</span>')
    bottom = height - _BOTTOM - (14 if x_label else 0)
    across = Scale(*_range([x for x, _ in points], margin=0.0), _LEFT, width - _RIGHT)
    up = Scale(*_range([y for _, y in points], margin=0.06), bottom, _TOP + (12 if y_label else 0))
    content = vertical_axis(up, _LEFT, across.end, ticks(up.low, up.high))
    content += (
        _named_ticks(across, bottom, x_ticks)
        if x_ticks
        else horizontal_axis(across, bottom, ticks(across.low, across.high, 6))
    )
    content += _axis_names(x_label, y_label, across, height)
    content += Markup("").join(_line(one, place, across, up) for place, one in enumerate(series))
    chart = picture(content, label=label, width=width, height=height)
    return Markup('<figure class="gm-figure">{}{}</figure>').format(
        legend([one.name for one in series]) if len(series) > 1 else "", chart
    )


def sparkline(values: Sequence[float], *, label: str = "Trend", width: int = 96, height: int = 22) -> Markup:
    """A line the size of a word; its last value is marked."""
    points = [(float(place), value) for place, value in enumerate(values) if math.isfinite(value)]
    if not points:
        return Markup('<span class="gm-muted">–</span>')
    across = Scale(*_range([x for x, _ in points], margin=0.0), 2, width - 4)
    up = Scale(*_range([y for _, y in points], margin=0.0), height - 3, 3)
    x, y = points[-1]
    content = _path(points, 0, across, up) + _marker(x, y, 0, across, up, number(y))
    return picture(content, label=f"{label}: {', '.join(number(v) for v in values)}", width=width, height=height)


def _range(values: Sequence[float], margin: float) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = (high - low) * margin
    if high <= low:
        room = abs(high) * 0.1 or 1.0
    return low - room, high + room


def _line(one: LineSeries, place: int, across: Scale, up: Scale) -> Markup:
    pieces = _pieces(one.points)
    content = Markup("").join(_path(piece, place, across, up, dashed=one.dashed) for piece in pieces)
    if one.dashed or len(one.points) > _MARKERS:
        return content
    markers = (
        _marker(
            x,
            y,
            place,
            across,
            up,
            one.tooltips[at] if at < len(one.tooltips) else f"{one.name}\n{number(x)}: {number(y)}",
        )
        for at, (x, y) in enumerate(one.points)
        if math.isfinite(x) and math.isfinite(y)
    )
    return content + Markup("").join(markers)


def _pieces(points: Sequence[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    pieces: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if all(map(math.isfinite, point)):
            pieces[-1].append(point)
        elif pieces[-1]:
            pieces.append([])
    return pieces


def _path(
    points: Sequence[tuple[float, float]], place: int, across: Scale, up: Scale, *, dashed: bool = False
) -> Markup:
    if not points:
        return Markup("")
    path = "L".join(f"{coordinate(across(x))} {coordinate(up(y))}" for x, y in points)
    return Markup('<path class="gm-line gm-s{}{}" d="M{}"/>').format(
        place % SERIES_COLOURS, " gm-dashed" if dashed else "", path
    )


def _marker(x: float, y: float, place: int, across: Scale, up: Scale, told: str) -> Markup:
    return Markup('<circle class="gm-marker gm-s{}" cx="{}" cy="{}" r="3">{}</circle>').format(
        place % SERIES_COLOURS, coordinate(across(x)), coordinate(up(y)), title(told)
    )


def _named_ticks(across: Scale, base: float, named: Sequence[tuple[float, str]]) -> Markup:
    texts = (
        Markup('<text class="gm-tick gm-middle" x="{}" y="{}">{}</text>').format(
            coordinate(across(value)), coordinate(base + 15), text
        )
        for value, text in named
    )
    return horizontal_axis(across, base, []) + Markup("").join(texts)


def _axis_names(x_label: str, y_label: str, across: Scale, height: int) -> Markup:
    names = Markup("")
    if x_label:
        names += Markup('<text class="gm-tick gm-middle" x="{}" y="{}">{}</text>').format(
            coordinate((across.start + across.end) / 2), height - 5, x_label
        )
    if y_label:
        names += Markup('<text class="gm-tick" x="4" y="11">{}</text>').format(y_label)
    return names
