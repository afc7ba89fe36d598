"""The type of values that are kept as JSON."""

from __future__ import annotations

from typing import Any, TypeAlias

__all__ = ["JsonableType"]

# Not recursive: the annotation of a component function's parameter is evaluated where that function is defined.
JsonableType: TypeAlias = bool | int | float | str | list[Any] | dict[str, Any] | None
"""A boolean, a number, a text, a list or a dict of these, or None."""
