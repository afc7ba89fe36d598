"""Tokens: n-grams, bags of words, counts, hashes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from gristmill.errors import ConfigError
from gristmill.transform.argument_errors import WORDS_HINT, ArgumentTypeError
from gristmill.transform.mappers.sparse import deduplicate_tensor_per_row, sparse_tensor_left_align
from gristmill.transform.tensor_values import map_values

__all__ = ["bag_of_words", "hash_strings", "ngrams", "word_count"]


def ngrams(
    tokens: tf.SparseTensor, ngram_range: tuple[int, int], separator: str, name: str | None = None
) -> tf.SparseTensor:
    """The n-grams of each row's tokens: at each position the shortest first.

    Args:
        tokens: sparse strings [rows, width].
        ngram_range: shortest and longest n.
        separator: put between the tokens of an n-gram.
        name: name scope.

    Returns:
        Sparse strings [rows, most n-grams in a row].

    Raises:
        ConfigError: the range is not ascending, or begins below 1.
    """
    with tf.name_scope(name or "ngrams"):
        shortest, longest = ngram_range
        if not 1 <= shortest <= longest:
            raise ConfigError(
                "ngram_range must be (shortest, longest) with 1 <= shortest <= longest",
                value=ngram_range,
                hint="for example (1, 2) for words and pairs of words",
            )
        if not isinstance(tokens, tf.SparseTensor) or tokens.dtype != tf.string:
            raise ArgumentTypeError("n-grams are made of a SparseTensor of strings", value=tokens, hint=WORDS_HINT)
        words = tf.RaggedTensor.from_sparse(sparse_tensor_left_align(tokens))
        grams, starts = [], []
        for length in range(shortest, longest + 1):
            made = tf.strings.ngrams(words, length, separator=separator)
            grams.append(made)
            starts.append(tf.ragged.range(made.row_lengths()) * (longest + 1) + length)
        return _sorted_by(tf.concat(grams, axis=1), tf.concat(starts, axis=1))


def bag_of_words(
    tokens: tf.SparseTensor, ngram_range: tuple[int, int], separator: str, name: str | None = None
) -> tf.SparseTensor:
    """The distinct n-grams of each row; see :func:`ngrams`."""
    with tf.name_scope(name or "bag_of_words"):
        return deduplicate_tensor_per_row(ngrams(tokens, ngram_range, separator))


def word_count(tokens: Any, name: str | None = None) -> tf.Tensor:
    """How many tokens each row has.

    Args:
        tokens: sparse [rows, width], or ragged.
        name: name scope.

    Returns:
        int64 [rows].

    Raises:
        ArgumentTypeError: tokens are dense.
    """
    with tf.name_scope(name or "word_count"):
        if isinstance(tokens, tf.RaggedTensor):
            inner = tokens.merge_dims(1, -1) if tokens.shape.rank > 2 else tokens
            return tf.cast(inner.row_lengths(), tf.int64)
        if not isinstance(tokens, tf.SparseTensor) or tokens.shape.rank not in (2, None):
            raise ArgumentTypeError(
                "words are counted in a sparse tensor of rank 2 or a ragged one", value=tokens, hint=WORDS_HINT
            )
        ones = tf.ones_like(tokens.values, tf.int64)
        return tf.math.unsorted_segment_sum(ones, tokens.indices[:, 0], tokens.dense_shape[0])


def hash_strings(strings: Any, hash_buckets: int, key: Sequence[int] | None = None, name: str | None = None) -> Any:
    """Strings as numbers from 0 to hash_buckets - 1.

    Args:
        strings: dense, sparse or ragged.
        hash_buckets: how many numbers.
        key: two integers for a keyed hash that nobody can steer; a fast one by default.
        name: name scope.

    Returns:
        int64 of the same shape.

    Raises:
        ArgumentTypeError: not strings.
        ConfigError: hash_buckets is less than 1, or the key is not of two integers.
    """
    with tf.name_scope(name or "hash_strings"):
        if strings.dtype != tf.string:
            raise ArgumentTypeError(
                "only strings are hashed", value=strings.dtype.name, hint="make strings of it with tf.strings.as_string"
            )
        if hash_buckets < 1 or (key is not None and len(key) != 2):
            raise ConfigError(
                "hashing needs hash_buckets >= 1, and a key of two integers",
                value=(hash_buckets, key),
                hint="for example hash_buckets=1000, key=[17, 42]; without a key, leave it out",
            )
        if key is None:
            return map_values(strings, lambda values: tf.strings.to_hash_bucket_fast(values, hash_buckets))
        return map_values(strings, lambda values: tf.strings.to_hash_bucket_strong(values, hash_buckets, list(key)))


def _sorted_by(values: tf.RaggedTensor, order: tf.RaggedTensor) -> tf.SparseTensor:
    """Each row's values in the order of the numbers beside them, as a sparse tensor."""
    rows = values.value_rowids()
    step = tf.reduce_max(tf.concat([order.flat_values, [0]], axis=0)) + 1
    sequence = tf.argsort(rows * tf.cast(step, rows.dtype) + tf.cast(order.flat_values, rows.dtype), stable=True)
    return values.with_flat_values(tf.gather(values.flat_values, sequence)).to_sparse()
