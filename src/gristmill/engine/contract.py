"""The engine: two verbs over shards.

Every full pass over data is one of

- ``aggregate(shards, accumulator) -> result``: statistics, analyzers, metrics;
- ``map(shards, function, sink) -> shards``: conversion, transformation, inference.

An :class:`Accumulator` obeys these laws, which ``gristmill.testing`` checks for any of them:

1. ``merge`` is associative and commutative, up to the stated tolerance of a sketch.
2. ``create()`` is the identity of ``merge``.
3. A state survives ``state_codec.dumps`` and ``loads``: it is a plain tree of dict, list, tuple, str, bytes, int,
   float, bool, None, numpy arrays and Arrow arrays.
4. Rows in are rows counted: how rows are cut into batches and shards does not change the result.

``add`` may change and return the state that it was given; ``merge`` may consume both of its arguments. A state keeps
copies, never views or slices of a batch: the smallest of them would hold all of the batch's memory.
The engine holds one state per shard and merges them in the order of the shards, so that the result depends neither on
the number of workers nor on timing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from gristmill.io.shard import BatchReader, Shard
from gristmill.io.sink import Sink

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Accumulator", "Engine", "MapFunction", "Progress", "ProgressCallback", "Sink"]

State = TypeVar("State")
Result = TypeVar("Result")
Block = TypeVar("Block")


class Accumulator(ABC, Generic[State, Result]):
    """A mergeable summary of record batches; see the module's laws."""

    @abstractmethod
    def create(self) -> State:
        """A fresh state: the identity of ``merge``."""

    @abstractmethod
    def add(self, state: State, batch: pa.RecordBatch) -> State:
        """The state after seeing the rows of ``batch``."""

    @abstractmethod
    def merge(self, a: State, b: State) -> State:
        """The state after seeing the rows of both."""

    @abstractmethod
    def extract(self, state: State) -> Result:
        """The result of all rows seen."""


MapFunction: TypeAlias = "Callable[[pa.RecordBatch], Mapping[str, pa.RecordBatch]]"
"""Maps one batch to any number of named outputs (split names, for the component library); an output that gets no rows
may be left out. Pure: it is called from several threads at once."""


@dataclass(frozen=True)
class Progress:
    """How far a piece of long work has come.

    Attributes:
        stage: what is being done, e.g. ``"statistics of train"``.
        done: units finished.
        total: units in all, where known.
        unit: ``"rows"``, ``"shards"``, ``"steps"`` or ``"bytes"``.
        note: one more figure to show, e.g. ``"loss 0.34"``.
    """

    stage: str
    done: int
    total: int | None = None
    unit: str = "rows"
    note: str = ""


ProgressCallback = Callable[[Progress], None]


class Engine(ABC):
    """Runs accumulators and maps over shards.

    Attributes:
        in_this_process: whether what a reader keeps in memory is there for the next pass.
    """

    in_this_process = False

    @abstractmethod
    def aggregate(
        self,
        shards: Sequence[Shard],
        accumulator: Accumulator[State, Result],
        *,
        reader: BatchReader | None = None,
        stage: str = "",
    ) -> Result:
        """Feed every row of every shard to the accumulator and extract.

        Args:
            shards: the input.
            accumulator: obeys the laws above.
            reader: how to read a shard; examples in any format by default (``io.examples.read_examples``).
            stage: what to call this work in progress reports.
        """

    @abstractmethod
    def map(
        self,
        shards: Sequence[Shard],
        function: MapFunction,
        sink: Sink[Block],
        *,
        reader: BatchReader | None = None,
        stage: str = "",
    ) -> dict[str, list[Shard]]:
        """Send every batch through the function and into the sink; the shards written, by output.

        Outputs hold the rows in the order of the input. On an error nothing stays under a final name.
        """
