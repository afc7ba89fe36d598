"""How durations and moments are written for people."""

from __future__ import annotations

import datetime

__all__ = ["duration", "moment"]

_MINUTE = 60
_HOUR = 3600
_TENTHS_BELOW = 10  # seconds: from there on a tenth of a second tells nothing


def duration(seconds: float | None) -> str:
    """``0.6 s``, ``25 s``, ``3 min 20 s``, ``2 h 05 min``; empty when unknown."""
    if seconds is None:
        return ""
    if seconds < _TENTHS_BELOW:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02d} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02d} min"


def moment(milliseconds: int) -> str:
    """Local date and time of a time stamp in ms since 1970-01-01 UTC."""
    return datetime.datetime.fromtimestamp(milliseconds / 1000).strftime("%Y-%m-%d %H:%M:%S")
