"""What workers do, as DoFns: add up a shard, merge states, write a shard's rows.

Whatever goes wrong is kept in the workspace and not raised, so that no runner tries again what will fail again, and so
that the driver can raise the error itself.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import pyarrow as pa

from gristmill.engine.beam.shipping import unpack
from gristmill.engine.beam.workspace import Workspace, index_of, rows_of
from gristmill.engine.contract import Accumulator, MapFunction
from gristmill.engine.fault_place import faults_named
from gristmill.engine.loaded_once import loaded_once
from gristmill.engine.merging import MergeTree
from gristmill.engine.ordered import batches_of
from gristmill.io.shard import BatchReader, Shard
from gristmill.io.sink import Sink

__all__ = ["FAN_IN", "AddUp", "Aggregation", "Mapping", "MergeStates", "WriteRows", "shard_element"]

# States that one task merges. A power of two: then the groups are whole subtrees of the local engine's merge tree, and
# the same merges happen in the same order. More would serialise the merging, fewer would add shuffles.
FAN_IN = 16

ShardElement = tuple[int, str, str, int, int | None, int | None]
"""A shard's number and its fields: of types that every runner can encode."""


@dataclass(frozen=True)
class Aggregation:
    """The cargo of ``aggregate``."""

    accumulator: Accumulator[Any, Any]
    reader: BatchReader


@dataclass(frozen=True)
class Mapping:
    """The cargo of ``map``."""

    function: MapFunction
    sink: Sink[Any]
    reader: BatchReader


def shard_element(index: int, shard: Shard) -> ShardElement:
    """A shard as an element of a pipeline."""
    return index, shard.uri, shard.format, shard.start, shard.stop, shard.rows


@dataclass
class _Opened:
    """The cargo of a job, unpacked in this process."""

    cargo: Any

    @classmethod
    def of(cls, workspace: Workspace, digest: str) -> _Opened:
        return loaded_once(f"{workspace.uri} {digest}", lambda: cls(unpack(workspace.read_cargo(), digest)))


class _Task(beam.DoFn):  # type: ignore[misc]  # Beam has no types
    """Opens the cargo once and keeps faults.

    Args:
        workspace: where cargo, results and faults are.
        digest: of the cargo.
    """

    def __init__(self, workspace: Workspace, digest: str) -> None:
        self._workspace = workspace
        self._digest = digest
        self._opened: _Opened | None = None

    def _cargo(self) -> Any:
        if self._opened is None:
            self._opened = _Opened.of(self._workspace, self._digest)
        return self._opened.cargo

    def _guarded(self, index: int, work: Callable[[], Iterable[tuple[int, str]]]) -> Iterable[tuple[int, str]]:
        """The results of the work on a shard; none when it failed or is of no use."""
        if self._workspace.is_useless(index):
            return ()
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the driver raises it
            self._workspace.report_fault(index, error)
            return ()


class _ShardTask(_Task):
    """Works on one shard."""

    def process(self, element: ShardElement) -> Iterable[tuple[int, str]]:
        """Takes a shard's number and fields."""
        index, shard = element[0], Shard(*element[1:])
        return self._guarded(index, lambda: self.work(index, shard))

    @abstractmethod
    def work(self, index: int, shard: Shard) -> Iterable[tuple[int, str]]:
        """What to do with the shard."""


class AddUp(_ShardTask):
    """Adds up one shard. Gives the group that merges its state, and the state's name."""

    def work(self, index: int, shard: Shard) -> Iterable[tuple[int, str]]:
        """See the base class."""
        cargo: Aggregation = self._cargo()
        state, rows = cargo.accumulator.create(), 0
        with closing(batches_of(cargo.reader, shard)) as batches:
            for batch in batches:
                rows += batch.num_rows
                with faults_named(shard):
                    state = cargo.accumulator.add(state, batch)
        return [(index // FAN_IN, self._workspace.write_state(0, index, rows, state))]


class MergeStates(_Task):
    """Merges the states of a group, in their order. Gives the group of the next level, and the state's name.

    Args:
        workspace: where the states are; its cargo is an :class:`Aggregation`.
        digest: of the cargo.
        level: of the states that are merged; 0 is that of the shards.
    """

    def __init__(self, workspace: Workspace, digest: str, level: int) -> None:
        super().__init__(workspace, digest)
        self._level = level

    def process(self, element: tuple[int, Iterable[str]]) -> Iterable[tuple[int, str]]:
        """Takes a group's number and its states' names."""
        group, names = element[0], sorted(element[1])
        first_shard = index_of(names[0]) * FAN_IN**self._level
        return self._guarded(first_shard, lambda: self._merge(group, names))

    def _merge(self, group: int, names: list[str]) -> Iterable[tuple[int, str]]:
        tree = MergeTree(self._cargo().accumulator)
        for name in names:
            tree.append(self._workspace.read_state(self._level, name))
        rows = sum(map(rows_of, names))
        return [(group // FAN_IN, self._workspace.write_state(self._level + 1, group, rows, tree.merged()))]


class WriteRows(_ShardTask):
    """Sends the rows of one shard through the map function, and writes them under hidden names."""

    def work(self, index: int, shard: Shard) -> Iterable[tuple[int, str]]:
        """See the base class."""
        cargo: Mapping = self._cargo()
        part, rows = cargo.sink.part(), 0
        try:
            with closing(batches_of(cargo.reader, shard)) as batches:
                for batch in batches:
                    rows += batch.num_rows
                    self._write(cargo.function, batch, shard, part)
            self._workspace.write_part(index, rows, part.staged())
        except BaseException:
            part.abort()
            raise
        return ()

    @staticmethod
    def _write(function: MapFunction, batch: pa.RecordBatch, shard: Shard, part: Sink[Any]) -> None:
        with faults_named(shard):
            blocks = [(name, part.encode(name, output), output.num_rows) for name, output in function(batch).items()]
        for name, block, rows in blocks:
            part.append(name, block, rows)
