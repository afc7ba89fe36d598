"""The figures of a feature that a statistics view tells, each read from one side's statistics.

Where weighted statistics exist, a figure has a weighted reading too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2
from tensorflow_metadata.proto.v0.statistics_pb2 import FeatureNameStatistics

from gristmill.display.elements import Cell, Column
from gristmill.display.numbers import percent
from gristmill.display.texts import shortened

__all__ = [
    "BYTES",
    "CATEGORICAL",
    "NUMERIC",
    "STRUCT",
    "VALUE",
    "Figure",
    "Reading",
    "common_of",
    "is_weighted",
    "missing_share",
    "zero_share",
]

# Shares from which a figure is marked. A few missing values are everyday; where one in twenty is missing, a model's
# behaviour on missing values starts to count, and where half are, the feature may not be what it seems. Zeros are
# ordinary numbers in many features (truth values, counts): only where they are the rule are they worth a look.
_MISSING_WARNING, _MISSING_BAD = 0.05, 0.5
_ZEROS_WARNING, _ZEROS_BAD = 0.5, 0.9

Reading = Cell | float | str | None
_LONG = 32  # characters of a text that the top column has room for
VALUE = 200  # characters of a value that are told anywhere; a document that is a value is not read in a table


@dataclass(frozen=True)
class Figure:
    """A column of a statistics table."""

    column: Column
    read: Callable[[FeatureNameStatistics], Reading]
    read_weighted: Callable[[FeatureNameStatistics], Reading] | None = None


def common_of(feature: FeatureNameStatistics) -> statistics_pb2.CommonStatistics:
    """What statistics of every kind have."""
    kind = feature.WhichOneof("stats")
    return getattr(feature, kind).common_stats if kind else statistics_pb2.CommonStatistics()


def missing_share(common: Any) -> float:
    """The share of examples without the feature, of common or weighted common statistics."""
    total = common.num_missing + common.num_non_missing
    return common.num_missing / total if total > 0 else 0.0


def is_weighted(feature: FeatureNameStatistics) -> bool:
    """Whether the feature has weighted statistics too."""
    return bool(common_of(feature).HasField("weighted_common_stats"))


def zero_share(feature: FeatureNameStatistics) -> float:
    """The share of values that are zero."""
    values = common_of(feature).tot_num_values
    return feature.num_stats.num_zeros / values if values else 0.0


def _share(share: float, warning: float, bad: float) -> Cell:
    return Cell(percent(share), share, "bad" if share >= bad else "warning" if share >= warning else "")


def _missing(common: Any) -> Cell:
    return _share(missing_share(common), _MISSING_WARNING, _MISSING_BAD)


def _weighted_common(feature: FeatureNameStatistics) -> Any:
    common = common_of(feature)
    return common.weighted_common_stats if is_weighted(feature) else None


def _weighted_count(feature: FeatureNameStatistics) -> Reading:
    common = _weighted_common(feature)
    return None if common is None else common.num_non_missing


def _weighted_missing(feature: FeatureNameStatistics) -> Reading:
    common = _weighted_common(feature)
    return None if common is None else _missing(common)


def _number(name: str, *, weighted: bool = False) -> Callable[[FeatureNameStatistics], Reading]:
    def read(feature: FeatureNameStatistics) -> Reading:
        numbers = feature.num_stats
        if weighted:
            return getattr(numbers.weighted_numeric_stats, name) if numbers.HasField("weighted_numeric_stats") else None
        return getattr(numbers, name) if common_of(feature).tot_num_values else None

    return read


def _zeros(feature: FeatureNameStatistics) -> Reading:
    if not common_of(feature).tot_num_values:
        return None
    return _share(zero_share(feature), _ZEROS_WARNING, _ZEROS_BAD)


def _top(texts: Any) -> tuple[str, float] | None:
    return (texts.top_values[0].value, texts.top_values[0].frequency) if texts.top_values else None


def _top_value(texts: Any) -> Reading:
    top = _top(texts)
    if top is None:
        return None
    text = top[0] or "(empty)"
    return Cell(shortened(text, _LONG), shortened(top[0], VALUE), title=shortened(text, VALUE))


def _top_share(texts: Any, total: float) -> Reading:
    top = _top(texts)
    return None if top is None or total <= 0 else Cell(percent(top[1] / total), top[1] / total)


def _weighted_top_share(feature: FeatureNameStatistics) -> Reading:
    common = _weighted_common(feature)
    return None if common is None else _top_share(feature.string_stats.weighted_string_stats, common.tot_num_values)


def _mean_size(feature: FeatureNameStatistics) -> Reading:
    size = feature.bytes_stats.avg_num_bytes
    return size if math.isfinite(size) else None


_COUNT = Figure(
    Column("Count", numeric=True, hint="examples that have the feature"),
    lambda feature: common_of(feature).num_non_missing,
    _weighted_count,
)
_MISSING = Figure(
    Column("Missing", numeric=True, hint="share of the examples that lack the feature"),
    lambda feature: _missing(common_of(feature)),
    _weighted_missing,
)
NUMERIC = [
    _COUNT,
    _MISSING,
    Figure(Column("Mean", numeric=True), _number("mean"), _number("mean", weighted=True)),
    Figure(
        Column("Std dev", numeric=True, hint="standard deviation"),
        _number("std_dev"),
        _number("std_dev", weighted=True),
    ),
    Figure(Column("Zeros", numeric=True, hint="share of the values that are zero"), _zeros),
    Figure(Column("Min", numeric=True), _number("min")),
    Figure(Column("Median", numeric=True), _number("median"), _number("median", weighted=True)),
    Figure(Column("Max", numeric=True), _number("max")),
]
CATEGORICAL = [
    _COUNT,
    _MISSING,
    Figure(
        Column("Unique", numeric=True, hint="number of different values"), lambda feature: feature.string_stats.unique
    ),
    Figure(
        Column("Top", hint="the most frequent value"),
        lambda feature: _top_value(feature.string_stats),
        lambda feature: _top_value(feature.string_stats.weighted_string_stats),
    ),
    Figure(
        Column("Top freq", numeric=True, hint="share of the values that are the most frequent one"),
        lambda feature: _top_share(feature.string_stats, common_of(feature).tot_num_values),
        _weighted_top_share,
    ),
    Figure(
        Column("Avg length", numeric=True, hint="mean length of a value"),
        lambda feature: feature.string_stats.avg_length,
    ),
]
BYTES = [
    _COUNT,
    _MISSING,
    Figure(
        Column("Unique", numeric=True, hint="number of different values"), lambda feature: feature.bytes_stats.unique
    ),
    Figure(Column("Avg bytes", numeric=True, hint="mean size of a value in bytes"), _mean_size),
    Figure(Column("Min bytes", numeric=True), lambda feature: feature.bytes_stats.min_num_bytes),
    Figure(
        Column("Max bytes", numeric=True),
        lambda feature: feature.bytes_stats.max_num_bytes_int or feature.bytes_stats.max_num_bytes,
    ),
]
STRUCT = [
    _COUNT,
    _MISSING,
    Figure(
        Column("Values per example", numeric=True, hint="mean number of values in examples that have the feature"),
        lambda feature: common_of(feature).avg_num_values,
    ),
]
