"""Cutting batches into slices, and slices by feature values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from gristmill.data_validation.statistics.feature_column import INT, STRING, UNKNOWN, flatten
from gristmill.data_validation.stats_options import SliceFunction
from gristmill.errors import ConfigError

__all__ = ["ALL_EXAMPLES", "INVALID_SLICE", "experimental_get_feature_value_slicer"]

ALL_EXAMPLES = "All Examples"
INVALID_SLICE = "Invalid Slice"

_Rows = NDArray[np.int64]


def experimental_get_feature_value_slicer(
    features: Mapping[str, Iterable[str | int | bytes] | None],
) -> SliceFunction:
    """A function that puts each example into the slices that its feature values name.

    Args:
        features: features with the values to make slices of, None for every value. With several features, a slice is
            a combination of one value of each. Floats cannot be sliced by.

    Returns:
        A slice function. Keys are ``feature_value``, joined by ``_`` in the order of the feature names. A value that
        is not UTF-8 puts the example into the slice ``Invalid Slice``.
    """
    wanted = {name: None if values is None else _accepted(name, values) for name, values in sorted(features.items())}
    if not wanted:
        raise ConfigError("Slicing by feature values needs at least one feature")

    def cut(batch: pa.RecordBatch) -> Iterator[tuple[str, pa.RecordBatch]]:
        cuts: dict[str, _Rows] = {}
        for name, values in wanted.items():
            own = _rows_by_value(batch, name, values)
            cuts = _crossed(cuts, own, name) if cuts or name != next(iter(wanted)) else _named(own, name)
        for key, rows in cuts.items():
            yield key, batch.take(pa.array(rows))

    return cut


def _accepted(name: str, values: Iterable[str | int | bytes]) -> set[str]:
    accepted = set()
    for value in values:
        if not isinstance(value, (str, bytes, int)):
            raise ConfigError(f"Slices of {name!r} are made of texts and whole numbers", value=value)
        accepted.add(value.decode() if isinstance(value, bytes) else str(value))
    return accepted


def _rows_by_value(batch: pa.RecordBatch, name: str, wanted: set[str] | None) -> dict[str, _Rows]:
    index = batch.schema.get_field_index(name)
    if index < 0:
        return {}
    column = flatten(name, batch.column(index))
    if column.kind == UNKNOWN:  # all rows of this batch lack the feature
        return {}
    if column.kind not in (STRING, INT):
        raise ConfigError(f"Slices of {name!r} are made of texts and whole numbers", value=column.kind)
    rows = column.per_value(np.arange(column.rows, dtype=np.float64)).astype(np.int64)
    encoded = column.values.dictionary_encode()
    codes = encoded.indices.to_numpy()
    found: dict[str, _Rows] = {}
    for code, value in enumerate(encoded.dictionary.to_pylist()):
        key = _readable(value)
        if wanted is None or key in wanted or key == INVALID_SLICE:
            found[key] = np.union1d(found.get(key, np.empty(0, np.int64)), rows[codes == code])
    return found


def _readable(value: Any) -> str:
    if isinstance(value, int):
        return str(value)
    try:
        return str(value.decode())
    except UnicodeDecodeError:
        return INVALID_SLICE


def _named(rows_by_value: dict[str, _Rows], name: str) -> dict[str, _Rows]:
    return {key if key == INVALID_SLICE else f"{name}_{key}": rows for key, rows in rows_by_value.items()}


def _crossed(left: dict[str, _Rows], right: dict[str, _Rows], name: str) -> dict[str, _Rows]:
    crossed: dict[str, _Rows] = {}
    for left_key, left_rows in left.items():
        for right_key, right_rows in right.items():
            rows = np.intersect1d(left_rows, right_rows)
            if not len(rows):
                continue
            invalid = INVALID_SLICE in (left_key, right_key)
            key = INVALID_SLICE if invalid else f"{left_key}_{name}_{right_key}"
            crossed[key] = np.union1d(crossed.get(key, np.empty(0, np.int64)), rows)
    return crossed
