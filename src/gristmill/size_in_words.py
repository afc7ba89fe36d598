"""How sizes are written for people."""

from __future__ import annotations

__all__ = ["bytes_in_words"]

_UNITS = ("kB", "MB", "GB", "TB")


def bytes_in_words(size: int) -> str:
    """``17 bytes``, ``1.5 kB``, ``120 MB``: decimal units."""
    if size < 1000:
        return f"{size} byte" + ("" if size == 1 else "s")
    amount, power = size / 1000, 0
    while amount >= 999.5 and power + 1 < len(_UNITS):  # 999.5 kB would be written as 1000 kB
        amount, power = amount / 1000, power + 1
    return f"{amount:.1f} {_UNITS[power]}" if amount < 9.95 else f"{amount:,.0f} {_UNITS[power]}"
