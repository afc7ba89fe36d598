"""An accumulator as Beam's CombineFn, for pipelines that people write themselves: the elements are record batches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.coders import Coder

from gristmill.engine import state_codec
from gristmill.engine.contract import Accumulator
from gristmill.engine.merging import MergeTree

__all__ = ["AccumulatorCombineFn"]


class AccumulatorCombineFn(beam.CombineFn):  # type: ignore[misc]  # Beam has no types
    """Adds batches up where they are, and merges the states, which travel as ``state_codec`` writes them.

    Args:
        accumulator: says what is added up.
    """

    def __init__(self, accumulator: Accumulator[Any, Any]) -> None:
        super().__init__()
        self._accumulator = accumulator

    def create_accumulator(self) -> Any:
        """No rows."""
        return self._accumulator.create()

    def add_input(self, state: Any, batch: pa.RecordBatch) -> Any:
        """One batch more."""
        return self._accumulator.add(state, batch)

    def merge_accumulators(self, states: Iterable[Any]) -> Any:
        """The rows of all states."""
        tree = MergeTree(self._accumulator)
        for state in states:
            tree.append(state)
        return tree.merged()

    def extract_output(self, state: Any) -> Any:
        """The result."""
        return self._accumulator.extract(state)

    def get_accumulator_coder(self) -> Coder:
        """How states travel."""
        return _StateCoder()


class _StateCoder(Coder):  # type: ignore[misc]
    def encode(self, value: object) -> bytes:
        """See ``state_codec.dumps``."""
        return state_codec.dumps(value)

    def decode(self, encoded: bytes) -> Any:
        """See ``state_codec.loads``."""
        return state_codec.loads(encoded)

    def is_deterministic(self) -> bool:
        """Dicts keep their order, so equal states may differ in their bytes."""
        return False

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))
