"""Scaling and buckets per key: each row is treated by the statistics of the rows with the same key."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from gristmill.errors import ConfigError
from gristmill.transform.analyzers.extrema import Extrema
from gristmill.transform.analyzers.keys import analyze_per_key, refuse_key_file, string_keys
from gristmill.transform.analyzers.moments import Moments, float_dtype
from gristmill.transform.analyzers.quantiles import Quantiles
from gristmill.transform.mappers.buckets import check_num_buckets, default_epsilon
from gristmill.transform.mappers.scaling import check_range, scaled_to_range, standardized
from gristmill.transform.scopes import unique_scope
from gristmill.transform.tensor_values import flat_values, is_composite, map_values
from gristmill.transform.trace import current_trace

__all__ = ["bucketize_per_key", "scale_by_min_max_per_key", "scale_to_0_1_per_key", "scale_to_z_score_per_key"]


def scale_by_min_max_per_key(
    x: Any,
    key: Any,
    output_min: float = 0.0,
    output_max: float = 1.0,
    elementwise: bool = False,
    key_vocabulary_filename: str | None = None,
    name: str | None = None,
) -> Any:
    """x scaled to a range, by the extremes of the rows with the same key.

    Args:
        x: dense, sparse or ragged numbers.
        key: a key per value of x, or one per row.
        output_min: the new minimum.
        output_max: the new maximum.
        elementwise: must be False.
        key_vocabulary_filename: does not exist here.
        name: name scope.

    Returns:
        float32 of x's shape. Where a key's values are all equal, and for keys not seen in analysis:
        output_min + sigmoid(x) * range.

    Raises:
        ConfigError: output_min is not less than output_max, or elementwise.
        NotSupportedError: a file name is given.
    """
    with unique_scope(name, "scale_by_min_max_per_key"):
        return _scale_by_min_max(x, key, output_min, output_max, elementwise, key_vocabulary_filename)


def scale_to_0_1_per_key(
    x: Any, key: Any, elementwise: bool = False, key_vocabulary_filename: str | None = None, name: str | None = None
) -> Any:
    """x scaled to the range 0 to 1 per key; see :func:`scale_by_min_max_per_key`."""
    with unique_scope(name, "scale_to_0_1_per_key"):
        return _scale_by_min_max(x, key, 0.0, 1.0, elementwise, key_vocabulary_filename)


def scale_to_z_score_per_key(
    x: Any,
    key: Any,
    elementwise: bool = False,
    key_vocabulary_filename: str | None = None,
    name: str | None = None,
    output_dtype: tf.DType | None = None,
) -> Any:
    """x minus the mean, divided by the standard deviation, of the rows with the same key.

    Args:
        x, key, elementwise, key_vocabulary_filename, name: see :func:`scale_by_min_max_per_key`.
        output_dtype: a float dtype; x's own by default, float32 for integers.

    Returns:
        Of x's shape. Where a key's variance is 0: x minus the mean. Keys not seen in analysis have mean and variance 0.
    """
    with unique_scope(name, "scale_to_z_score_per_key"):
        _refuse(elementwise, key_vocabulary_filename)
        dtype = float_dtype(x, output_dtype)
        means, variances = _looked_up(Moments(dtype, ()), x, key)
        return _mapped(x, lambda values: standardized(values, means, variances))


def bucketize_per_key(
    x: Any,
    key: Any,
    num_buckets: int,
    epsilon: float | None = None,
    weights: Any | None = None,
    name: str | None = None,
) -> Any:
    """The bucket of each value of x, the buckets holding equal shares of the rows with the same key.

    Args:
        x: dense, sparse or ragged numbers.
        key: a key per value of x, or one per row.
        num_buckets: how many buckets.
        epsilon: allowed error of the boundaries' ranks; min(1 / num_buckets, 0.01) by default.
        weights: a weight per value.
        name: name scope.

    Returns:
        int64 of x's shape, 0 to num_buckets - 1; -1 for keys not seen in analysis.
    """
    with unique_scope(name, "bucketize_per_key"):
        check_num_buckets(num_buckets)
        error = default_epsilon(num_buckets) if epsilon is None else epsilon
        inputs = [flat_values(x)] + ([tf.cast(flat_values(weights), tf.float32)] if weights is not None else [])
        keys = _aligned_keys(x, key)
        analyzer = Quantiles(num_buckets, error, (), weights is not None)
        known, boundaries = analyze_per_key(analyzer, keys, inputs)
        index = _positions(known, keys)
        rows = tf.gather(_with_unseen(boundaries[:, 0, :]), index)

        def buckets(values: tf.Tensor) -> tf.Tensor:
            reached = tf.cast(values, tf.float32)[:, tf.newaxis] >= rows
            bucket = tf.reduce_sum(tf.cast(reached, tf.int64), axis=1)
            return tf.where(index < tf.size(known, out_type=tf.int64), bucket, tf.constant(-1, tf.int64))

        return _mapped(x, buckets)


def _scale_by_min_max(
    x: Any, key: Any, output_min: float, output_max: float, elementwise: bool, file_name: str | None
) -> Any:
    check_range(output_min, output_max)
    _refuse(elementwise, file_name)
    smallest, largest = _looked_up(Extrema(x.dtype, ()), x, key)
    return _mapped(x, lambda values: scaled_to_range(values, smallest, largest, output_min, output_max))


def _refuse(elementwise: bool, file_name: str | None) -> None:
    if elementwise:
        raise ConfigError("statistics per key cannot be taken cell by cell", hint="leave elementwise out")
    refuse_key_file(file_name)


def _looked_up(analyzer: Any, x: Any, key: Any) -> list[tf.Tensor]:
    """For each value of x [n], the analyzer's results [n] for its key; 0 for keys not seen."""
    keys = _aligned_keys(x, key)
    known, *results = analyze_per_key(analyzer, keys, [flat_values(x)])
    index = _positions(known, keys)
    return [tf.gather(_with_unseen(result), index) for result in results]


