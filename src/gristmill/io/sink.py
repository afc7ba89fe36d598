"""Where the batches that a map over shards produces go."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

import pyarrow as pa

from gristmill.io.shard import Shard

__all__ = ["Sink"]

Block = TypeVar("Block")


class Sink(ABC, Generic[Block]):
    """Takes batches of named outputs and keeps them.

    ``encode`` is called from several threads at once and does the heavy part (serialisation, compression). ``append``
    is called from one thread, in the order of the input. Nothing is visible under its final name before ``finish``.
    """

    @abstractmethod
    def encode(self, output: str, batch: pa.RecordBatch) -> Block:
        """The block to be appended for these rows of the named output."""

    @abstractmethod
    def append(self, output: str, block: Block, rows: int) -> None:
        """Take a block; rows tells how many rows are in it."""

    @abstractmethod
    def finish(self) -> dict[str, list[Shard]]:
        """Close and rename everything; the shards written, by output."""

    @abstractmethod
    def abort(self) -> None:
        """Remove everything written so far."""
