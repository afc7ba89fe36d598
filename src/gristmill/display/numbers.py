"""Numbers as people read them."""

from __future__ import annotations

import math

__all__ = ["number", "percent"]

_EXACT = 1e15  # beyond, a float no longer holds every whole number
_SMALL = 1e-4
_LARGE = 1e6  # from here, decimals say nothing
_PERCENT_DIGITS = 10.0  # shares below this many percent are told with two decimals


def number(value: float) -> str:
    """Whole numbers in full with separators, others to four or five significant digits.

    >>> number(1234567), number(0.123456), number(1234.56)
    ('1,234,567', '0.1235', '1,234.6')
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return _unsigned(abs(value)) if value >= 0 else "−" + _unsigned(-value)


def _unsigned(value: float) -> str:
    if value == int(value) and value < _EXACT:
        return f"{int(value):,}"
    if value >= _EXACT or value < _SMALL:
        return f"{value:.3g}"
    if value >= _LARGE:
        return f"{value:,.0f}"
    if value >= 100:
        return f"{value:,.1f}"
    return f"{value:.5g}" if value >= 1 else f"{value:.4g}"


def percent(share: float) -> str:
    """A share of one as percent; never rounds to 0 % or 100 % what is neither.

    >>> percent(0.2252), percent(0.0), percent(0.99999)
    ('22.5%', '0%', '>99.9%')
    """
    if math.isnan(share):
        return "–"
    points = share * 100
    if points == 0 or points == 100:
        return f"{points:.0f}%"
    if 0 < points < 0.01:
        return "<0.01%"
    if 99.95 <= points < 100:
        return ">99.9%"
    return f"{points:.2f}%" if points < _PERCENT_DIGITS else f"{points:.1f}%"
