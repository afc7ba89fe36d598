"""Command-line flags as Beam takes them, by name."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["flag_values"]


def flag_values(arguments: Sequence[str]) -> dict[str, str]:
    """Values by name, from ``--name=value``, ``--name value`` or ``--name`` alone; of a name given twice, the last."""
    flags: dict[str, str] = {}
    name = ""
    for argument in arguments:
        if argument.startswith("--"):
            name, given, value = argument[2:].partition("=")
            flags[name] = value
            name = "" if given else name
        elif name:
            flags[name] = argument
    return flags
