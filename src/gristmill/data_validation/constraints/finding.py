"""One demand of a schema that the data does not meet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tensorflow_metadata.proto.v0 import anomalies_pb2

__all__ = ["Finding", "listed", "number", "percent"]

_SHOWN_VALUES = 10  # a longer list in a message helps nobody


@dataclass(frozen=True)
class Finding:
    """What is wrong.

    Attributes:
        type: an ``AnomalyInfo.Type``.
        short: a few words for a table.
        text: one or two sentences: what was demanded, what the data has, what to do.
    """

    type: anomalies_pb2.AnomalyInfo.Type
    short: str
    text: str


def listed(values: Iterable[str]) -> str:
    """Values for a message, shortened."""
    values = list(values)
    shown = ", ".join(repr(value) for value in values[:_SHOWN_VALUES])
    more = len(values) - _SHOWN_VALUES
    return f"{shown} and {more:,} more" if more > 0 else shown


def number(value: float) -> str:
    """A number for a message."""
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:.6g}"


def percent(fraction: float) -> str:
    """A share for a message; never rounds a small rest to nothing."""
    return f"{fraction * 100:.4g}%" if fraction >= 0.0001 else f"{fraction * 100:.2g}%"
