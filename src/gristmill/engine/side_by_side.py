"""Several accumulators that share a pass: the rows are read once, and each adds them up in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from gristmill.engine.contract import Accumulator

__all__ = ["SideBySide"]


class SideBySide(Accumulator[list[Any], list[Any]]):
    """Feeds every batch to each of its parts. State and result: a list of theirs, in the order of the parts.

    Args:
        parts: the accumulators; their results are what each would have found in a pass of its own.
    """

    def __init__(self, parts: Sequence[Accumulator[Any, Any]]) -> None:
        self._parts = list(parts)

    def create(self) -> list[Any]:
        """No rows."""
        return [part.create() for part in self._parts]

    def add(self, state: list[Any], batch: pa.RecordBatch) -> list[Any]:
        """One batch more."""
        return [part.add(each, batch) for part, each in zip(self._parts, state, strict=True)]

    def merge(self, a: list[Any], b: list[Any]) -> list[Any]:
        """Part by part."""
        return [part.merge(left, right) for part, left, right in zip(self._parts, a, b, strict=True)]

    def extract(self, state: list[Any]) -> list[Any]:
        """What each part found."""
        return [part.extract(each) for part, each in zip(self._parts, state, strict=True)]