def _with_unseen(rows: tf.Tensor) -> tf.Tensor:
    """Rows [k, ...] with one of zeros behind them, for keys not seen."""
    return tf.concat([rows, tf.zeros([1, *rows.shape[1:]], rows.dtype)], axis=0)


def _positions(known: tf.Tensor, keys: tf.Tensor) -> tf.Tensor:
    """The position of each key among the known ones, int64; their number where it is not one of them."""
    trace = current_trace("a lookup per key")
    static = tf.get_static_value(known)
    names = [b"pending"] if static is None or not len(static) else static.tolist()
    with tf.init_scope():
        initializer = tf.lookup.KeyValueTensorInitializer(names, list(range(len(names))), tf.string, tf.int64)
        table = tf.lookup.StaticHashTable(initializer, -1, experimental_is_anonymous=True)
    trace.add_table(table)
    found = table.lookup(keys)
    unseen = tf.size(known, out_type=tf.int64)
    if static is not None and not len(static):
        return tf.zeros_like(found)
    return tf.where(found < 0, unseen, found)


def _mapped(x: Any, function: Any) -> Any:
    """x with its values, taken as [n], replaced."""
    return map_values(x, lambda values: tf.reshape(function(tf.reshape(values, [-1])), tf.shape(values)))


def _aligned_keys(x: Any, key: Any) -> tf.Tensor:
    """A key for each of x's flat values: keys as they are, or each row's key repeated for its values."""
    keys = string_keys(key)
    if is_composite(key) or (not is_composite(x) and x.shape.rank == key.shape.rank):
        return keys
    if isinstance(x, tf.SparseTensor):
        return tf.gather(keys, x.indices[:, 0])
    if isinstance(x, tf.RaggedTensor):
        rows = tf.cast(tf.ragged.row_splits_to_segment_ids(x.merge_dims(1, -1).row_splits), tf.int64)
        return tf.gather(keys, rows)
    per_row = tf.size(x) // tf.maximum(tf.shape(x)[0], 1)
    return tf.repeat(keys, per_row)
