"""Tensors become record batches, and come back the same."""

import numpy as np
import pytest
import tensorflow as tf

from gristmill.errors import DataError
from gristmill.io.tensors import TensorAdapter, TensorsToRecordBatchConverter, tensors_to_batch

pytestmark = pytest.mark.tensorflow


def test_dense_tensors_give_one_list_per_row():
    batch = tensors_to_batch({"x": tf.constant([[1, 2], [3, 4]], tf.int64), "t": tf.constant(["a", "b"])})
    assert batch.to_pydict() == {"t": [[b"a"], [b"b"]], "x": [[1, 2], [3, 4]]}


def test_other_numbers_become_those_that_examples_hold():
    batch = tensors_to_batch(
        {"b": tf.constant([True]), "h": tf.constant([0.5], tf.float16), "i": np.array([1], np.int8)}
    )
    assert batch.to_pydict() == {"b": [[1]], "h": [[0.5]], "i": [[1]]}


def test_a_sparse_tensor_of_rank_2_gives_the_values_of_each_row():
    sparse = tf.SparseTensor([[0, 1], [2, 0], [2, 3]], [1.0, 2.0, 3.0], [4, 5])
    assert tensors_to_batch({"s": sparse}).to_pydict() == {"s": [[1.0], [], [2.0, 3.0], []]}


def test_a_ragged_tensor_comes_back_through_its_columns():
    ragged = tf.RaggedTensor.from_nested_row_splits(tf.range(5, dtype=tf.int64), [[0, 2, 2, 3], [0, 3, 4, 5]])
    spec = {
        "r": tf.io.RaggedFeature(
            tf.int64, "r$ragged_values", [tf.io.RaggedFeature.RowLengths("r$row_lengths_1")], row_splits_dtype=tf.int64
        )
    }
    back = TensorAdapter(spec).to_tensors(tensors_to_batch({"r": ragged}))["r"]
    assert back.to_list() == ragged.to_list() == [[[0, 1, 2], [3]], [], [[4]]]


def test_a_sparse_tensor_of_rank_3_comes_back_through_its_columns():
    sparse = tf.SparseTensor([[0, 0, 1], [0, 2, 0], [2, 1, 1]], ["a", "b", "c"], [3, 3, 2])
    spec = {
        "s": tf.io.SparseFeature(
            ["s$sparse_indices_0", "s$sparse_indices_1"], "s$sparse_values", tf.string, [3, 2], already_sorted=True
        )
    }
    back = TensorAdapter(spec).to_tensors(tensors_to_batch({"s": sparse}))["s"]
    assert back.indices.numpy().tolist() == sparse.indices.numpy().tolist()
    assert back.values.numpy().tolist() == [b"a", b"b", b"c"]


def test_outputs_must_agree_in_their_number_of_rows():
    with pytest.raises(DataError, match="same number of rows"):
        tensors_to_batch({"a": tf.zeros([2]), "b": tf.zeros([3])})


def test_a_scalar_is_refused_by_name():
    with pytest.raises(DataError, match=r"(?s)one row per example.*column 'a'"):
        tensors_to_batch({"a": tf.constant(1.0)})


def test_the_converter_takes_the_tensors_that_it_was_made_for():
    converter = TensorsToRecordBatchConverter({"a": tf.TensorSpec([None], tf.float32)})
    assert converter.convert({"a": tf.zeros([1])}).num_rows == 1
    with pytest.raises(DataError, match="type specs"):
        converter.convert({"b": tf.zeros([1])})
