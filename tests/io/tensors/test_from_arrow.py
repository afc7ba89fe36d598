"""Record batches become the tensors that TensorFlow's own parser makes of the same examples."""

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from gristmill.errors import ConfigError, DataError
from gristmill.io.example_codec import encode_examples
from gristmill.io.tensors import TensorAdapter

pytestmark = pytest.mark.tensorflow

FLOATS = st.floats(width=32, allow_nan=False)
INTS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.binary(max_size=6)


def column(values, kind):
    return pa.array(values, pa.list_(kind))


def assert_same(ours, theirs):
    if isinstance(theirs, tf.Tensor):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())
        return
    for mine, other in zip(
        tf.nest.flatten(ours, expand_composites=True), tf.nest.flatten(theirs, expand_composites=True), strict=True
    ):
        np.testing.assert_array_equal(mine.numpy(), other.numpy())


def lists(values, max_size=4):
    return st.one_of(st.none(), st.lists(values, max_size=max_size))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(lists(FLOATS), lists(INTS), lists(TEXTS), FLOATS, st.one_of(st.none(), INTS)), min_size=1))
def test_any_batch_gives_what_parse_example_gives(rows):
    f, i, t, d, e = zip(*rows, strict=True)
    batch = pa.RecordBatch.from_pydict(
        {
            "f": column(f, pa.float32()),
            "i": column(i, pa.int64()),
            "t": column(t, pa.binary()),
            "d": column([[value, value] for value in d], pa.float32()),
            "e": column([None if value is None else [value] for value in e], pa.int64()),
        }
    )
    spec = {
        "f": tf.io.VarLenFeature(tf.float32),
        "i": tf.io.VarLenFeature(tf.int64),
        "t": tf.io.VarLenFeature(tf.string),
        "d": tf.io.FixedLenFeature([2], tf.float32),
        "e": tf.io.FixedLenFeature([], tf.int64, default_value=-3),
    }
    theirs = tf.io.parse_example(encode_examples(batch).to_pylist(), spec)
    ours = TensorAdapter(spec).to_tensors(batch)
    for name in spec:
        assert_same(ours[name], theirs[name])


def test_a_sparse_feature_joins_indices_and_values_as_parse_example_does():
    spec = {"s": tf.io.SparseFeature(["i", "j"], "v", tf.float32, [3, 4])}
    batch = pa.RecordBatch.from_pydict(
        {
            "i": column([[2, 0], [], [1]], pa.int64()),
            "j": column([[1, 3], [], [0]], pa.int64()),
            "v": column([[5.0, 6.0], [], [7.0]], pa.float32()),
        }
    )
    theirs = tf.io.parse_example(encode_examples(batch).to_pylist(), spec)
    assert_same(TensorAdapter(spec).to_tensors(batch)["s"], theirs["s"])


@pytest.mark.parametrize(
    "partitions",
    [
        [],
        [tf.io.RaggedFeature.RowLengths("l")],
        [tf.io.RaggedFeature.UniformRowLength(2)],
        [tf.io.RaggedFeature.RowLengths("l"), tf.io.RaggedFeature.UniformRowLength(1)],
    ],
)
def test_a_ragged_feature_is_cut_as_parse_example_cuts_it(partitions):
    spec = {"r": tf.io.RaggedFeature(tf.int64, "v", partitions, row_splits_dtype=tf.int64)}
    batch = pa.RecordBatch.from_pydict(
        {"v": column([[1, 2, 3, 4], [], [5, 6]], pa.int64()), "l": column([[3, 1], [], [2]], pa.int64())}
    )
    theirs = tf.io.parse_example(encode_examples(batch).to_pylist(), spec)
    assert_same(TensorAdapter(spec).to_tensors(batch)["r"], theirs["r"])


def test_slices_and_absent_columns_are_read_right():
    spec = {"v": tf.io.VarLenFeature(tf.int64), "gone": tf.io.VarLenFeature(tf.string)}
    batch = pa.RecordBatch.from_pydict({"v": column([[1], None, [2, 3], [4]], pa.int64())}).slice(1, 2)
    tensors = TensorAdapter(spec).to_tensors(batch)
    assert tensors["v"].indices.numpy().tolist() == [[1, 0], [1, 1]]
    assert tensors["v"].values.numpy().tolist() == [2, 3]
    assert tensors["gone"].dense_shape.numpy().tolist() == [2, 0]


def test_a_missing_required_value_names_feature_and_row():
    spec = {"x": tf.io.FixedLenFeature([], tf.int64)}
    batch = pa.RecordBatch.from_pydict({"x": column([[1], None], pa.int64())})
    with pytest.raises(DataError, match=r"(?s)fixed shape of 1 value.*record 1, column 'x'.*Hint"):
        TensorAdapter(spec).to_tensors(batch)


def test_data_of_another_type_than_the_schema_says_is_refused():
    batch = pa.RecordBatch.from_pydict({"x": column([[1.5]], pa.float32())})
    with pytest.raises(DataError, match=r"(?s)schema says int64.*column 'x'.*float"):
        TensorAdapter({"x": tf.io.VarLenFeature(tf.int64)}).to_tensors(batch)


def test_only_known_tensors_can_be_asked_for():
    with pytest.raises(ConfigError, match=r"(?s)does not describe.*'y'"):
        TensorAdapter({"x": tf.io.VarLenFeature(tf.int64)}, ["y"])


def test_an_adapter_knows_the_columns_that_it_reads():
    spec = {
        "s": tf.io.SparseFeature("i", "v", tf.float32, 3),
        "r": tf.io.RaggedFeature(tf.int64, "w", [tf.io.RaggedFeature.RowLengths("l")]),
    }
    assert TensorAdapter(spec).columns == ["i", "l", "v", "w"]
