"""States as bytes: what goes in comes out, and nothing else is accepted."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from gristmill.engine.state_codec import dumps, loads
from gristmill.errors import DataError

ATOMS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    | st_numpy.arrays(
        st_numpy.scalar_dtypes() | st_numpy.byte_string_dtypes() | st_numpy.unicode_string_dtypes(),
        st_numpy.array_shapes(min_dims=0, min_side=0, max_side=4),
    )
)
KEYS = st.text() | st.integers() | st.binary() | st.tuples(st.integers(), st.text())
STATES = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(KEYS, inner),
    max_leaves=20,
)


def same(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, float):
        return a == b or (math.isnan(a) and math.isnan(b))
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(map(repr, a)) == list(map(repr, b)) and all(map(same, a.values(), b.values()))
    return bool(a == b)


@given(STATES)
def test_every_state_survives(state: Any) -> None:
    restored = loads(dumps(state))
    assert same(state, restored)
    assert dumps(restored) == dumps(state)


@given(STATES, STATES)
def test_different_states_have_different_bytes(a: Any, b: Any) -> None:
    assert same(a, b) == (dumps(a) == dumps(b)) or not same(a, b)
    if dumps(a) == dumps(b):
        assert repr(a) == repr(b)


@pytest.mark.parametrize(
    "value",
    [
        pa.array([[1], None, []], pa.list_(pa.int64())),
        pa.array(["a", None]),
        pa.array([], pa.float32()),
        pa.array([None, None]),
        pa.array(["x", "y", "x"]).dictionary_encode(),
        pa.chunked_array([[1, 2], [3]]),
        pa.chunked_array([], pa.int8()),
        pa.record_batch({"a": [1, 2], "b": [b"x", None]}),
        pa.array(range(100))[10:20],
    ],
    ids=lambda value: str(value.type if hasattr(value, "type") else "batch"),
)
def test_arrow_values_survive(value: Any) -> None:
    restored = loads(dumps({"v": [value]}))["v"][0]
    assert restored.equals(value)
    assert type(restored) is type(value)


def test_numpy_scalars_keep_their_type() -> None:
    restored = loads(dumps((np.float32(1.5), np.int64(-1), np.bool_(True))))
    assert [type(value) for value in restored] == [np.float32, np.int64, np.bool_]
    assert restored == (1.5, -1, True)


def test_restored_arrays_can_be_changed() -> None:
    array = loads(dumps(np.arange(3)))
    array += 1
    assert array.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, np.array([object()]), print, 1j],
    ids=["object", "set", "object array", "function", "complex"],
)
def test_what_is_no_plain_data_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="a state cannot hold"):
        dumps([value])


def test_deep_nesting_is_refused_both_ways() -> None:
    state: Any = 0
    for _ in range(300):
        state = [state]
    with pytest.raises(ValueError, match="nest"):
        dumps(state)
    with pytest.raises(DataError, match="nests too deeply"):
        loads(b"l\1\0\0\0\0\0\0\0" * 300 + b"N")


@given(STATES, st.data())
def test_damaged_bytes_raise_or_give_another_state_but_nothing_else(state: Any, data: st.DataObject) -> None:
    encoded = bytearray(dumps(state))
    position = data.draw(st.integers(0, len(encoded) - 1))
    encoded[position] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(DataError):
        loads(bytes(encoded))


@given(st.binary(max_size=60))
def test_arbitrary_bytes_raise_data_errors_alone(data: bytes) -> None:
    with contextlib.suppress(DataError):
        loads(data)


@given(STATES)
def test_truncated_bytes_raise(state: Any) -> None:
    encoded = dumps(state)
    with pytest.raises(DataError):
        loads(encoded[:-1])
    with pytest.raises(DataError, match="bytes follow"):
        loads(encoded + b"N")


@pytest.mark.parametrize("tag", [b"b", b"s", b"l", b"d", b"i", b"A"])
def test_a_length_that_lies_takes_no_memory(tag: bytes) -> None:
    with pytest.raises(DataError, match="end early"):
        loads(tag + (1 << 62).to_bytes(8, "little"))
