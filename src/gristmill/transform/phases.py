"""Computing all analyzers of a preprocessing_fn, in as few passes over the data as their dependencies allow.

Each phase traces the function with the results known so far, and computes every analyzer whose inputs are then known,
in one pass: a pruned graph turns each batch into the small arrays that the analyzers add up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import tensorflow as tf

from gristmill.engine.contract import Accumulator, Engine
from gristmill.engine.side_by_side import SideBySide
from gristmill.errors import ConfigError, DataError
from gristmill.io.shard import BatchReader, Shard
from gristmill.io.tensors.feature_spec import FeatureSpec
from gristmill.io.tensors.from_arrow import TensorAdapter
from gristmill.transform.analyzer import Analyzer, Array
from gristmill.transform.graph_part import GraphPart
from gristmill.transform.preprocessing import PreprocessingFn
from gristmill.transform.subgraph import flat_tensors, names_needed
from gristmill.transform.trace import AnalyzerCall
from gristmill.transform.trace_graph import TracedGraph, trace_graph

__all__ = ["EnginePasses", "PassRunner", "PhaseAccumulator", "ReaderOf", "Resolved", "resolve_analyzers"]


@dataclass
class Resolved:
    """A preprocessing_fn with all its analyzers computed.

    Attributes:
        graph: the last trace, in which nothing is pending.
        results: by analyzer key.
        phases: number of passes over the data.
        rows: rows seen by each pass.
        objects: made by ``make_and_track_object``.
    """

    graph: TracedGraph
    results: dict[str, list[Array]]
    phases: int
    rows: int
    objects: dict[str, Any] = field(default_factory=dict)


class PhaseAccumulator(Accumulator[dict[str, Any], dict[str, Any]]):
    """Feeds every analyzer of a phase from one run of the graph per batch.

    State: {"rows": int, "states": one per analyzer}. Result: the same with ``"results"``, extracted.

    Args:
        adapter: makes the input tensors.
        run: from their flat tensors to the inputs of all analyzers, one behind the other.
        analyzers: each with the number of its inputs.
    """

    def __init__(
        self,
        adapter: TensorAdapter,
        run: Callable[..., Sequence[tf.Tensor]],
        analyzers: Sequence[tuple[Analyzer, int]],
    ) -> None:
        self._adapter = adapter
        self._run = run
        self._analyzers = list(analyzers)

    @property
    def analyzers(self) -> list[Analyzer]:
        """What it feeds, in order."""
        return [analyzer for analyzer, _ in self._analyzers]

    @property
    def columns(self) -> list[str]:
        """The feature columns that it looks at, sorted."""
        return self._adapter.columns

    def create(self) -> dict[str, Any]:
        """No rows."""
        return {"rows": 0, "states": [analyzer.create() for analyzer, _ in self._analyzers]}

    def add(self, state: dict[str, Any], batch: pa.RecordBatch) -> dict[str, Any]:
        """One batch more."""
        if not batch.num_rows:
            return state
        tensors = self._adapter.to_tensors(batch)
        flat = [part for value in tensors.values() for part in flat_tensors(value)]
        arrays = [_array(tensor) for tensor in self._compute(flat)]
        position = 0
        for index, (analyzer, count) in enumerate(self._analyzers):
            inputs = arrays[position : position + count]
            state["states"][index] = analyzer.add(state["states"][index], inputs)
            position += count
        state["rows"] += batch.num_rows
        return state

    def merge(self, a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
        """Analyzer by analyzer."""
        states = [
            analyzer.merge(left, right)
            for (analyzer, _), left, right in zip(self._analyzers, a["states"], b["states"], strict=True)
        ]
        return {"rows": a["rows"] + b["rows"], "states": states}

    def extract(self, state: dict[str, Any]) -> dict[str, Any]:
        """Rows, and each analyzer's results."""
        extracted = zip(self._analyzers, state["states"], strict=True)
        return {"rows": state["rows"], "results": [analyzer.extract(each) for (analyzer, _), each in extracted]}

    def _compute(self, flat: list[tf.Tensor]) -> Sequence[tf.Tensor]:
        try:
            return self._run(*flat)
        except tf.errors.OpError as error:
            raise DataError(
                "preprocessing_fn failed on a batch of examples",
                value=error.message,
                hint="see the operation named; lookup tables of your own are made inside 'with tf.init_scope():'",
            ) from error


