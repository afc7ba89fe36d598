"""Quantiles: where the tenths of the values of each series end, on one axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from gristmill.display.charts.svg import SERIES_COLOURS, Scale, coordinate, small_picture, title
from gristmill.display.numbers import number

__all__ = ["QuantileSeries", "quantile_chart"]

_HEIGHT = 44
_MEDIAN = 0.5


@dataclass(frozen=True)
class QuantileSeries:
    """A named series of quantiles: ``values`` in ascending order stand at equal steps from 0 to 100 percent."""

    name: str
    values: Sequence[float]


def quantile_chart(series: Sequence[QuantileSeries], *, label: str = "Quantiles", width: int = 170) -> Markup:
    """A lane of strokes per series, for a row of a table: each stroke is a quantile, the tallest is the median."""
    finite = [value for one in series for value in one.values if math.isfinite(value)]
    if not finite:
        return Markup('<span class="gm-muted">no values</span>')
    across = Scale(min(finite), max(finite), 1, width - 1)
    lane = _HEIGHT / len(series)
    content = Markup("").join(_lane(one, place, lane, across) for place, one in enumerate(series))
    ends = (number(across.low), number(across.high) if across.high > across.low else "")
    return small_picture(content, label=label, width=width, height=_HEIGHT, ends=ends)


def _lane(one: QuantileSeries, place: int, lane: float, across: Scale) -> Markup:
    strokes, steps = [], max(len(one.values) - 1, 1)
    for at, value in enumerate(one.values):
        margin = lane * (0.1 if at / steps == _MEDIAN else 0.3)
        top, bottom = place * lane + margin, (place + 1) * lane - margin
        strokes.append(f"M{coordinate(across(value))} {coordinate(top)}V{coordinate(bottom)}")
    told = "\n".join(f"{100 * at / steps:.4g}%: {number(value)}" for at, value in enumerate(one.values))
    return Markup(
        '<g><path class="gm-strokes gm-s{}" d="{}"/><rect class="gm-hover" y="{}" width="{}" height="{}">{}</rect></g>'
    ).format(
        place % SERIES_COLOURS,
        "".join(strokes),
        coordinate(place * lane),
        coordinate(across.end + 1),
        coordinate(lane),
        title(f"{one.name}\n{told}" if one.name else told),
    )
