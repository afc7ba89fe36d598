"""Pieces that charts share: coordinates, axes, legends."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from gristmill.display.numbers import number

__all__ = [
    "SERIES_COLOURS",
    "Scale",
    "bar_path",
    "coordinate",
    "horizontal_axis",
    "hover",
    "legend",
    "picture",
    "small_picture",
    "ticks",
    "title",
    "vertical_axis",
]

_LEAST_SPAN = 1e-290  # below, steps between ticks would be smaller than numbers are exact
SERIES_COLOURS = 6  # series beyond take the colours from the start again


@dataclass(frozen=True)
class Scale:
    """A linear map from values onto a stretch of the picture."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        span = self.high - self.low
        share = (value - self.low) / span if span > 0 else 0.5
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)


def coordinate(value: float) -> str:
    """A coordinate to a tenth of a unit, as short as it can be written."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def picture(content: Markup, *, label: str, width: int, height: int, classes: str = "") -> Markup:
    """An SVG element with an accessible name, which shrinks with the room it has."""
    return Markup(
        '<div class="gm-styled" hidden="hidden">'
        '<svg class="gm-chart {}" role="img" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}">{}</svg></div>'
    ).format(classes, label, width, height, width, height, content)


def small_picture(content: Markup, *, label: str, width: int, height: int, ends: tuple[str, str] = ("", "")) -> Markup:
    """A picture for a row of a table: stretched to its column, with texts below its two ends."""
    below = Markup('<div class="gm-ends"><span>{}</span><span>{}</span></div>').format(*ends)
    return Markup(
        '<div class="gm-small gm-styled" hidden="hidden"><svg role="img" aria-label="{}" viewBox="0 0 {} {}" '
        'preserveAspectRatio="none">{}</svg>{}</div>'
    ).format(label, width, height, content, below)


def hover(left: float, right: float, height: float, told: str) -> Markup:
    """An invisible bar over the whole height of a chart, which tells what is below it."""
    return Markup('<rect class="gm-hover" x="{}" width="{}" height="{}">{}</rect>').format(
        coordinate(left), coordinate(right - left), coordinate(height), title(told)
    )


def bar_path(left: float, right: float, base: float, top: float) -> str:
    """A bar as a piece of a path; the script moves what stands behind the first V when scales change."""
    return f"M{coordinate(left)} {coordinate(base)}V{coordinate(top)}H{coordinate(right)}V{coordinate(base)}z"


def title(text: str) -> Markup:
    """What is shown when the pointer rests on the element around."""
    return Markup("<title>{}</title>").format(text)


def legend(names: Sequence[str]) -> Markup:
    """The colours of the series with their names."""
    parts = (
        Markup('<span class="gm-key"><i class="gm-swatch gm-s{}"></i>{}</span>').format(place % SERIES_COLOURS, name)
        for place, name in enumerate(names)
    )
    return Markup('<div class="gm-legend">{}</div>').format(Markup(" ").join(parts))


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Round values between two ends: steps of 1, 2 or 5 times a power of ten (Heckbert, Nice Numbers, 1990)."""
    span = high - low
    if not (span > _LEAST_SPAN and math.isfinite(span)):
        return [low] if math.isfinite(low) else []
    rough = span / max(wanted - 1, 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    found = [place * step for place in range(first, last + 1)]
    # Where the ends agree in all but their last digits, steps are as coarse as numbers are.
    return [value for value in found if low - span * 1e-6 <= value <= high + span * 1e-6]


def vertical_axis(scale: Scale, left: float, right: float, values: Iterable[float]) -> Markup:
    """Grid lines with the values they stand for on their left."""
    parts = (
        Markup(
            '<line class="gm-grid" x1="{}" x2="{}" y1="{}" y2="{}"/>'
            '<text class="gm-tick gm-end" x="{}" y="{}">{}</text>'
        ).format(
            coordinate(left),
            coordinate(right),
            y,
            y,
            coordinate(left - 6),
            coordinate(scale(value) + 3.5),
            number(_clean(value)),
        )
        for value in values
        for y in [coordinate(scale(value))]
    )
    return Markup("").join(parts)


def horizontal_axis(scale: Scale, base: float, values: Iterable[float]) -> Markup:
    """The base line with values below it."""
    line = Markup('<line class="gm-axis-line" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
        coordinate(scale.start), coordinate(scale.end), coordinate(base), coordinate(base)
    )
    parts = (
        Markup('<text class="gm-tick gm-middle" x="{}" y="{}">{}</text>').format(
            coordinate(scale(value)), coordinate(base + 15), number(_clean(value))
        )
        for value in values
    )
    return line + Markup("").join(parts)


def _clean(value: float) -> float:
    """A tick without the dust of its multiplication: 0.3 instead of 0.30000000000000004."""
    return float(f"{value:.12g}")
