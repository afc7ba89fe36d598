"""Finds the slices of a batch in one vectorised pass per slicing spec.

A feature column is dictionary-encoded once per batch; a spec's groups are then integer codes, so 25 slices cost as much
as one. A row may be in several slices of a spec (multi-valued features) or in none (the feature is missing).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from gristmill.errors import DataError, Place
from gristmill.model_analysis.slicer.groups import Groups, Part
from gristmill.model_analysis.slicer.slice_key import SliceKeyType, SliceValue
from gristmill.model_analysis.slicer.slice_spec import SingleSliceSpec

__all__ = ["FeatureLookup", "index_slices"]

IntArray = NDArray[np.int64]
FeatureLookup = Callable[[str], pa.Array | None]
"""The column of a feature (``list<T>`` or ``T``), transformed before raw; None where the batch has none."""

_DIRECT = 1 << 20
"""Up to this many possible codes a lookup table beats sorting (8 MB of int64 fit the L2/L3 cache)."""


@dataclass(frozen=True)
class _Encoded:
    """A column as codes: the values of row r are ``codes[starts[r]:starts[r] + counts[r]]``, without repetition."""

    values: list[SliceValue]
    codes: IntArray
    starts: IntArray
    counts: IntArray


def index_slices(
    specs: Sequence[SingleSliceSpec], rows: int, feature: FeatureLookup
) -> tuple[list[SliceKeyType], Groups]:
    """The slice keys that occur in a batch, and which rows are in each.

    Args:
        specs: slicing specs, without repetition.
        rows: number of rows in the batch.
        feature: finds a feature's column.

    Returns:
        The keys, and groups whose numbers are positions in the list of keys.
    """
    encoded: dict[str, _Encoded | None] = {}
    for name in {name for spec in specs for name in spec.feature_names}:
        column = feature(name)
        encoded[name] = None if column is None else _encode(column, name)
    keys: dict[SliceKeyType, int] = {}
    parts: list[Part] = []
    for spec in specs:
        if spec.is_overall:
            parts.append(Part(rows=None, groups=keys.setdefault((), len(keys))))
        else:
            _add_spec(spec, rows, encoded, keys, parts)
    return list(keys), Groups(size=len(keys), rows=rows, parts=tuple(parts))


def _add_spec(
    spec: SingleSliceSpec,
    rows: int,
    encoded: dict[str, _Encoded | None],
    keys: dict[SliceKeyType, int],
    parts: list[Part],
) -> None:
    columns = [encoded[name] for name in spec.columns]
    members: IntArray = np.arange(rows, dtype=np.int64)
    for name, value in spec.features:
        members = _rows_with(encoded[name], value, members)
    code: IntArray = np.zeros(len(members), dtype=np.int64)
    combinations: list[tuple[SliceValue, ...]] = [()]
    for column in columns:
        if column is None:
            return
        members, code, combinations = _cross(members, code, combinations, column)
    if len(members):
        numbers = [keys.setdefault(_slice_key(spec, values), len(keys)) for values in combinations]
        parts.append(Part(rows=members, groups=np.array(numbers, dtype=np.int64)[code]))


def _slice_key(spec: SingleSliceSpec, values: tuple[SliceValue, ...]) -> SliceKeyType:
    return tuple(sorted([*zip(spec.columns, values, strict=True), *spec.features]))


def _rows_with(column: _Encoded | None, value: SliceValue, members: IntArray) -> IntArray:
    if column is None or value not in column.values:
        return members[:0]
    wanted = next(code for code, known in enumerate(column.values) if known == value)
    hits = np.repeat(np.arange(len(column.counts)), column.counts)[column.codes == wanted]
    return np.intersect1d(members, hits, assume_unique=True)


def _cross(
    members: IntArray, code: IntArray, combinations: list[tuple[SliceValue, ...]], column: _Encoded
) -> tuple[IntArray, IntArray, list[tuple[SliceValue, ...]]]:
    """Join every member with each of its row's values of one more column."""
    counts = column.counts[members]
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    values = column.codes[np.repeat(column.starts[members], counts) + within]
    base = len(column.values)
    distinct, code = _compact(np.repeat(code, counts) * base + values, len(combinations) * base)
    crossed = [(*combinations[pair // base], column.values[pair % base]) for pair in distinct.tolist()]
    return np.repeat(members, counts), code, crossed


def _compact(code: IntArray, size: int) -> tuple[IntArray, IntArray]:
    """The distinct codes in ascending order, and each code's position among them."""
    if size > _DIRECT:
        distinct, position = np.unique(code, return_inverse=True)
        return distinct, position.astype(np.int64, copy=False)
    distinct = np.flatnonzero(np.bincount(code, minlength=size))
    table = np.zeros(size, dtype=np.int64)
    table[distinct] = np.arange(len(distinct))
    return distinct, table[code]


def _encode(column: pa.Array, name: str) -> _Encoded:
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        counts = pc.fill_null(pc.list_value_length(column), 0).to_numpy().astype(np.int64)
        flat = column.flatten()
    else:
        counts = pc.is_valid(column).to_numpy(zero_copy_only=False).astype(np.int64)
        flat = column.drop_null()
    dictionary = flat.dictionary_encode()
    codes = dictionary.indices.to_numpy().astype(np.int64)
    values = _slice_values(dictionary.dictionary, name)
    if len(counts) and counts.max() > 1:
        codes, counts = _without_repetition(codes, counts, max(len(values), 1))
    return _Encoded(values=values, codes=codes, starts=np.cumsum(counts) - counts, counts=counts)


def _without_repetition(codes: IntArray, counts: IntArray, base: int) -> tuple[IntArray, IntArray]:
    pairs = np.unique(np.repeat(np.arange(len(counts)), counts) * base + codes)
    return pairs % base, np.bincount(pairs // base, minlength=len(counts)).astype(np.int64)


def _slice_values(values: pa.Array, name: str) -> list[SliceValue]:
    found = values.to_pylist()
    try:
        return [value.decode() if isinstance(value, bytes) else value for value in found]
    except UnicodeDecodeError as error:
        raise DataError(
            "a bytes feature that rows are sliced by must hold UTF-8 text",
            place=Place(column=name),
            value=error.object,
            hint="slice by another feature, or add one that holds readable text",
        ) from error
