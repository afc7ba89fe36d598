"""Rows as TensorProto messages: TensorFlow reads back what went in, and protobuf would write the same bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gristmill.errors import NotSupportedError
from gristmill.proto.tensor_pb2 import TensorProto
from gristmill.serving.inference.tensor_rows import tensor_rows

pytestmark = pytest.mark.tensorflow

NUMBERS = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "c8", "c16", "?"]
shapes = arrays.array_shapes(min_dims=1, max_dims=3, min_side=1, max_side=3).flatmap(
    lambda shape: st.sampled_from([shape, (*shape, 0)])  # a row may be of no value at all
)


@settings(deadline=None)
@given(st.sampled_from(NUMBERS).flatmap(lambda kind: arrays.arrays(kind, shapes)))
def test_numbers_of_any_dtype_and_shape(values: npt.NDArray[Any]) -> None:
    assert_is_read_back(values)


@settings(deadline=None)
@given(arrays.arrays(object, shapes, elements=st.binary(max_size=200)))
def test_strings_of_any_length_and_shape(values: npt.NDArray[Any]) -> None:
    assert_is_read_back(values)


def test_bytes_of_another_order_are_turned() -> None:
    assert_is_read_back(np.array([[1, 2], [3, 4]], ">i4"))


def test_what_no_log_can_hold_is_refused() -> None:
    with pytest.raises(NotSupportedError, match="a prediction log holds strings, numbers and booleans"):
        tensor_rows(np.array(["2026-01-01"], "M8[D]"), "day")


def assert_is_read_back(values: npt.NDArray[Any]) -> None:
    import gristmill.io.tensors  # noqa: F401 - before tensorflow

    import tensorflow as tf  # isort: skip

    for written, row in zip(tensor_rows(values).column(len(values)).to_pylist(), values, strict=True):
        message = TensorProto.FromString(written)
        assert message.SerializeToString(deterministic=True) == written
        read = tf.make_ndarray(message)
        assert read.shape == (1, *values.shape[1:])
        np.testing.assert_array_equal(read[0], row)
