"""Tokens become the numbers of their lines in a vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from gristmill.errors import ConfigError
from gristmill.transform.analyzers.vocabulary import vocabulary
from gristmill.transform.analyzers.vocabulary_file import check_file_format
from gristmill.transform.argument_errors import TOKENS_HINT
from gristmill.transform.mappers.tfrecord_table import TFRecordInitializer
from gristmill.transform.scopes import unique_scope
from gristmill.transform.tensor_values import map_values, values_of
from gristmill.transform.trace import Trace, VocabularyHandle, active_trace

__all__ = ["apply_vocabulary", "compute_and_apply_vocabulary", "escape_spaces"]

_SPACE = "__SPACE__"  # stands for a space in a token of a text file that stores frequencies


def compute_and_apply_vocabulary(
    x: Any,
    *,
    default_value: int = -1,
    top_k: int | None = None,
    frequency_threshold: float | None = None,
    num_oov_buckets: int = 0,
    vocab_filename: str | None = None,
    weights: Any | None = None,
    labels: Any | None = None,
    use_adjusted_mutual_info: bool = False,
    min_diff_from_avg: float = 0.0,
    coverage_top_k: int | None = None,
    coverage_frequency_threshold: float | None = None,
    key_fn: Callable[..., Any] | None = None,
    fingerprint_shuffle: bool = False,
    file_format: str = "text",
    store_frequency: bool = False,
    reserved_tokens: Sequence[str | bytes] | None = None,
    name: str | None = None,
) -> Any:
    """The number of each token of x in the vocabulary of x.

    Args:
        x: dense, sparse or ragged strings or integers.
        default_value: what unknown tokens become, without OOV buckets.
        num_oov_buckets: unknown tokens are spread by a hash over this many numbers behind the vocabulary's.
        name: name scope.
        top_k, frequency_threshold, vocab_filename, weights, labels, use_adjusted_mutual_info, min_diff_from_avg,
            coverage_top_k, coverage_frequency_threshold, key_fn, fingerprint_shuffle, file_format, store_frequency,
            reserved_tokens: see :func:`~gristmill.transform.vocabulary`. When frequencies are stored as text, spaces
            in tokens become ``__SPACE__``.

    Returns:
        int64 of x's shape.

    Raises:
        ConfigError, NotSupportedError: see :func:`~gristmill.transform.vocabulary`.
    """
    with unique_scope(name, "compute_and_apply_vocabulary"):
        tokens = escape_spaces(x) if store_frequency and file_format == "text" else x
        path = vocabulary(
            tokens,
            top_k=top_k,
            frequency_threshold=frequency_threshold,
            vocab_filename=vocab_filename,
            store_frequency=store_frequency,
            reserved_tokens=reserved_tokens,
            weights=weights,
            labels=labels,
            use_adjusted_mutual_info=use_adjusted_mutual_info,
            min_diff_from_avg=min_diff_from_avg,
            coverage_top_k=coverage_top_k,
            coverage_frequency_threshold=coverage_frequency_threshold,
            key_fn=key_fn,
            fingerprint_shuffle=fingerprint_shuffle,
            file_format=file_format,
        )
        return apply_vocabulary(
            tokens, path, default_value=default_value, num_oov_buckets=num_oov_buckets, file_format=file_format
        )


def apply_vocabulary(
    x: Any,
    deferred_vocab_filename_tensor: Any,
    *,
    default_value: int = -1,
    num_oov_buckets: int = 0,
    lookup_fn: Callable[[Any, Any], tuple[Any, Any]] | None = None,
    file_format: str = "text",
    name: str | None = None,
) -> Any:
    """The number of each token of x in a vocabulary.

    Args:
        x: dense, sparse or ragged strings or integers.
        deferred_vocab_filename_tensor: what :func:`~gristmill.transform.vocabulary` returned, or a path.
        default_value: what unknown tokens become, without OOV buckets.
        num_oov_buckets: unknown tokens are spread by a hash over this many numbers behind the vocabulary's.
        lookup_fn: makes the lookup itself: (x, path) to (numbers of x's shape, number of table entries).
        file_format: of the vocabulary file.
        name: name scope.

    Returns:
        int64 of x's shape.

    Raises:
        ConfigError: x is neither string nor integer, or the path is a tensor computed in the graph.
    """
    with unique_scope(name, "apply_vocab"):
        check_file_format(file_format)
        if not (x.dtype == tf.string or x.dtype.is_integer):
            raise ConfigError("only strings and integers can be looked up", value=x.dtype.name, hint=TOKENS_HINT)
        handle = _handle(deferred_vocab_filename_tensor, file_format)
        trace = active_trace()
        if lookup_fn is not None:
            result, size = lookup_fn(x, handle.path)
        else:
            result, size = _look_up(x, handle, default_value, num_oov_buckets, trace)
        if trace is None:
            return result
        if id(handle.path) in trace.vocabularies and handle.size is None:
            result = map_values(result, trace.mark_pending)
        _note_range(trace, result, size, default_value, num_oov_buckets if lookup_fn is None else 0)
        return result


def escape_spaces(x: Any) -> Any:
    """Strings with each space as ``__SPACE__``; integers as they are."""
    if x.dtype != tf.string:
        return x
    return map_values(x, lambda values: tf.strings.regex_replace(values, " ", _SPACE))


def _handle(path: Any, file_format: str) -> VocabularyHandle:
    trace = active_trace()
    if trace is not None and id(path) in trace.vocabularies:
        return trace.vocabularies[id(path)]
    if isinstance(path, str | bytes):
        with tf.init_scope():
            path = tf.saved_model.Asset(path).asset_path
    if not hasattr(path, "numpy"):
        raise ConfigError(
            "a vocabulary's path must be what vocabulary() returned, or a string",
            value=path,
            hint="pass the tensor on unchanged",
        )
    return VocabularyHandle(path, None, file_format, with_frequency=False)


def _look_up(
    x: Any, handle: VocabularyHandle, default_value: int, num_oov_buckets: int, trace: Trace | None
) -> tuple[Any, Any]:
    with tf.init_scope():
        table = _table(handle, default_value, num_oov_buckets)
        size = handle.size if handle.size is not None else int(table.size()) - num_oov_buckets
    if trace is not None:
        trace.add_table(table)

    def numbers(values: tf.Tensor) -> tf.Tensor:
        keys = values if values.dtype == tf.string else tf.strings.as_string(values)
        return table.lookup(keys)

    return map_values(x, numbers), size


def _table(handle: VocabularyHandle, default_value: int, num_oov_buckets: int) -> Any:
    if num_oov_buckets > 0:
        return tf.lookup.StaticVocabularyTable(
            _initializer(handle), num_oov_buckets, lookup_key_dtype=tf.string, experimental_is_anonymous=True
        )
    return tf.lookup.StaticHashTable(_initializer(handle), default_value, experimental_is_anonymous=True)


def _initializer(handle: VocabularyHandle) -> Any:
    if handle.file_format != "text":
        return TFRecordInitializer(handle.path, with_frequency=handle.with_frequency)
    index = tf.lookup.TextFileIndex
    return tf.lookup.TextFileInitializer(
        handle.path,
        key_dtype=tf.string,
        key_index=1 if handle.with_frequency else index.WHOLE_LINE,
        value_dtype=tf.int64,
        value_index=index.LINE_NUMBER,
        delimiter=" ",
    )


def _note_range(trace: Trace, result: Any, size: Any, default_value: int, num_oov_buckets: int) -> None:
    if num_oov_buckets:
        smallest, largest = 0, size + num_oov_buckets - 1
    elif isinstance(size, int):
        smallest, largest = min(0, default_value), max(size - 1, default_value)
    else:
        size = tf.cast(size, tf.int64)
        smallest, largest = min(0, default_value), tf.maximum(size - 1, tf.constant(default_value, tf.int64))
    trace.annotations.note_range(values_of(result), smallest, largest)
