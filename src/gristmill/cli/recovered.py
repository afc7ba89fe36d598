"""Tells which dead executions were closed."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["tell_recovered"]


def tell_recovered(closed: Sequence[str]) -> None:
    """One line for each, on standard error, so that it never mixes with what a command prints."""
    for sentence in closed:
        print(f"gristmill: {sentence}", file=sys.stderr)
