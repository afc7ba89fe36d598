"""One pass over the examples computes every metric of every model for every slice.

The state is a plain tree: the slice keys in the order of their first appearance, the rows in each, and one state per
computation whose groups are positions in the list of keys. Merging maps the other's positions onto ours and adds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from gristmill.did_you_mean import did_you_mean
from gristmill.engine.contract import Accumulator
from gristmill.errors import ConfigError, Place
from gristmill.io.shard import RAW_RECORD_COLUMN
from gristmill.model_analysis.batch_inputs import batch_inputs
from gristmill.model_analysis.metrics.plan import Plan
from gristmill.model_analysis.models.predictor import Predictor
from gristmill.model_analysis.slicer.groups import IntArray
from gristmill.model_analysis.slicer.slice_index import index_slices
from gristmill.model_analysis.slicer.slice_key import SliceKeyType
from gristmill.model_analysis.slicer.slice_spec import SingleSliceSpec
from gristmill.proto.model_analysis_config_pb2 import ModelSpec

__all__ = ["MetricsAccumulator", "PassFigures", "SliceFigures"]


@dataclass(frozen=True)
class SliceFigures:
    """What is known of one slice after the pass.

    Attributes:
        key: of the slice.
        rows: number of examples in it, unweighted.
        results: the result of each of the plan's computations.
    """

    key: SliceKeyType
    rows: int
    results: tuple[Any, ...]


@dataclass(frozen=True)
class PassFigures:
    """What a pass over the examples found.

    Attributes:
        rows: number of examples, each once.
        slices: the figures of every slice, the overall slice first, then by key.
    """

    rows: int
    slices: list[SliceFigures]


class MetricsAccumulator(Accumulator[dict[str, Any], PassFigures]):
    """Computes the plan's computations by slice.

    Args:
        plan: what to compute.
        models: each model's spec and the loaded model; None where the predictions are a feature.
        specs: the slices.
        output_names: the outputs that metrics look at.
    """

    def __init__(
        self,
        plan: Plan,
        models: Sequence[tuple[ModelSpec, Predictor | None]],
        specs: Sequence[SingleSliceSpec],
        output_names: Sequence[str],
    ) -> None:
        self._computations = list(plan.computations)
        self._models = list(models)
        self._specs = list(specs)
        self._output_names = list(output_names)
        self._wanted = sorted({name for spec in specs for name in spec.feature_names})

    def create(self) -> dict[str, Any]:
        """See the base class."""
        states: list[Any] = [None for _ in self._computations]
        return {
            "keys": [],
            "rows": np.zeros(0, dtype=np.int64),
            "states": states,
            "seen": [],
            "features": [],
            "total": 0,
        }

    def add(self, state: dict[str, Any], batch: pa.RecordBatch) -> dict[str, Any]:
        """See the base class."""
        if not batch.num_rows:
            return state
        inputs = batch_inputs(batch, self._models, self._output_names)
        keys, groups = index_slices(self._specs, batch.num_rows, inputs.feature)
        added = {
            "keys": keys,
            "rows": groups.counts(),
            "states": [computation.summarize(inputs, groups) for computation in self._computations],
            "seen": [name for name in self._wanted if inputs.feature(name) is not None],
            "features": [name for name in batch.schema.names if name != RAW_RECORD_COLUMN],
            "total": batch.num_rows,
        }
        return self.merge(state, added)

    def merge(self, a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
        """See the base class."""
        keys = [_as_key(key) for key in a["keys"]]
        place = {key: index for index, key in enumerate(keys)}
        target = np.array([place.setdefault(_as_key(key), len(place)) for key in b["keys"]], dtype=np.int64)
        size = len(place)
        stay = np.arange(len(keys), dtype=np.int64)
        rows = np.zeros(size, dtype=np.int64)
        rows[: len(keys)] = a["rows"]
        rows[target] += b["rows"]
        return {
            "keys": list(place),
            "rows": rows,
            "states": [
                self._merged(index, a["states"][index], stay, b["states"][index], target, size)
                for index in range(len(self._computations))
            ],
            "seen": sorted({*a["seen"], *b["seen"]}),
            "features": sorted({*a["features"], *b["features"]}),
            "total": a["total"] + b["total"],
        }

    def extract(self, state: dict[str, Any]) -> PassFigures:
        """See the base class.

        Raises:
            ConfigError: a slicing feature that no example has.
        """
        self._check_features(state)
        keys = [_as_key(key) for key in state["keys"]]
        results = [
            computation.results(part, len(keys)) if keys else ()
            for computation, part in zip(self._computations, state["states"], strict=True)
        ]
        figures = [
            SliceFigures(key, int(state["rows"][index]), tuple(found[index] for found in results))
            for index, key in enumerate(keys)
        ]
        figures.sort(key=lambda item: [(column, str(type(value)), value) for column, value in item.key])
        return PassFigures(state["total"], figures)

    def _merged(self, index: int, a: Any, stay: IntArray, b: Any, target: IntArray, size: int) -> Any:
        computation = self._computations[index]
        if b is None:
            return a if a is None or len(stay) == size else computation.regroup(a, stay, size)
        moved = computation.regroup(b, target, size)
        if a is None:
            return moved
        return computation.combine(a if len(stay) == size else computation.regroup(a, stay, size), moved)

    def _check_features(self, state: dict[str, Any]) -> None:
        missing = [name for name in self._wanted if name not in state["seen"]]
        if not missing or not state["total"]:
            return
        raise ConfigError(
            f"the slicing feature {missing[0]!r} is in none of the {state['total']:,} examples",
            place=Place(uri="eval_config.slicing_specs", column=missing[0]),
            hint=did_you_mean(missing[0], state["features"], "the features"),
        )


def _as_key(key: Any) -> SliceKeyType:
    """A key as tuples again, whatever sequences a serialised state has made of it."""
    return tuple((column, value) for column, value in key)
