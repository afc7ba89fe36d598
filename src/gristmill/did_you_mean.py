"""The hint for a name that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["did_you_mean", "near_name"]


def did_you_mean(name: str, known: Iterable[str], what: str = "known names") -> str:
    """A hint that proposes the nearest known name, or lists all of them where none is near."""
    names = sorted(known)
    return near_name(name, names) or f"{what}: {', '.join(names) or 'none'}"


def near_name(name: str, known: Iterable[str]) -> str | None:
    """A hint that proposes the nearest known name, where one is near."""
    near = difflib.get_close_matches(name, sorted(known), n=1)
    return f"did you mean {near[0]!r}?" if near else None
