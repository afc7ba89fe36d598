"""MessageRows: columns of messages are those that protobuf writes one by one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gristmill.errors import DataError
from gristmill.proto.tensor_pb2 import TensorProto
from gristmill.serving.inference.message_rows import MessageRows, fixed_width_bytes, varint, varint_rows

_INT64S = TensorProto.DESCRIPTOR.fields_by_name["int64_val"].number
_FLOATS = TensorProto.DESCRIPTOR.fields_by_name["float_val"].number
_STRINGS = TensorProto.DESCRIPTOR.fields_by_name["string_val"].number
int64 = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(st.tuples(int64, int64), min_size=1))
def test_integers_of_any_size_are_varints(rows: list[tuple[int, int]]) -> None:
    column = varint_rows(np.array(rows, np.int64)).as_field(_INT64S).column(len(rows))
    assert column.to_pylist() == [TensorProto(int64_val=row).SerializeToString() for row in rows]


@given(st.lists(st.binary(max_size=300), min_size=1))
def test_nested_strings_of_any_length_carry_their_lengths(texts: list[bytes]) -> None:
    made = MessageRows.of(pa.array(texts, pa.binary())).as_field(_STRINGS)
    assert made.column(len(texts)).to_pylist() == [TensorProto(string_val=[t]).SerializeToString() for t in texts]
    outer = (MessageRows.constant(b"\x08\x01") + made).as_field(2).column(len(texts))
    inner = [b"\x08\x01" + TensorProto(string_val=[text]).SerializeToString() for text in texts]
    assert outer.to_pylist() == [b"\x12" + varint(len(each)) + each for each in inner]


@given(st.lists(st.floats(width=32, allow_nan=False), min_size=1))
def test_floats_are_their_memory(values: list[float]) -> None:
    made = fixed_width_bytes(np.array(values, np.float32)[:, np.newaxis]).as_field(_FLOATS)
    assert made.column(len(values)).to_pylist() == [TensorProto(float_val=[v]).SerializeToString() for v in values]


def test_constant_messages_are_repeated() -> None:
    assert MessageRows.constant(b"ab").column(3).to_pylist() == [b"ab"] * 3
    assert MessageRows().column(2).to_pylist() == [b"", b""]


def test_more_than_a_column_holds_is_refused_before_it_is_made() -> None:
    with pytest.raises(DataError, match="less than 2 GiB"):
        MessageRows.constant(bytes(1 << 20)).column(2048)
