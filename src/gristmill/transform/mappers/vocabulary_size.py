"""The size of a vocabulary, inside a preprocessing_fn."""

from __future__ import annotations

import tensorflow as tf

from gristmill.errors import ConfigError
from gristmill.transform.trace import current_trace

__all__ = ["get_vocabulary_size_by_name"]


def get_vocabulary_size_by_name(vocab_filename: str) -> tf.Tensor:
    """How many lines a vocabulary of this preprocessing_fn has.

    Args:
        vocab_filename: the name that was given to the vocabulary.

    Returns:
        int64 scalar.

    Raises:
        ConfigError: no vocabulary of this name was computed before.
    """
    trace = current_trace("get_vocabulary_size_by_name")
    size = trace.vocabulary_sizes.get(vocab_filename)
    if size is None:
        raise ConfigError(
            "no vocabulary of this name has been computed in this preprocessing_fn",
            value=vocab_filename,
            hint=f"there are {sorted(trace.vocabulary_sizes)}",
        )
    return size