PassRunner = Callable[[PhaseAccumulator, str], dict[str, Any]]
"""Feeds all rows to the accumulator of a phase, and gives what it extracts; the text names the pass."""


ReaderOf = Callable[[Sequence[str] | None], BatchReader]
"""Makes the reader of a pass: of the named features, or of all."""


class EnginePasses:
    """Passes over shards: a ``PassRunner``.

    Args:
        engine: runs them.
        shards: the data to analyze.
        reader_of: makes a reader of the features that are needed, or of all.
        companion: one more accumulator for the same rows, with all their features; the first pass feeds it, too.
    """

    def __init__(
        self,
        engine: Engine,
        shards: Sequence[Shard],
        reader_of: ReaderOf,
        companion: Accumulator[Any, Any] | None = None,
    ) -> None:
        self._engine = engine
        self._shards = shards
        self._reader_of = reader_of
        self._waiting = companion
        self._found: Any = None

    def __call__(self, accumulator: PhaseAccumulator, stage: str) -> dict[str, Any]:
        """One pass."""
        extracted: dict[str, Any]
        if self._waiting is None:
            extracted = self._aggregate(accumulator, accumulator.columns, stage)
        else:
            both = SideBySide([accumulator, self._waiting])
            extracted, self._found = self._aggregate(both, None, f"{stage} and statistics")
            self._waiting = None
        return extracted

    def companions_result(self) -> Any:
        """What the companion found, in a pass of its own where no analyzer asked for one; None without a companion."""
        if self._waiting is not None:
            self._found, self._waiting = self._aggregate(self._waiting, None, "statistics"), None
        return self._found

    def _aggregate(self, accumulator: Accumulator[Any, Any], features: list[str] | None, stage: str) -> Any:
        return self._engine.aggregate(self._shards, accumulator, reader=self._reader_of(features), stage=stage)


def resolve_analyzers(
    preprocessing_fn: PreprocessingFn,
    feature_spec: Mapping[str, FeatureSpec],
    run_pass: PassRunner,
    *,
    asset_dir: str,
) -> Resolved:
    """Compute every analyzer that the function calls.

    Args:
        preprocessing_fn: the user's.
        feature_spec: its inputs.
        run_pass: passes over the data.
        asset_dir: local folder for vocabulary files.

    Raises:
        UserCodeError, ConfigError: see ``call_preprocessing_fn``; or the function calls other analyzers in each trace.
    """
    results: dict[str, list[Array]] = {}
    objects: dict[str, Any] = {}
    phases = rows = 0
    while True:
        graph = trace_graph(preprocessing_fn, feature_spec, results=results, asset_dir=asset_dir, objects=objects)
        _check_same_analyzers(graph, results)
        ready = graph.trace.ready_calls()
        if not ready:
            _check_nothing_left(graph)
            return Resolved(graph, results, phases, rows, objects)
        phases += 1
        stage = f"analysis, pass {phases} ({len(ready)} analyzers)"
        extracted = run_pass(_phase_accumulator(graph, ready, feature_spec), stage)
        rows = extracted["rows"]
        for call, values in zip(ready, extracted["results"], strict=True):
            results[call.key] = call.analyzer.publish(values, asset_dir)


def _phase_accumulator(
    graph: TracedGraph, ready: Sequence[AnalyzerCall], feature_spec: Mapping[str, FeatureSpec]
) -> PhaseAccumulator:
    fetches = [tensor for call in ready for tensor in call.inputs]
    names = names_needed(graph.inputs, fetches)
    return PhaseAccumulator(
        TensorAdapter(feature_spec, names),
        GraphPart(graph, names, fetches),
        [(call.analyzer, len(call.inputs)) for call in ready],
    )


def _check_same_analyzers(graph: TracedGraph, results: Mapping[str, Any]) -> None:
    missing = set(results) - {call.key for call in graph.trace.calls}
    if missing:
        raise ConfigError(
            "preprocessing_fn must call the same analyzers, in the same order, each time it is traced",
            value=sorted(missing),
            hint="do not let random numbers, the time or counters decide what it builds",
        )


def _check_nothing_left(graph: TracedGraph) -> None:
    left = graph.trace.pending_calls()
    if left:
        raise ConfigError(
            "these analyzers can never be computed: their inputs depend on themselves",
            value=[each.key for each in left],
        )


def _array(tensor: tf.Tensor) -> Array:
    return np.asarray(tensor.numpy())
