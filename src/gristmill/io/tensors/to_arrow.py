"""Tensors become record batches of features.

A dense tensor [rows, ...] gives one list of values per row; a SparseTensor of rank 2 gives each row's values in order;
a RaggedTensor gives ``<name>$ragged_values`` and one column ``<name>$row_lengths_<i>`` per inner level; a SparseTensor
of a higher rank gives ``<name>$sparse_values`` and ``<name>$sparse_indices_<i>``. Integers become int64, floats
float32: the types that an example can hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import tensorflow as tf

from gristmill.errors import DataError, Place
from gristmill.io.tensors.list_columns import Array

__all__ = ["TensorsToRecordBatchConverter", "tensors_to_batch"]


def tensors_to_batch(outputs: Mapping[str, Any], *, as_sparse_features: frozenset[str] = frozenset()) -> pa.RecordBatch:
    """One record batch of the tensors, which must agree in their number of rows; columns sorted by name.

    Args:
        outputs: name to eager Tensor, SparseTensor or RaggedTensor, or numpy array.
        as_sparse_features: names of SparseTensors of rank 2 to be written with their indices, like those of higher
            rank.

    Raises:
        DataError: outputs differ in their number of rows, have no rows at all (scalars), or hold another type.
    """
    columns: dict[str, pa.Array] = {}
    rows: dict[str, int] = {}
    for name, value in outputs.items():
        made = _columns(name, value, name in as_sparse_features)
        columns.update(made)
        rows[name] = len(next(iter(made.values())))
    if len(set(rows.values())) > 1:
        raise DataError("all outputs of a batch must have the same number of rows", value=rows)
    names = sorted(columns)
    return pa.RecordBatch.from_arrays([columns[name] for name in names], names=names)


class TensorsToRecordBatchConverter:
    """The published converter: made for a set of type specs, then called with tensors of those types.

    Args:
        type_specs: name to type spec of the tensors to come.
    """

    def __init__(self, type_specs: Mapping[str, tf.TypeSpec]) -> None:
        self._names = set(type_specs)

    def convert(self, tensors: Mapping[str, Any]) -> pa.RecordBatch:
        """The record batch of ``tensors``, whose names must be those of the type specs."""
        if set(tensors) != self._names:
            raise DataError("tensors must be those of the type specs", value=sorted(self._names ^ set(tensors)))
        return tensors_to_batch(tensors)


def _columns(name: str, value: Any, with_indices: bool) -> dict[str, pa.Array]:
    if isinstance(value, tf.RaggedTensor):
        return _ragged_columns(name, value)
    if isinstance(value, tf.SparseTensor):
        if with_indices or value.shape.rank != 2:
            return _sparse_columns(name, value)
        rows = int(value.dense_shape[0])
        lengths = np.bincount(value.indices.numpy()[:, 0], minlength=rows)
        return {name: _lists(lengths, _array(name, value.values))}
    array = _array(name, value)
    if array.ndim == 0:
        raise DataError("an output must have one row per example; this one is a scalar", place=Place(column=name))
    width = int(np.prod(array.shape[1:], dtype=np.int64))
    return {name: _equal_lists(array.shape[0], width, array.reshape(-1))}


def _array(name: str, value: Any) -> Array:
    array: Array = value.numpy() if isinstance(value, tf.Tensor) else np.asarray(value)
    if array.dtype.kind in "OSU":
        return array.astype(object, copy=False)
    if array.dtype.kind in "iub":
        return array.astype(np.int64, copy=False)
    if array.dtype.kind == "f" or array.dtype == tf.bfloat16.as_numpy_dtype:
        return array.astype(np.float32, copy=False)
    raise DataError("features hold strings, integers or floats", place=Place(column=name), value=str(array.dtype))


def _arrow(values: Array) -> pa.Array:
    return pa.array(values, type=pa.binary()) if values.dtype == object else pa.array(values)


def _equal_lists(rows: int, width: int, values: Array) -> pa.Array:
    offsets = np.arange(rows + 1, dtype=np.int32) * np.int32(width)
    return pa.ListArray.from_arrays(pa.array(offsets), _arrow(values))


def _lists(lengths: Array, values: Array) -> pa.Array:
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), _arrow(values))


def _sparse_columns(name: str, value: tf.SparseTensor) -> dict[str, pa.Array]:
    indices = value.indices.numpy()
    lengths = np.bincount(indices[:, 0], minlength=int(value.dense_shape[0]))
    columns = {f"{name}$sparse_values": _lists(lengths, _array(name, value.values))}
    for level in range(1, indices.shape[1]):
        columns[f"{name}$sparse_indices_{level - 1}"] = _lists(lengths, np.ascontiguousarray(indices[:, level]))
    return columns


def _ragged_columns(name: str, value: tf.RaggedTensor) -> dict[str, pa.Array]:
    splits = [nested.numpy().astype(np.int64) for nested in value.nested_row_splits]
    outer = splits[0]  # positions, in the items of the level at hand, where each example begins
    columns: dict[str, pa.Array] = {}
    for level, inner in enumerate(splits[1:], start=1):
        columns[f"{name}$row_lengths_{level}"] = _lists(np.diff(outer), np.diff(inner))
        outer = inner[outer]
    flat = _array(name, value.flat_values)
    width = int(np.prod(flat.shape[1:], dtype=np.int64))
    columns[f"{name}$ragged_values"] = _lists(np.diff(outer) * width, flat.reshape(-1))
    return columns
