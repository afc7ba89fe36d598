"""Accumulator states as bytes: plain trees, written and read without running any code.

A value is one tag byte and a payload. Lengths and counts are unsigned 64-bit little-endian, and are checked against the
bytes that are left before any memory is taken for them. Equal states give equal bytes, except that dicts keep their
order.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from gristmill.errors import DataError, Place

__all__ = ["dumps", "loads"]

_LENGTH = struct.Struct("<Q")
_FLOAT = struct.Struct("<d")
_MAX_DEPTH = 200  # nesting: far beyond any state, below Python's own limit
_ARRAY_KINDS = frozenset("biufcSUmM")  # numpy kinds whose items are plain bytes; objects are not


def dumps(state: object) -> bytes:
    """Serialize a tree of dict, list, tuple, str, bytes, int, float, bool, None, numpy and Arrow values.

    Args:
        state: also numpy arrays and scalars of any plain dtype, and Arrow arrays, chunked arrays and record batches.

    Raises:
        TypeError: something else is in it.
        ValueError: it nests too deeply.
    """
    parts: list[bytes] = []
    _write(state, parts, 0)
    return b"".join(parts)


def loads(data: bytes) -> Any:
    """The state that ``dumps`` was given. Arrays are fresh and writable.

    Raises:
        DataError: the bytes are not what ``dumps`` writes.
    """
    reader = _Reader(data)
    state = _read(reader, 0)
    if reader.position != len(data):
        raise reader.fault("bytes follow the state")
    return state


def _write(value: object, parts: list[bytes], depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise ValueError("a state must not nest deeper than 200 levels")
    if value is None:
        parts.append(b"N")
    elif isinstance(value, bool):
        parts.append(b"T" if value else b"F")
    elif type(value) in _SCALARS:
        tag, encode = _SCALARS[type(value)]
        _write_bytes(tag, encode(value), parts)
    elif type(value) in _CONTAINERS:
        _write_container(value, parts, depth)
    elif isinstance(value, np.ndarray | np.generic):
        _write_numpy(value, parts)
    elif isinstance(value, pa.Array | pa.ChunkedArray | pa.RecordBatch):
        _write_arrow(value, parts)
    else:
        raise TypeError(f"a state cannot hold a {type(value).__module__}.{type(value).__qualname__}")


def _write_bytes(tag: bytes, payload: bytes, parts: list[bytes]) -> None:
    parts += (tag, _LENGTH.pack(len(payload)), payload)


def _encode_int(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)


_SCALARS: dict[type, tuple[bytes, Callable[[Any], bytes]]] = {
    int: (b"i", _encode_int),
    float: (b"f", _FLOAT.pack),
    str: (b"s", lambda value: value.encode("utf-8", "surrogatepass")),
    bytes: (b"b", bytes),
}
_CONTAINERS: dict[type, bytes] = {list: b"l", tuple: b"t", dict: b"d"}


def _write_container(value: Any, parts: list[bytes], depth: int) -> None:
    parts += (_CONTAINERS[type(value)], _LENGTH.pack(len(value)))
    items = [item for pair in value.items() for item in pair] if isinstance(value, dict) else value
    for item in items:
        _write(item, parts, depth + 1)


def _write_numpy(value: Any, parts: list[bytes]) -> None:
    if value.dtype.kind not in _ARRAY_KINDS:
        raise TypeError(f"a state cannot hold a numpy array of dtype {value.dtype}")
    array = np.asarray(value)
    parts.append(b"g" if isinstance(value, np.generic) else b"a")
    _write_bytes(b"s", array.dtype.str.encode(), parts)
    parts.append(_LENGTH.pack(array.ndim))
    parts.extend(_LENGTH.pack(size) for size in array.shape)
    _write_bytes(b"b", np.ascontiguousarray(array).tobytes(), parts)


def _write_arrow(value: Any, parts: list[bytes]) -> None:
    """As an Arrow IPC stream of one column, or of a record batch."""
    if isinstance(value, pa.RecordBatch):
        tag, schema, batches = b"R", value.schema, [value]
    else:
        tag, chunks = (b"A", [value]) if isinstance(value, pa.Array) else (b"C", value.chunks)
        schema = pa.schema([pa.field("", value.type)])
        batches = [pa.RecordBatch.from_arrays([chunk], schema=schema) for chunk in chunks]
    stream = pa.BufferOutputStream()
    with pa.ipc.new_stream(stream, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    _write_bytes(tag, stream.getvalue().to_pybytes(), parts)


class _Reader:
    """Takes pieces off the front of the data, never more than there is."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def take(self, size: int) -> bytes:
        if size > len(self.data) - self.position:
            raise self.fault("the bytes end early")
        piece = self.data[self.position : self.position + size]
        self.position += size
        return piece

    def number(self) -> int:
        value: int = _LENGTH.unpack(self.take(_LENGTH.size))[0]
        return value

    def payload(self) -> bytes:
        return self.take(self.number())

    def count(self) -> int:
        """A number of items, each of which takes at least one byte."""
        count = self.number()
        if count > len(self.data) - self.position:
            raise self.fault("the bytes end early")
        return count

    def fault(self, why: str) -> DataError:
        return DataError(f"not a serialized accumulator state: {why}", place=Place(offset=self.position))


