"""Texts of other people, made fit for a page."""

from __future__ import annotations

__all__ = ["fit_for_a_page", "shortened"]

# What no HTML may hold, and what turns the letters around it so that a name reads as another one.
_REPLACED = dict.fromkeys((0, 8237, 8238), "�")


def shortened(text: str, limit: int) -> str:
    """The text, or its beginning and an ellipsis: ``limit`` characters at most."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def fit_for_a_page(text: str) -> str:
    """The text without NUL, without halves of surrogate pairs (as in names of files that are not UTF-8), and without
    overrides of the writing direction; replacement characters stand in their places.
    """
    return text.encode("utf-8", "replace").decode("utf-8").translate(_REPLACED)
