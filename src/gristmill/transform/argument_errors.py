"""Errors about what a preprocessing_fn passes to analyzers and mappers."""

from __future__ import annotations

from gristmill.errors import ConfigError

__all__ = ["DENSE_HINT", "NUMBERS_HINT", "TOKENS_HINT", "WORDS_HINT", "ArgumentTypeError"]

NUMBERS_HINT = (
    "cast it with tf.cast; make numbers of text with tf.strings.to_number or tft.compute_and_apply_vocabulary"
)
TOKENS_HINT = "make strings with tf.strings.as_string, integers with tf.cast; tft.bucketize makes integers of ranges"
DENSE_HINT = "use tft.sparse_tensor_to_dense_with_shape(x, [None, 3]), or x.to_tensor(shape=[None, 3]) if x is ragged"
WORDS_HINT = "tf.strings.split(x).to_sparse() makes one of texts x of shape [rows]"


class ArgumentTypeError(ConfigError, TypeError):
    """An argument has a type or dtype that the function does not take; a TypeError, as the field's code expects."""
