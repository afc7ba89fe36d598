"""StatisticsAccumulator: all statistics of a dataset, as the engine's accumulator.

State: ``{"seen": rows looked at so far, "slices": {slice key: {"rows": int, "weights": {weight feature: total},
"features": {name: state}}}}``. Without slice functions there is one slice, under the empty key.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from tensorflow_metadata.proto.v0 import statistics_pb2

from gristmill.data_validation.statistics.feature_column import flatten
from gristmill.data_validation.statistics.feature_statistics import FeatureRole, FeatureStatistics, role_in_schema
from gristmill.data_validation.statistics.sampling import sampled_rows
from gristmill.data_validation.statistics.slicing import ALL_EXAMPLES
from gristmill.data_validation.statistics.weights import WeightFeatures, example_weights
from gristmill.data_validation.stats_options import StatsOptions
from gristmill.engine.contract import Accumulator
from gristmill.io.shard import RAW_RECORD_COLUMN

__all__ = ["StatisticsAccumulator"]

StatisticsState = dict[str, Any]

_ONLY_SLICE = ""


class StatisticsAccumulator(Accumulator[StatisticsState, statistics_pb2.DatasetFeatureStatisticsList]):
    """Statistics of every feature of the record batches it is fed.

    Counts, extremes, means, distinct values and top values do not depend on how rows are cut into batches and shards,
    up to rounding. Quantiles do within the stated error of ``weighted_summary``, and string counts of features with
    more than 65,536 distinct values within that of ``value_counts``.
    """

    def __init__(self, options: StatsOptions | None = None) -> None:
        self._options = options or StatsOptions()
        self._weights = WeightFeatures(self._options)
        self._allowed = self._allowed_names()
        self._roles = _roles(self._options)
        self._families: dict[str, FeatureStatistics] = {}

    def create(self) -> StatisticsState:
        """The state before the first row."""
        return {"seen": 0, "slices": {}}

    def add(self, state: StatisticsState, batch: pa.RecordBatch) -> StatisticsState:
        """The state after seeing the rows of the batch."""
        first, state["seen"] = state["seen"], state["seen"] + batch.num_rows
        if self._options.sample_rate is not None:
            batch = sampled_rows(batch, self._options.sample_rate, first)
        for key, rows in self._sliced(batch):
            self._add_slice(state["slices"].setdefault(key, _no_slice()), rows)
        return state

    def merge(self, a: StatisticsState, b: StatisticsState) -> StatisticsState:
        """The state after seeing the rows of both."""
        a["seen"] += b["seen"]
        for key, other in b["slices"].items():
            mine = a["slices"].get(key)
            a["slices"][key] = other if mine is None else self._merged_slice(mine, other)
        return a

    def extract(self, state: StatisticsState) -> statistics_pb2.DatasetFeatureStatisticsList:
        """The statistics, features ordered by name, the slice of all examples first."""
        result = statistics_pb2.DatasetFeatureStatisticsList()
        slices = state["slices"]
        whole = ALL_EXAMPLES if self._options.experimental_slice_functions else _ONLY_SLICE
        for key in sorted(slices.keys() | {whole}, key=lambda key: (key != whole, key)):
            self._fill_dataset(result.datasets.add(name=key), slices.get(key, _no_slice()))
        return result

    def _sliced(self, batch: pa.RecordBatch) -> Iterator[tuple[str, pa.RecordBatch]]:
        functions = self._options.experimental_slice_functions
        if not functions:
            yield _ONLY_SLICE, batch
            return
        yield ALL_EXAMPLES, batch
        for function in functions:
            yield from function(batch)

    def _add_slice(self, part: dict[str, Any], batch: pa.RecordBatch) -> None:
        if not batch.num_rows:
            self._note_columns(part, batch)
            return
        part["rows"] += batch.num_rows
        weights = {name: example_weights(batch, name) for name in self._weights.names}
        for name, values in weights.items():
            part["weights"][name] = part["weights"].get(name, 0.0) + float(values.sum())
        self._note_columns(part, batch)
        for name, array in zip(batch.schema.names, batch.columns, strict=True):
            if name in part["features"]:
                weight = self._weights.of(name)
                row_weights = None if weight is None else weights[weight]
                self._family(name).add(part["features"][name], flatten(name, array), row_weights)

    def _note_columns(self, part: dict[str, Any], batch: pa.RecordBatch) -> None:
        """Give every column a state, so that a feature without a single value is reported too."""
        for name in batch.schema.names:
            wanted = self._allowed is None or name in self._allowed
            if wanted and name != RAW_RECORD_COLUMN and name not in part["features"]:
                part["features"][name] = self._family(name).create()

    def _merged_slice(self, a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
        a["rows"] += b["rows"]
        for name, total in b["weights"].items():
            a["weights"][name] = a["weights"].get(name, 0.0) + total
        for name, other in b["features"].items():
            mine = a["features"].get(name)
            a["features"][name] = other if mine is None else self._family(name).merge(mine, other)
        return a

    def _fill_dataset(self, dataset: statistics_pb2.DatasetFeatureStatistics, part: dict[str, Any]) -> None:
        dataset.num_examples = part["rows"]
        if self._weights.default is not None:
            dataset.weighted_num_examples = part["weights"].get(self._weights.default, 0.0)
        for name in sorted(part["features"]):
            weight = self._weights.of(name)
            total = None if weight is None else part["weights"].get(weight, 0.0)
            dataset.features.append(self._family(name).message(part["features"][name], part["rows"], total))

    def _family(self, name: str) -> FeatureStatistics:
        family = self._families.get(name)
        if family is None:
            role = self._roles.get(name, FeatureRole())
            family = FeatureStatistics(name, role, self._options, self._weights.of(name) is not None)
            self._families[name] = family
        return family

    def _allowed_names(self) -> frozenset[str] | None:
        allowlist = self._options.feature_allowlist
        return None if allowlist is None else frozenset(path.steps()[0] for path in allowlist)


def _no_slice() -> dict[str, Any]:
    return {"rows": 0, "weights": {}, "features": {}}


def _roles(options: StatsOptions) -> dict[str, FeatureRole]:
    schema = options.schema
    return {} if schema is None else {feature.name: role_in_schema(feature) for feature in schema.feature}
