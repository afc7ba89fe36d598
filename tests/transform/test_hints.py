"""A wrong argument is answered with what to write instead, and that works."""

import pytest
import tensorflow as tf

import gristmill.transform as tft
from gristmill.errors import GristmillError
from gristmill.transform.coders import CsvCoder
from gristmill.transform.tf_metadata.schema_utils import schema_from_feature_spec

pytestmark = pytest.mark.tensorflow

TEXTS = tf.constant(["a b", "c"])
FLOATS = tf.constant([1.0, 2.0])
RAGGED = tf.ragged.constant([[1, 2], [3]], dtype=tf.int64)
SCHEMA = schema_from_feature_spec({"age": tf.io.FixedLenFeature([], tf.int64)})


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: tft.min(TEXTS), ["min and max take", "'string'", "tf.strings.to_number"]),
        (lambda: tft.sum(TEXTS), ["sum takes numbers", "'string'", "tft.compute_and_apply_vocabulary"]),
        (lambda: tft.mean(FLOATS, output_dtype=tf.int64), ["must be a float", "'int64'", "tf.float32"]),
        (lambda: tft.histogram(TEXTS), ["takes numbers", "categorical=True"]),
        (lambda: tft.histogram(FLOATS, boundaries=1), ["at least two boundaries", "1", "for example 10"]),
        (lambda: tft.covariance(RAGGED, tf.float32), ["dense tensor", "RaggedTensor", "x.to_tensor(shape"]),
        (lambda: tft.covariance(FLOATS, tf.float32), ["known d", "tf.stack([a, b], axis=1)"]),
        (lambda: tft.size(RAGGED, reduce_instance_dims=False), ["cannot be counted", "tf.ones_like(x, tf.int64)"]),
        (
            lambda: tft.quantiles(FLOATS, 2, 0.1, weights=FLOATS, reduce_instance_dims=False),
            ["weights need", "elementwise=True of bucketize"],
        ),
        (lambda: tft.bucketize(FLOATS, 2.5), ["must be an integer", "2.5", "tft.apply_buckets"]),
        (lambda: tft.vocabulary(FLOATS), ["strings or integers", "'float32'", "tf.strings.as_string"]),
        (lambda: tft.vocabulary(TEXTS, top_k=-1), ["not be negative", "-1", "leave them out"]),
        (lambda: tft.vocabulary(TEXTS, reserved_tokens="abc"), ["list of strings", "'abc'", "['<pad>', '<unknown>']"]),
        (lambda: tft.apply_vocabulary(FLOATS, "words"), ["can be looked up", "'float32'", "tft.bucketize"]),
        (lambda: tft.ngrams(TEXTS, (1, 2), " "), ["SparseTensor of strings", "tf.strings.split(x).to_sparse()"]),
        (lambda: tft.tfidf(TEXTS, 3), ["SparseTensor of integers", "tft.compute_and_apply_vocabulary"]),
        (lambda: tft.tfidf(RAGGED.to_sparse(), None), ["vocab_size", "None", "tft.get_vocabulary_size_by_name"]),
        (lambda: tft.hash_strings(FLOATS, 3), ["only strings", "'float32'", "tf.strings.as_string"]),
        (lambda: tft.sparse_tensor_left_align(FLOATS), ["sparse_tensor_left_align", "rank 2", "tf.sparse.reshape"]),
        (lambda: CsvCoder(["agee"], SCHEMA), ["features of the schema", "'agee'", "did you mean 'age'?"]),
        (lambda: CsvCoder(["age"], SCHEMA).encode({"age": [1, 2]}), ["'age'", "[1, 2]", "multivalent_columns"]),
        (lambda: CsvCoder(["age"], SCHEMA).encode({"age": None}), ["'age'", "[]", "in every row"]),
    ],
)
def test_a_wrong_argument_is_answered_with_what_to_write(call, words):
    with pytest.raises(GristmillError) as caught:
        call()
    assert caught.value.hint is not None
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)


def test_what_the_hints_propose_works(transform):
    def preprocessing_fn(inputs):
        texts = inputs["s"]
        words = tf.strings.split(texts).to_sparse()
        ragged = tf.strings.split(texts)
        cells = tft.sum(tf.ones_like(ragged, tf.int64).to_tensor(shape=[None, 3]), reduce_instance_dims=False)
        return {
            "pairs": tft.word_count(tft.ngrams(words, (1, 2), " ")),
            "cells": tf.ones_like(texts, tf.int64)[:, tf.newaxis] * cells,
            "numbers": tft.scale_to_0_1(tf.strings.to_number(inputs["n"])),
            "weights": tft.tfidf(tft.compute_and_apply_vocabulary(words, vocab_filename="v"), 3)[1],
            "columns": tf.tile(
                tf.reshape(tft.covariance(tf.stack([inputs["x"], inputs["x"]], 1), tf.float32), [1, 4]),
                [tf.size(texts), 1],
            ),
        }

    spec = {
        "s": tf.io.FixedLenFeature([], tf.string),
        "n": tf.io.FixedLenFeature([], tf.string),
        "x": tf.io.FixedLenFeature([], tf.float32),
    }
    rows = [{"s": "a b", "n": "1", "x": 1.0}, {"s": "c", "n": "3", "x": 3.0}]
    made = transform(preprocessing_fn, rows, spec)
    assert [row["cells"] for row in made.rows] == [[2, 1, 0]] * 2
    assert made.column("pairs") == [3, 1]
    assert made.column("numbers") == [0.0, 1.0]
    assert [len(row["weights"]) for row in made.rows] == [2, 1]
    assert [row["columns"] for row in made.rows] == [[1.0] * 4] * 2
