"""The weight of each example, read from a feature."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from gristmill.data_validation.feature_path import FeaturePath
from gristmill.data_validation.statistics.feature_column import FLOAT, INT, flatten
from gristmill.data_validation.stats_options import StatsOptions
from gristmill.engine.weighted_summary import Floats
from gristmill.errors import DataError, Place

__all__ = ["WeightFeatures", "example_weights"]

_HINT = "a weight feature holds exactly one finite, non-negative number in each example"


class WeightFeatures:
    """Which feature weighs which."""

    def __init__(self, options: StatsOptions) -> None:
        self.default: str | None = options.weight_feature
        self._overrides: dict[FeaturePath, str] = options.per_feature_weight_override or {}

    @property
    def names(self) -> list[str]:
        """All weight features."""
        return sorted({name for name in (self.default, *self._overrides.values()) if name is not None})

    def of(self, feature: str) -> str | None:
        """The weight feature that applies to a feature; None where examples are not weighted."""
        return self._overrides.get(FeaturePath([feature]), self.default)


def example_weights(batch: pa.RecordBatch, name: str) -> Floats:
    """The weight of each row, float64.

    Raises:
        DataError: the feature is absent, not numeric, missing in a row, or has several values in a row.
    """
    place = Place(column=name)
    index = batch.schema.get_field_index(name)
    if index < 0:
        raise DataError("The weight feature is not in the data", place=place, hint=_HINT)
    column = flatten(name, batch.column(index))
    if column.kind not in (INT, FLOAT):
        raise DataError("The weight feature is numeric", place=place, value=str(batch.column(index).type), hint=_HINT)
    if column.present is not None or column.lengths is not None:
        raise DataError("The weight feature has exactly one value in each example", place=place, hint=_HINT)
    weights: Floats = column.values.to_numpy(zero_copy_only=False).astype(np.float64)
    wrong = ~(np.isfinite(weights) & (weights >= 0))
    if wrong.any():
        raise DataError("A weight is finite and not negative", place=place, value=weights[wrong][0], hint=_HINT)
    return weights
