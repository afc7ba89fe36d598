"""The values of a stored tensor as text, without TensorFlow."""

from __future__ import annotations

from typing import Any

import numpy as np

from gristmill.proto.tensor_pb2 import DataType, TensorProto

__all__ = ["tensor_text"]

_SHOWN = 10  # values
_LISTS = ("float_val", "double_val", "int_val", "int64_val", "uint32_val", "uint64_val", "bool_val", "string_val")
_DTYPES = {
    DataType.DT_FLOAT: "<f4",
    DataType.DT_DOUBLE: "<f8",
    DataType.DT_HALF: "<f2",
    DataType.DT_INT8: "<i1",
    DataType.DT_INT16: "<i2",
    DataType.DT_INT32: "<i4",
    DataType.DT_INT64: "<i8",
    DataType.DT_UINT8: "<u1",
    DataType.DT_UINT16: "<u2",
    DataType.DT_UINT32: "<u4",
    DataType.DT_UINT64: "<u8",
    DataType.DT_BOOL: "?",
}  # TensorFlow writes tensor_content in the machine's order, which is little-endian on all that it runs on


def tensor_text(tensor: TensorProto) -> str:
    """The first values: ``0.93``, or ``[0.1, 0.9]``; the type, where values of it are not read here."""
    values = _values(tensor)
    if values is None:
        return f"({DataType.Name(tensor.dtype) if tensor.dtype in DataType.values() else tensor.dtype})"
    shown = [_text(value) for value in values[:_SHOWN]]
    if len(values) == 1:
        return shown[0]
    return "[" + ", ".join(shown) + (f", … ({len(values):,} values)" if len(values) > _SHOWN else "") + "]"


def _values(tensor: TensorProto) -> list[Any] | None:
    if tensor.tensor_content:
        dtype = np.dtype(_DTYPES[tensor.dtype]) if tensor.dtype in _DTYPES else None
        if dtype is None or len(tensor.tensor_content) % dtype.itemsize:
            return None
        found: list[Any] = np.frombuffer(tensor.tensor_content, dtype).tolist()
        return found
    for name in _LISTS:
        if values := getattr(tensor, name):
            return list(values)
    return []


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return f"{value:.6g}" if isinstance(value, float) else str(value)
