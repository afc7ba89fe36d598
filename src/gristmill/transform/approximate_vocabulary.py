"""Vocabularies of the most frequent tokens; the published functions approximate, ours counts all tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from gristmill.errors import ConfigError
from gristmill.transform.analyzers.vocabulary import analyzed_vocabulary
from gristmill.transform.mappers.vocabulary_lookup import apply_vocabulary, escape_spaces
from gristmill.transform.scopes import unique_scope

__all__ = ["approximate_vocabulary", "compute_and_apply_approximate_vocabulary"]

_MOST_TOKENS = 200_000  # the published limit of top_k


def approximate_vocabulary(
    x: Any,
    top_k: int,
    *,
    vocab_filename: str | None = None,
    store_frequency: bool = False,
    reserved_tokens: Sequence[str | bytes] | None = None,
    weights: Any | None = None,
    file_format: str = "text",
    name: str | None = None,
) -> tf.Tensor:
    """The ``top_k`` most frequent tokens of x; arguments as :func:`~gristmill.transform.vocabulary`.

    The counts are exact. Memory grows with the number of distinct tokens.

    Raises:
        ConfigError: top_k is not between 1 and 200,000.
    """
    with unique_scope(name, "approximate_vocabulary") as scope:
        if not 1 <= top_k <= _MOST_TOKENS:
            raise ConfigError(
                f"top_k must be between 1 and {_MOST_TOKENS:,}", value=top_k, hint="tft.vocabulary keeps more, or all"
            )
        return analyzed_vocabulary(
            x,
            prefix="approx_vocab",
            scope=scope,
            top_k=top_k,
            frequency_threshold=None,
            vocab_filename=vocab_filename,
            store_frequency=store_frequency,
            reserved_tokens=reserved_tokens,
            weights=weights,
            fingerprint_shuffle=False,
            file_format=file_format,
        )


def compute_and_apply_approximate_vocabulary(
    x: Any,
    *,
    default_value: int = -1,
    top_k: int | None = None,
    num_oov_buckets: int = 0,
    vocab_filename: str | None = None,
    weights: Any | None = None,
    file_format: str = "text",
    store_frequency: bool = False,
    reserved_tokens: Sequence[str | bytes] | None = None,
    name: str | None = None,
) -> Any:
    """The number of each token of x among its ``top_k`` most frequent ones.

    Args:
        top_k: how many; 200,000 by default.
        x, default_value, num_oov_buckets, vocab_filename, weights, file_format, store_frequency, reserved_tokens, name:
            see :func:`~gristmill.transform.compute_and_apply_vocabulary`.
    """
    with unique_scope(name, "compute_and_apply_approximate_vocabulary"):
        tokens = escape_spaces(x) if store_frequency and file_format == "text" else x
        path = approximate_vocabulary(
            tokens,
            _MOST_TOKENS if top_k is None else top_k,
            vocab_filename=vocab_filename,
            store_frequency=store_frequency,
            reserved_tokens=reserved_tokens,
            weights=weights,
            file_format=file_format,
        )
        return apply_vocabulary(
            tokens, path, default_value=default_value, num_oov_buckets=num_oov_buckets, file_format=file_format
        )
