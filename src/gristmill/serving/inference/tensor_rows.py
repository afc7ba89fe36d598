"""The rows of a tensor as ``TensorProto`` messages of shape [1, …], as TensorFlow's ``make_tensor_proto`` writes them.

A row of one number is in the field of its dtype (``float_val``, ``int64_val``, …), a row of several numbers is in
``tensor_content``, strings are in ``string_val``.
"""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
import pyarrow as pa

from gristmill.errors import NotSupportedError, Place
from gristmill.proto import tensor_pb2
from gristmill.serving.inference.message_rows import MessageRows, fixed_width_bytes, varint_rows

__all__ = ["string_rows", "tensor_map_rows", "tensor_rows"]

_FIELDS = tensor_pb2.TensorProto.DESCRIPTOR.fields_by_name
_CONTENT = _FIELDS["tensor_content"].number
_STRINGS = _FIELDS["string_val"].number

# numpy's name of a dtype -> the published type, and the field for a single value, where it has one here.
_TYPES: dict[str, tuple[tensor_pb2.DataType, str]] = {
    "float32": (tensor_pb2.DT_FLOAT, "float_val"),
    "float64": (tensor_pb2.DT_DOUBLE, "double_val"),
    "int32": (tensor_pb2.DT_INT32, "int_val"),
    "uint8": (tensor_pb2.DT_UINT8, "int_val"),
    "int16": (tensor_pb2.DT_INT16, "int_val"),
    "int8": (tensor_pb2.DT_INT8, "int_val"),
    "uint16": (tensor_pb2.DT_UINT16, "int_val"),
    "int64": (tensor_pb2.DT_INT64, "int64_val"),
    "bool": (tensor_pb2.DT_BOOL, "bool_val"),
    "uint32": (tensor_pb2.DT_UINT32, "uint32_val"),
    "uint64": (tensor_pb2.DT_UINT64, "uint64_val"),
    "float16": (tensor_pb2.DT_HALF, ""),
    "bfloat16": (tensor_pb2.DT_BFLOAT16, ""),
    "complex64": (tensor_pb2.DT_COMPLEX64, ""),
    "complex128": (tensor_pb2.DT_COMPLEX128, ""),
}
_FIXED = ("float_val", "double_val")  # packed as the memory is; the others are varints


def tensor_rows(values: npt.NDArray[Any], name: str = "") -> MessageRows:
    """One ``TensorProto`` per row.

    Args:
        values: [rows, …]; objects of ``bytes`` for strings.
        name: of the tensor, for errors.

    Raises:
        NotSupportedError: a dtype that no log can hold.
    """
    head = tensor_pb2.TensorProto()
    for size in (1, *values.shape[1:]):
        head.tensor_shape.dim.add(size=size)
    if values.dtype.kind in "OS":
        head.dtype = tensor_pb2.DT_STRING
        return MessageRows.constant(head.SerializeToString(deterministic=True)) + _strings(values)
    if values.dtype.name not in _TYPES:
        raise NotSupportedError(
            "a prediction log holds strings, numbers and booleans", place=Place(column=name), value=str(values.dtype)
        )
    head.dtype, field = _TYPES[values.dtype.name]
    flat = values.reshape(len(values), -1)
    content = _payload(flat, field)
    return MessageRows.constant(head.SerializeToString(deterministic=True)) + content


def _payload(flat: npt.NDArray[Any], field: str) -> MessageRows:
    if flat.shape[1] == 0:
        return MessageRows()
    if flat.shape[1] > 1 or not field:
        return fixed_width_bytes(flat).as_field(_CONTENT)
    made = fixed_width_bytes(flat) if field in _FIXED else varint_rows(flat)
    return made.as_field(_FIELDS[field].number)


def _strings(values: npt.NDArray[Any]) -> MessageRows:
    made = MessageRows()
    for column in values.reshape(len(values), -1).T:
        made += MessageRows.of(pa.array(column.tolist(), pa.binary())).as_field(_STRINGS)
    return made


def string_rows(column: pa.BinaryArray) -> MessageRows:
    """One ``TensorProto`` of shape [1] per row of a column of bytes."""
    head = tensor_pb2.TensorProto(dtype=tensor_pb2.DT_STRING)
    head.tensor_shape.dim.add(size=1)
    return MessageRows.constant(head.SerializeToString(deterministic=True)) + MessageRows.of(column).as_field(_STRINGS)


def tensor_map_rows(tensors: dict[str, MessageRows], number: int) -> MessageRows:
    """The field of this number, a map from names to tensors, with its entries sorted by name."""
    entries = MessageRows()
    for name in sorted(tensors):
        key = MessageRows.constant(name.encode()).as_field(1)
        entries += (key + tensors[name].as_field(2)).as_field(number)
    return entries
