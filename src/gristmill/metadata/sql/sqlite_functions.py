"""What SQLite lacks of the functions that filters know, as functions of a connection: ``gristmill_lower`` and so on."""

from __future__ import annotations

import math
import re
import sqlite3

__all__ = ["INTEGER_TEXT", "NUMBER_TEXT", "add_functions"]

INTEGER_TEXT = "[+-]?[0-9]{1,38}"
NUMBER_TEXT = r"[+-]?([0-9]{1,200}[.]?[0-9]{0,50}|[.][0-9]{1,50})([eE][+-]?[0-9]{1,2})?"
"""Texts that are cast to numbers, as patterns that every database reads alike; no number of theirs is infinite."""


def add_functions(connection: sqlite3.Connection) -> None:
    """Adds the functions to a connection. All of them give NULL for NULL."""
    for name, count, function in _FUNCTIONS:
        connection.create_function(f"gristmill_{name}", count, function, deterministic=True)


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


def _upper(text: str | None) -> str | None:
    return None if text is None else text.upper()


def _substr(text: str | None, position: int | None, length: int | None) -> str | None:
    """From a position counted from 1, or from the end when it is negative; NULL for a negative length."""
    if text is None or position is None or length is None or length < 0:
        return None
    start = position - 1 if position > 0 else max(len(text) + position, 0) if position else 0
    return text[start : start + length]


def _starts_with(text: str | None, start: str | None) -> bool | None:
    return None if text is None or start is None else text.startswith(start)


def _ends_with(text: str | None, end: str | None) -> bool | None:
    return None if text is None or end is None else text.endswith(end)


def _floor(number: float | None) -> float | None:
    """As a float, which may be infinite."""
    return number if number is None or not math.isfinite(number) else float(math.floor(number))


def _integer(text: str | None) -> int | None:
    """The integer that a text writes; NULL for other texts, and where it has more than 64 bits."""
    if text is None or not re.fullmatch(INTEGER_TEXT, text):
        return None
    number = int(text)
    return number if -(2**63) <= number < 2**63 else None


def _number(text: str | None) -> float | None:
    return None if text is None or not re.fullmatch(NUMBER_TEXT, text) else float(text)


_FUNCTIONS = (
    ("lower", 1, _lower),
    ("upper", 1, _upper),
    ("substr", 3, _substr),
    ("starts_with", 2, _starts_with),
    ("ends_with", 2, _ends_with),
    ("floor", 1, _floor),
    ("integer", 1, _integer),
    ("number", 1, _number),
)
