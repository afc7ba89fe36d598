"""How durations, times and paths are written for people."""

from __future__ import annotations

import os
import re

from gristmill.time_in_words import duration, moment

__all__ = ["duration", "moment", "near_path", "near_paths"]


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
