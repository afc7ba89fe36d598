"""A sink that adds up the rows on their way: what was written need not be read again to be summarized."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import pyarrow as pa

from gristmill.engine.contract import Accumulator, Sink
from gristmill.engine.merging import MergeTree
from gristmill.io.shard import Shard

__all__ = ["SummingSink"]

Block = TypeVar("Block")
State = TypeVar("State")


class SummingSink(Sink[tuple[Block, State]], Generic[Block, State]):
    """Hands everything to another sink, and each batch to an accumulator as well.

    A batch has a state of its own, made in the thread that encodes it; states are merged in the order of the input, so
    that the result depends on no timing.

    Args:
        inner: keeps the rows.
        accumulator: adds up those of all outputs together. What it finds must not depend on where a batch begins.
    """

    def __init__(self, inner: Sink[Block], accumulator: Accumulator[State, Any]) -> None:
        self._inner = inner
        self._accumulator = accumulator
        self._states = MergeTree(accumulator)

    def merged(self) -> State:
        """The state of all rows so far; may be asked for once."""
        return self._states.merged()

    def encode(self, output: str, batch: pa.RecordBatch) -> tuple[Block, State]:
        """The inner sink's block, and the state of the batch."""
        return self._inner.encode(output, batch), self._accumulator.add(self._accumulator.create(), batch)

    def append(self, output: str, block: tuple[Block, State], rows: int) -> None:
        """See the base class."""
        inner, state = block
        self._inner.append(output, inner, rows)
        self._states.append(state)

    def finish(self) -> dict[str, list[Shard]]:
        """See the base class."""
        return self._inner.finish()

    def abort(self) -> None:
        """See the base class."""
        self._inner.abort()

    def part(self) -> SummingSink[Block, State]:
        """See the base class."""
        return SummingSink(self._inner.part(), self._accumulator)

    def staged(self) -> dict[str, Any]:
        """What the inner sink's part wrote, and the state of its rows."""
        return {"inner": self._inner.staged(), "state": self.merged()}

    def adopt(self, staged: dict[str, Any]) -> None:
        """See the base class."""
        self._inner.adopt(staged["inner"])
        self._states.append(staged["state"])
