"""All statistics of one feature: which families it gets, and how they become one message.

State: ``{"kind": str, "common": ..., "numeric": ... | None, "strings": ... | None}``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from gristmill.data_validation.feature_path import FeaturePath
from gristmill.data_validation.statistics.common_statistics import add_common, common_message, merge_common, no_common
from gristmill.data_validation.statistics.feature_column import FLOAT, INT, STRING, UNKNOWN, FeatureColumn
from gristmill.data_validation.statistics.numeric_statistics import (
    add_numeric,
    fill_numeric_message,
    merge_numeric,
    no_numeric,
)
from gristmill.data_validation.statistics.string_statistics import (
    SMALL_BOUND,
    add_strings,
    fill_bytes_message,
    fill_string_message,
    merge_strings,
    no_strings,
)
from gristmill.data_validation.statistics.value_counts import Bound
from gristmill.data_validation.stats_options import StatsOptions
from gristmill.engine.weighted_summary import Floats, summary_size
from gristmill.errors import DataError, Place

__all__ = ["FeatureRole", "FeatureStatistics", "role_in_schema"]

FeatureState = dict[str, Any]


@dataclass(frozen=True)
class FeatureRole:
    """What the schema says about how to describe a feature.

    Attributes:
        kind: type in the schema, ``UNKNOWN`` when the feature is not in it.
        categorical: numbers that are names: they get string statistics.
        image: encoded images: they get bytes statistics.
    """

    kind: str = UNKNOWN
    categorical: bool = False
    image: bool = False


_SCHEMA_KINDS = {schema_pb2.INT: INT, schema_pb2.FLOAT: FLOAT, schema_pb2.BYTES: STRING}
_MESSAGE_TYPES = {
    INT: statistics_pb2.FeatureNameStatistics.INT,
    FLOAT: statistics_pb2.FeatureNameStatistics.FLOAT,
    STRING: statistics_pb2.FeatureNameStatistics.STRING,
    # A feature that was never seen with a type could still become anything; STRING promises the least.
    UNKNOWN: statistics_pb2.FeatureNameStatistics.STRING,
}


def role_in_schema(feature: schema_pb2.Feature) -> FeatureRole:
    """The role of a top-level feature."""
    domain = feature.WhichOneof("domain_info")
    categorical = {
        schema_pb2.INT: domain == "bool_domain" or (domain == "int_domain" and feature.int_domain.is_categorical),
        schema_pb2.FLOAT: domain == "float_domain" and feature.float_domain.is_categorical,
    }.get(feature.type, False)
    return FeatureRole(_SCHEMA_KINDS.get(feature.type, UNKNOWN), bool(categorical), domain == "image_domain")


class FeatureStatistics:
    """Accumulates one feature; holds options only, the state is passed in and out."""

    def __init__(self, name: str, role: FeatureRole, options: StatsOptions, weighted: bool) -> None:
        self._name = name
        self._role = role
        self._options = options
        self._weighted = weighted
        self._size = summary_size(options.epsilon)
        self._bound = SMALL_BOUND if options.use_sketch_based_topk_uniques else Bound()

    def create(self) -> FeatureState:
        """The state before the first row."""
        return {"kind": UNKNOWN, "common": no_common(self._weighted), "numeric": None, "strings": None}

    def add(self, state: FeatureState, column: FeatureColumn, row_weights: Floats | None) -> None:
        """Take a batch's column, in place."""
        state["kind"] = self._joined_kind(state["kind"], column.kind)
        add_common(state["common"], column, row_weights, self._size)
        if column.kind == UNKNOWN:
            return
        weights = None if row_weights is None else column.per_value(row_weights)
        if column.kind == STRING or self._role.categorical:
            state["strings"] = state["strings"] or no_strings()
            text = not self._role.image
            add_strings(state["strings"], _as_binary(column), weights, self._bound, text)
        else:
            state["numeric"] = state["numeric"] or no_numeric(self._weighted)
            add_numeric(state["numeric"], column.values.to_numpy(zero_copy_only=False), weights, self._size)

    def merge(self, a: FeatureState, b: FeatureState) -> FeatureState:
        """The state of both; ``a`` is changed and returned."""
        a["kind"] = self._joined_kind(a["kind"], b["kind"])
        a["common"] = merge_common(a["common"], b["common"], self._size)
        if a["numeric"] is None or b["numeric"] is None:
            a["numeric"] = a["numeric"] or b["numeric"]
        else:
            a["numeric"] = merge_numeric(a["numeric"], b["numeric"], self._size)
        if a["strings"] is None or b["strings"] is None:
            a["strings"] = a["strings"] or b["strings"]
        else:
            a["strings"] = merge_strings(a["strings"], b["strings"], self._bound)
        return a

    def message(
        self, state: FeatureState, rows: int, total_weight: float | None
    ) -> statistics_pb2.FeatureNameStatistics:
        """The statistics of this feature among ``rows`` examples that weigh ``total_weight``."""
        path = FeaturePath([self._name])
        kind = self._reported_kind(state["kind"])
        message = statistics_pb2.FeatureNameStatistics(path=path.to_proto(), type=_MESSAGE_TYPES[kind])
        buckets = self._options.num_values_histogram_buckets
        common = common_message(state["common"], rows, total_weight, buckets)
        if self._role.image and kind in (STRING, UNKNOWN):
            message.type = statistics_pb2.FeatureNameStatistics.BYTES
            message.bytes_stats.common_stats.CopyFrom(common)
            fill_bytes_message(message.bytes_stats, state["strings"] or no_strings(), self._bound)
        elif kind in (STRING, UNKNOWN) or self._role.categorical:
            message.string_stats.common_stats.CopyFrom(common)
            self._fill_strings(message.string_stats, state)
        else:
            message.num_stats.common_stats.CopyFrom(common)
            self._fill_numbers(message.num_stats, state)
        return message

    def _fill_strings(self, message: statistics_pb2.StringStatistics, state: FeatureState) -> None:
        options = self._options
        fill_string_message(
            message,
            state["strings"] or no_strings(),
            bound=self._bound,
            top_values=options.num_top_values,
            rank_buckets=options.num_rank_histogram_buckets if self._has_histograms() else 0,
            frequency_threshold=options.frequency_threshold,
            weighted_threshold=options.weighted_frequency_threshold if self._weighted else None,
        )

    def _fill_numbers(self, message: statistics_pb2.NumericStatistics, state: FeatureState) -> None:
        fill_numeric_message(
            message,
            state["numeric"] or no_numeric(self._weighted),
            size=self._size,
            standard_buckets=self._options.num_histogram_buckets,
            quantile_buckets=self._options.num_quantiles_histogram_buckets,
            with_histograms=self._has_histograms(),
        )

    def _has_histograms(self) -> bool:
        config = self._options.per_feature_stats_config
        return config is None or config.should_compute_histograms(FeaturePath([self._name]))

    def _reported_kind(self, kind: str) -> str:
        if self._options.infer_type_from_schema and self._role.kind != UNKNOWN:
            return self._role.kind if kind in (UNKNOWN, self._role.kind) else kind
        return kind

    def _joined_kind(self, a: str, b: str) -> str:
        if UNKNOWN in (a, b):
            return a or b
        if a != b:
            raise DataError(
                "A feature has one type in all of the data",
                place=Place(column=self._name),
                value=f"{a} and {b}",
                hint="make the writers of the files agree on the type, or read the feature as text",
            )
        return a


def _as_binary(column: FeatureColumn) -> pa.Array:
    if column.kind == STRING:
        return column.values
    return pc.cast(pc.cast(column.values, pa.string()), pa.binary())
