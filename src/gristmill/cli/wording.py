"""How durations, times and paths are written for people."""

from __future__ import annotations

import datetime
import os
import re

__all__ = ["duration", "moment", "near_path", "near_paths"]

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


def near_path(uri: str) -> str:
    """A path as one would type it here: relative where it lies below the working directory."""
    if "://" in uri or not os.path.isabs(uri):
        return uri
    relative = os.path.relpath(uri)
    return uri if relative.startswith(os.pardir) else relative


def near_paths(text: str) -> str:
    """A line for people in which absolute paths below the working directory are made relative."""
    here = os.getcwd()
    return re.sub(rf"(?<![\w./-]){re.escape(here)}/(?=\S)", "", text) if here != os.sep else text
