"""Term frequency and inverse document frequency."""

from __future__ import annotations

import tensorflow as tf

from gristmill.errors import ConfigError
from gristmill.transform.analyzers.sums import VectorSum
from gristmill.transform.argument_errors import ArgumentTypeError
from gristmill.transform.mappers.sparse import segment_indices
from gristmill.transform.scopes import unique_scope
from gristmill.transform.trace import current_trace

__all__ = ["document_frequency", "idf", "tfidf"]


def tfidf(
    x: tf.SparseTensor, vocab_size: int, smooth: bool = True, name: str | None = None
) -> tuple[tf.SparseTensor, tf.SparseTensor]:
    """The distinct tokens of each document, and their weights: share of the document times inverse document frequency.

    Args:
        x: sparse int64 [documents, width]: token numbers, taken modulo vocab_size.
        vocab_size: how many tokens there are.
        smooth: see :func:`idf`.
        name: name scope.

    Returns:
        Two sparse tensors [documents, most distinct tokens]: token numbers (int64), ascending in each row; and weights
        (float32).
    """
    with unique_scope(name, "tfidf"):
        tokens = _tokens(x, vocab_size)
        documents, terms, counts = _term_counts(tokens, vocab_size)
        sizes = tf.math.unsorted_segment_sum(counts, documents, x.dense_shape[0])
        share = tf.cast(counts / tf.gather(sizes, documents), tf.float32)
        weights = share * tf.gather(_idf_by_token(tokens, vocab_size, smooth, True), terms)
        place = tf.stack([documents, segment_indices(documents)], axis=1)
        width = tf.reduce_max(tf.concat([place[:, 1] + 1, [0]], axis=0))
        shape = tf.stack([x.dense_shape[0], width])
        return tf.SparseTensor(place, terms, shape), tf.SparseTensor(place, weights, shape)


def document_frequency(x: tf.SparseTensor, vocab_size: int, name: str | None = None) -> tf.SparseTensor:
    """For each token of x, in how many documents it occurs.

    Args:
        x, vocab_size, name: see :func:`tfidf`.

    Returns:
        int64, sparse, with a value for each of x's.
    """
    with unique_scope(name, "document_frequency"):
        tokens = _tokens(x, vocab_size)
        frequency, _ = _document_frequency(tokens, vocab_size)
        return tf.SparseTensor(x.indices, tf.gather(frequency, tokens.values), x.dense_shape)


def idf(
    x: tf.SparseTensor, vocab_size: int, smooth: bool = True, add_baseline: bool = True, name: str | None = None
) -> tf.SparseTensor:
    """For each token of x, its inverse document frequency.

    Args:
        x, vocab_size, name: see :func:`tfidf`.
        smooth: log((N + 1) / (df + 1)) for N documents and a document frequency df, else log(N / df).
        add_baseline: add 1.

    Returns:
        float32, sparse, with a value for each of x's.
    """
    with unique_scope(name, "idf"):
        tokens = _tokens(x, vocab_size)
        by_token = _idf_by_token(tokens, vocab_size, smooth, add_baseline)
        return tf.SparseTensor(x.indices, tf.gather(by_token, tokens.values), x.dense_shape)


def _tokens(x: tf.SparseTensor, vocab_size: int) -> tf.SparseTensor:
    if not isinstance(x, tf.SparseTensor) or not x.dtype.is_integer:
        raise ArgumentTypeError(
            "document frequencies are taken of a SparseTensor of integers",
            value=x,
            hint="look words up: tft.compute_and_apply_vocabulary(tf.strings.split(texts).to_sparse())",
        )
    if not isinstance(vocab_size, int | tf.Tensor) or (isinstance(vocab_size, int) and vocab_size < 1):
        raise ConfigError(
            f"vocab_size must be an integer of at least 1, or a tensor, and is {vocab_size!r}",
            hint="tft.get_vocabulary_size_by_name(vocab_filename) gives it",
        )
    return tf.SparseTensor(x.indices, tf.math.floormod(tf.cast(x.values, tf.int64), vocab_size), x.dense_shape)


def _term_counts(tokens: tf.SparseTensor, vocab_size: int) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Document, token and count of each distinct token of each document, in order."""
    pairs = tf.sort(tokens.indices[:, 0] * vocab_size + tokens.values)
    distinct, _, counts = tf.unique_with_counts(pairs, out_idx=tf.int64)
    return distinct // vocab_size, distinct % vocab_size, counts


def _document_frequency(tokens: tf.SparseTensor, vocab_size: int) -> tuple[tf.Tensor, tf.Tensor]:
    """int64 [vocab_size] and the number of documents, over the data set."""
    _, terms, _ = _term_counts(tokens, vocab_size)
    per_batch = tf.math.bincount(tf.cast(terms, tf.int32), minlength=vocab_size, maxlength=vocab_size, dtype=tf.int64)
    trace = current_trace("document frequencies")
    frequency = trace.analyze(VectorSum(tf.int64, (vocab_size,)), [per_batch[tf.newaxis]])[0]
    documents = trace.analyze(VectorSum(tf.int64, ()), [tokens.dense_shape[:1]])[0]
    return frequency, documents


def _idf_by_token(tokens: tf.SparseTensor, vocab_size: int, smooth: bool, add_baseline: bool) -> tf.Tensor:
    frequency, documents = _document_frequency(tokens, vocab_size)
    extra = 1.0 if smooth else 0.0
    ratio = (tf.cast(documents, tf.float32) + extra) / (tf.cast(frequency, tf.float32) + extra)
    return tf.math.log(ratio) + (1.0 if add_baseline else 0.0)
