"""What the data says about one feature, read from its statistics."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from gristmill.data_validation.feature_path import FeaturePath
from gristmill.data_validation.statistics_lookup import feature_path_of

__all__ = ["DatasetData", "FeatureData", "Valency"]

_Types = statistics_pb2.FeatureNameStatistics

_SCHEMA_TYPES = {
    _Types.INT: schema_pb2.INT,
    _Types.FLOAT: schema_pb2.FLOAT,
    _Types.STRING: schema_pb2.BYTES,
    _Types.BYTES: schema_pb2.BYTES,
    _Types.STRUCT: schema_pb2.STRUCT,
}


@dataclass(frozen=True)
class Valency:
    """Presence and number of values at one level of nesting.

    Attributes:
        present: lists that are there.
        missing: lists that are not.
        least: smallest number of values in a list.
        most: largest number of values in a list.
    """

    present: int
    missing: int
    least: int
    most: int


class FeatureData:
    """Statistics of one feature.

    Args:
        stats: the message; it has one of the kinds of statistics.
        weighted: read weighted counts where a figure has them.
    """

    def __init__(self, stats: statistics_pb2.FeatureNameStatistics, weighted: bool = False) -> None:
        self.stats = stats
        self.path = feature_path_of(stats)
        self._weighted = weighted
        self._kind: Any = getattr(stats, stats.WhichOneof("stats"))

    @property
    def common(self) -> statistics_pb2.CommonStatistics:
        """The common statistics."""
        return self._kind.common_stats

    @property
    def _counts(self) -> Any:
        return self.common.weighted_common_stats if self._weighted else self.common

    @property
    def schema_type(self) -> int:
        """The ``FeatureType`` that a schema gives to such data."""
        return int(_SCHEMA_TYPES[self.stats.type])

    @property
    def present(self) -> float:
        """Examples, or their weight, that have the feature."""
        return float(self._counts.num_non_missing)

    @property
    def missing(self) -> float:
        """Examples, or their weight, that lack the feature."""
        return float(self._counts.num_missing)

    @property
    def fraction_present(self) -> float:
        """Share of the examples that have the feature; 0.0 of none at all."""
        total = self.present + self.missing
        return self.present / total if total else 0.0

    @property
    def has_values(self) -> bool:
        """Whether there is any value."""
        return bool(self.common.tot_num_values) or bool(self.common.max_num_values)

    @property
    def valencies(self) -> list[Valency]:
        """Presence and number of values, outermost level of nesting first."""
        levels = list(self.common.presence_and_valency_stats) or [self.common]
        return [
            Valency(level.num_non_missing, level.num_missing, level.min_num_values, level.max_num_values)
            for level in levels
        ]

    @property
    def numbers(self) -> statistics_pb2.NumericStatistics | None:
        """Numeric statistics of a feature that has values."""
        return self.stats.num_stats if self.stats.HasField("num_stats") and self.has_values else None

    @property
    def num_nan(self) -> int:
        """Values that are no number."""
        return max((histogram.num_nan for histogram in self.stats.num_stats.histograms), default=0)

    @property
    def has_infinity(self) -> bool:
        """Whether a value is infinite."""
        return any(math.isinf(end) for end in (self.stats.num_stats.min, self.stats.num_stats.max))

    @property
    def has_strings(self) -> bool:
        """Whether the values were counted as texts."""
        return bool(self.stats.HasField("string_stats"))

    @property
    def strings(self) -> dict[str, float]:
        """Texts with their count or weight, most frequent first; as many as the rank histogram holds."""
        stats = self.stats.string_stats
        part: Any = stats.weighted_string_stats if self._weighted else stats
        buckets = {bucket.label: bucket.sample_count for bucket in part.rank_histogram.buckets}
        return buckets or {top.value: top.frequency for top in part.top_values}

    @property
    def has_invalid_utf8(self) -> bool:
        """Whether a value is not UTF-8."""
        return bool(self.stats.string_stats.invalid_utf8_count)

    @property
    def unique(self) -> int | None:
        """Number of distinct values; None where it was not counted."""
        if self.stats.WhichOneof("stats") in ("string_stats", "bytes_stats"):
            return int(self._kind.unique)
        return None

    def histogram(self, kind: int) -> statistics_pb2.Histogram | None:
        """The numeric histogram of a type; weighted where this is."""
        stats = self.stats.num_stats
        histograms = stats.weighted_numeric_stats.histograms if self._weighted else stats.histograms
        return next((histogram for histogram in histograms if histogram.type == kind), None)


class DatasetData:
    """Statistics of one dataset, features by path."""

    def __init__(self, dataset: statistics_pb2.DatasetFeatureStatistics) -> None:
        self.dataset = dataset
        described = [feature for feature in dataset.features if feature.WhichOneof("stats")]
        weighted = dataset.weighted_num_examples != 0 and all(map(_has_weights, described))
        self.features = {data.path: data for data in (FeatureData(feature, weighted) for feature in described)}

    @property
    def num_examples(self) -> int:
        """Number of examples."""
        return int(self.dataset.num_examples)

    def of(self, path: FeaturePath) -> FeatureData | None:
        """The data of a feature; None where there is none."""
        return self.features.get(path)


def _has_weights(feature: statistics_pb2.FeatureNameStatistics) -> bool:
    kind: Any = getattr(feature, feature.WhichOneof("stats"))
    return bool(kind.common_stats.HasField("weighted_common_stats"))
