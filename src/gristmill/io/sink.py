"""Where the batches that a map over shards produces go."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from gristmill.io.shard import Shard

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Sink"]

Block = TypeVar("Block")


class Sink(ABC, Generic[Block]):
    """Takes batches of named outputs and keeps them.

    ``encode`` is called from several threads at once and does the heavy part (serialisation, compression). ``append``
    is called from one thread, in the order of the input. Nothing is visible under its final name before ``finish``.

    Several processes can fill one sink. Each gets a copy by pickling and fills a ``part`` of its own, whose ``staged``
    it sends back; the process that has the sink itself adopts these in the order of the input, and finishes::

        worker:  part = sink.part(); part.append(…); staged = part.staged()
        driver:  sink.adopt(staged); …; sink.finish()
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
        """Remove everything written so far, by parts as well."""

    @abstractmethod
    def part(self) -> Sink[Block]:
        """An empty sink for some of the rows: it may be filled elsewhere, and is never finished itself."""

    @abstractmethod
    def staged(self) -> Any:
        """Close what is open; what this part wrote, as a plain tree (see ``engine.state_codec``)."""

    @abstractmethod
    def adopt(self, staged: Any) -> None:
        """Take over what a part wrote, behind everything that is there."""
