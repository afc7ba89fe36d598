"""Vocabularies: the distinct tokens of a feature, by frequency, in a file that becomes an asset of the transform."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import tensorflow as tf

from gristmill.errors import ConfigError, NotSupportedError
from gristmill.io import filesystem
from gristmill.transform.analyzer import Analyzer, Array, Arrays
from gristmill.transform.analyzers.vocabulary_file import (
    EMPTY_INT_TOKEN,
    EMPTY_STRING_TOKEN,
    TFRECORD_SUFFIX,
    check_file_format,
    sanitized_name,
    vocabulary_lines,
    write_vocabulary,
)
from gristmill.transform.annotations import VocabularyFacts
from gristmill.transform.argument_errors import TOKENS_HINT, ArgumentTypeError
from gristmill.transform.scopes import unique_scope
from gristmill.transform.tensor_values import flat_values
from gristmill.transform.trace import VocabularyHandle, current_trace

__all__ = ["TokenCounts", "Vocabulary", "analyzed_vocabulary", "count_tokens", "vocabulary"]

_PENDING_TOKENS = 1 << 18  # distinct tokens per batch pile up to this many before they are added up


class TokenCounts:
    """Counts by token, as Arrow columns. State: {"tokens": array or None, "counts": array, "pending": list of both}."""

    @staticmethod
    def create() -> dict[str, Any]:
        """No tokens."""
        return {"tokens": None, "counts": np.empty(0), "pending": []}

    @staticmethod
    def add(state: dict[str, Any], tokens: Array, counts: Array) -> dict[str, Any]:
        """More tokens: objects of bytes, or int64; counts are numbers of the same length."""
        arrow = pa.array(tokens, pa.binary()) if tokens.dtype == object else pa.array(tokens)
        state["pending"].append([arrow, counts])
        grown = sum(len(each[0]) for each in state["pending"])
        held = 0 if state["tokens"] is None else len(state["tokens"])
        return TokenCounts.settle(state) if grown > max(_PENDING_TOKENS, held) else state

    @staticmethod
    def merge(a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
        """Counts of both parts."""
        b = TokenCounts.settle(b)
        if b["tokens"] is not None:
            a["pending"].append([b["tokens"], b["counts"]])
        return TokenCounts.settle(a)

    @staticmethod
    def settle(state: dict[str, Any]) -> dict[str, Any]:
        """The same counts with each token once."""
        held = [] if state["tokens"] is None else [[state["tokens"], state["counts"]]]
        parts = held + state["pending"]
        if len(parts) <= len(held):
            return state
        table = pa.table(
            {
                "token": pa.chunked_array([part[0] for part in parts]),
                "count": np.concatenate([part[1] for part in parts]),
            }
        )
        grouped = table.group_by("token", use_threads=False).aggregate([("count", "sum")])
        tokens = grouped.column("token").combine_chunks()
        return {"tokens": tokens, "counts": grouped.column("count_sum").to_numpy(), "pending": []}


@dataclass(frozen=True)
class Vocabulary(Analyzer):
    """Counts tokens, orders and filters them, and writes them to a file.

    State: see :class:`TokenCounts`.
    """

    file_name: str
    top_k: int | None
    frequency_threshold: float | None
    store_frequency: bool
    reserved_tokens: tuple[bytes, ...]
    fingerprint_shuffle: bool
    file_format: str
    integers: bool

    makes_asset = True

    def outputs(self) -> list[tf.TensorSpec]:
        """Path of the file; number of distinct tokens; number of lines kept."""
        return [tf.TensorSpec([], tf.string), tf.TensorSpec([], tf.int64), tf.TensorSpec([], tf.int64)]

    def create(self) -> dict[str, Any]:
        """No tokens."""
        return TokenCounts.create()

    def add(self, state: dict[str, Any], arrays: Arrays) -> dict[str, Any]:
        """Arrays: tokens of the batch and their counts or weights."""
        return TokenCounts.add(state, arrays[0], arrays[1])

    def merge(self, a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
        """Counts of both."""
        return TokenCounts.merge(a, b)

    def extract(self, state: dict[str, Any]) -> list[Array]:
        """Tokens in order (objects of bytes), their counts, and the number of distinct tokens before filtering."""
        tokens, counts = self._usable(TokenCounts.settle(state))
        distinct = len(tokens)
        if self.frequency_threshold is not None:
            keep = counts >= self.frequency_threshold
            tokens, counts = tokens.filter(pa.array(keep)), counts[keep]
        table = pa.table({"count": counts, "token": tokens})
        order = pc.sort_indices(table, sort_keys=[("count", "descending"), ("token", "descending")])
        if self.top_k is not None:
            order = order[: self.top_k]
        table = table.take(order)
        if self.reserved_tokens:  # they count among the top_k, as in the published function
            reserved = pc.is_in(table.column("token"), pa.array(self.reserved_tokens, pa.binary()))
            table = table.filter(pc.invert(reserved))
        kept = table.column("token").combine_chunks().to_numpy(zero_copy_only=False)
        return [kept, table.column("count").to_numpy(), np.asarray(distinct)]

    def publish(self, results: list[Array], asset_dir: str) -> list[Array]:
        """Write the file; its path, and the sizes."""
        tokens, counts, distinct = results
        pairs = list(zip(tokens.tolist(), counts.tolist(), strict=True))
        if self.fingerprint_shuffle:
            pairs.sort(key=lambda pair: hashlib.sha1(pair[0]).digest())
        pairs = [(token, -1) for token in self.reserved_tokens] + pairs
        path = filesystem.join(asset_dir, self.file_name)
        self._write(path, pairs)
        return [np.asarray(path.encode(), object), distinct.astype(np.int64), np.asarray(len(pairs), np.int64)]

    def write_stand_in(self, path: str) -> None:
        """The file of an empty vocabulary."""
        self._write(path, [])

    def _write(self, path: str, pairs: Sequence[tuple[bytes, Any]]) -> None:
        lines = vocabulary_lines(
            [token for token, _ in pairs],
            [count for _, count in pairs],
            with_frequency=self.store_frequency,
            empty_token=EMPTY_INT_TOKEN if self.integers else EMPTY_STRING_TOKEN,
        )
        write_vocabulary(path, lines, self.file_format)

    def _usable(self, state: dict[str, Any]) -> tuple[pa.Array, Array]:
        """Tokens as text that a file can hold."""
        if state["tokens"] is None:
            return pa.array([], pa.binary()), np.empty(0, np.int64)
        tokens = state["tokens"]
        if self.integers:
            tokens = tokens.cast(pa.string()).cast(pa.binary())
        refused = pc.equal(pc.binary_length(tokens), 0)
        if self.file_format == "text":
            refused = pc.or_(refused, pc.match_substring_regex(tokens, r"[\n\r]"))
        keep = pc.invert(refused)
        return tokens.filter(keep), state["counts"][keep.to_numpy(zero_copy_only=False)]


def count_tokens(x: Any, weights: Any | None = None) -> list[tf.Tensor]:
    """The distinct values of x in a batch, and how often each occurs (int64), or the sum of its weights (float64)."""
    values = flat_values(x)
    if weights is None:
        tokens, _, counts = tf.unique_with_counts(values, out_idx=tf.int64)
        return [tokens, counts]
    tokens, position = tf.unique(values, out_idx=tf.int64)
    weight = tf.cast(flat_values(weights), tf.float64)
    return [tokens, tf.math.unsorted_segment_sum(weight, position, tf.size(tokens))]


def vocabulary(
    x: Any,
    *,
    top_k: int | None = None,
    frequency_threshold: float | None = None,
    vocab_filename: str | None = None,
    store_frequency: bool = False,
    reserved_tokens: Sequence[str | bytes] | None = None,
    weights: Any | None = None,
    labels: Any | None = None,
    use_adjusted_mutual_info: bool = False,
    min_diff_from_avg: float | None = None,
    coverage_top_k: int | None = None,
    coverage_frequency_threshold: float | None = None,
    key_fn: Callable[..., Any] | None = None,
    fingerprint_shuffle: bool = False,
    file_format: str = "text",
    name: str | None = None,
) -> tf.Tensor:
    """The distinct tokens of x, most frequent first, ties in reverse lexicographic order, in a file.

    Empty tokens are left out, and with the text format those that hold a line break. A vocabulary without tokens gets
    one line that no data holds, since lookup tables need one.

    Args:
        x: dense, sparse or ragged strings or integers; integers are written in decimal.
        top_k: keep this many.
        frequency_threshold: keep tokens that occur at least this often (with weights: whose weight is at least this).
        vocab_filename: the file's name; ``vocab_`` and the name scope by default (``vocab_frequency_`` when
            frequencies are stored).
        store_frequency: write each token behind its count and a space.
        reserved_tokens: tokens that come first, whether they occur or not, with a count of -1. Those that occur
            count among the ``top_k``.
        weights: a weight per value of x.
        fingerprint_shuffle: order tokens by a hash of each instead of by frequency.
        file_format: ``"text"`` or ``"tfrecord_gzip"``.
        name: name scope.
        labels, use_adjusted_mutual_info, min_diff_from_avg, coverage_top_k, coverage_frequency_threshold, key_fn:
            orders by mutual information and by coverage, which do not exist here.

    Returns:
        A scalar string: the path of the file. While the preprocessing_fn is traced it may be a stand-in's.

    Raises:
        ConfigError: x is neither string nor integer (a ValueError), top_k or frequency_threshold is negative, or the
            file name is taken.
        NotSupportedError: an argument of the last group is given.
    """
    _refuse_mutual_information(labels, use_adjusted_mutual_info, min_diff_from_avg)
    if coverage_top_k is not None or coverage_frequency_threshold is not None or key_fn is not None:
        raise NotSupportedError(
            "vocabularies by coverage (coverage_top_k, coverage_frequency_threshold, key_fn) do not exist here",
            hint="use top_k or frequency_threshold",
        )
    with unique_scope(name, "vocabulary") as scope:
        return analyzed_vocabulary(
            x,
            prefix="vocab",
            scope=scope,
            top_k=top_k,
            frequency_threshold=frequency_threshold,
            vocab_filename=vocab_filename,
            store_frequency=store_frequency,
            reserved_tokens=reserved_tokens,
            weights=weights,
            fingerprint_shuffle=fingerprint_shuffle,
            file_format=file_format,
        )


def analyzed_vocabulary(
    x: Any,
    *,
    prefix: str,
    scope: str,
    top_k: int | None,
    frequency_threshold: float | None,
    vocab_filename: str | None,
    store_frequency: bool,
    reserved_tokens: Sequence[str | bytes] | None,
    weights: Any | None,
    fingerprint_shuffle: bool,
    file_format: str,
) -> tf.Tensor:
    """The path tensor of a vocabulary; arguments as :func:`vocabulary`. ``prefix`` and ``scope`` name the file."""
    if not (x.dtype == tf.string or x.dtype.is_integer):
        raise ConfigError("a vocabulary is made of strings or integers", value=x.dtype.name, hint=TOKENS_HINT)
    if (top_k is not None and top_k < 0) or (frequency_threshold is not None and frequency_threshold < 0):
        raise ConfigError(
            "top_k and frequency_threshold must not be negative",
            value=(top_k, frequency_threshold),
            hint="leave them out to keep every token",
        )
    check_file_format(file_format)
    default = f"{prefix}_frequency_{scope}" if store_frequency else f"{prefix}_{scope}"
    asset_key = vocab_filename or sanitized_name(default)
    file_name = sanitized_name(asset_key) + (TFRECORD_SUFFIX if file_format != "text" else "")
    analyzer = Vocabulary(
        file_name=file_name,
        top_k=top_k,
        frequency_threshold=frequency_threshold,
        store_frequency=store_frequency,
        reserved_tokens=_reserved(reserved_tokens),
        fingerprint_shuffle=fingerprint_shuffle,
        file_format=file_format,
        integers=x.dtype != tf.string,
    )
    trace = current_trace("vocabulary")
    trace.claim_asset(asset_key, file_name)
    path, distinct, kept = trace.analyze(analyzer, _int64_tokens(count_tokens(x, weights)))
    kept_size, distinct_size = tf.get_static_value(kept), tf.get_static_value(distinct)
    size = None if kept_size is None else max(1, int(kept_size))
    trace.vocabularies[id(path)] = VocabularyHandle(path, size, file_format, store_frequency)
    trace.vocabulary_sizes[asset_key] = tf.maximum(kept, tf.constant(1, tf.int64))
    if kept_size is not None:
        trace.annotations.vocabularies.append(VocabularyFacts(file_name, int(distinct_size), int(kept_size)))
    path_tensor: tf.Tensor = path
    return path_tensor


def _int64_tokens(counted: list[tf.Tensor]) -> list[tf.Tensor]:
    tokens, counts = counted
    return [tokens if tokens.dtype == tf.string else tf.cast(tokens, tf.int64), counts]


def _reserved(tokens: Sequence[str | bytes] | None) -> tuple[bytes, ...]:
    if tokens is None:
        return ()
    if isinstance(tokens, str | bytes) or not all(isinstance(token, str | bytes) for token in tokens):
        raise ArgumentTypeError(
            "reserved_tokens must be a list of strings", value=tokens, hint="for example ['<pad>', '<unknown>']"
        )
    return tuple(token.encode() if isinstance(token, str) else token for token in tokens)


def _refuse_mutual_information(labels: Any | None, adjusted: bool, min_diff_from_avg: float | None) -> None:
    if labels is not None or adjusted or min_diff_from_avg:
        raise NotSupportedError(
            "vocabularies by mutual information (labels and its options) do not exist here",
            hint="order by frequency, or by weights=",
        )