def _read(reader: _Reader, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise reader.fault("it nests too deeply")
    tag = reader.take(1)
    if tag in _ATOMS:
        return _ATOMS[tag]
    if tag in _READERS:
        try:
            return _READERS[tag](reader, tag, depth)
        except (ValueError, TypeError, OverflowError, struct.error, pa.ArrowException, OSError) as error:
            raise error if isinstance(error, DataError) else reader.fault(str(error)) from None
    raise reader.fault(f"unknown tag {tag!r}")


def _read_scalar(reader: _Reader, tag: bytes, _: int) -> Any:
    payload = reader.payload()
    if tag == b"i":
        return int.from_bytes(payload, "little", signed=True)
    if tag == b"f":
        return _FLOAT.unpack(payload)[0]
    return payload.decode("utf-8", "surrogatepass") if tag == b"s" else payload


def _read_sequence(reader: _Reader, tag: bytes, depth: int) -> Any:
    items = [_read(reader, depth + 1) for _ in range(reader.count())]
    return items if tag == b"l" else tuple(items)


def _read_dict(reader: _Reader, _: bytes, depth: int) -> Any:
    pairs = ((_read(reader, depth + 1), _read(reader, depth + 1)) for _ in range(reader.count()))
    return dict(pairs)


def _read_numpy(reader: _Reader, tag: bytes, _: int) -> Any:
    reader.take(1)
    dtype = np.dtype(reader.payload().decode("ascii"))
    if dtype.kind not in _ARRAY_KINDS:
        raise reader.fault(f"dtype {dtype}")
    shape = tuple(reader.number() for _ in range(reader.count()))
    reader.take(1)
    array = np.frombuffer(reader.payload(), dtype).reshape(shape).copy()
    return array[()] if tag == b"g" else array


def _read_arrow(reader: _Reader, tag: bytes, _: int) -> Any:
    with pa.ipc.open_stream(reader.payload()) as stream:
        table = stream.read_all()
    table.validate(full=True)
    if tag == b"C":
        return table.column(0)
    if tag == b"A":
        return pa.concat_arrays(table.column(0).chunks) if table.column(0).num_chunks else pa.array([], table[0].type)
    batches = table.to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)


_ATOMS = {b"N": None, b"T": True, b"F": False}
_READERS: dict[bytes, Callable[[_Reader, bytes, int], Any]] = {
    **dict.fromkeys((b"i", b"f", b"s", b"b"), _read_scalar),
    **dict.fromkeys((b"l", b"t"), _read_sequence),
    b"d": _read_dict,
    **dict.fromkeys((b"a", b"g"), _read_numpy),
    **dict.fromkeys((b"A", b"C", b"R"), _read_arrow),
}
