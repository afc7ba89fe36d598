"""How many buckets a transformed tensor has, inside a preprocessing_fn."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from gristmill.errors import ConfigError
from gristmill.transform.tensor_values import values_of
from gristmill.transform.trace import current_trace

__all__ = ["get_num_buckets_for_transformed_feature"]


def get_num_buckets_for_transformed_feature(transformed_feature: Any) -> tf.Tensor:
    """One more than the largest number that a result of bucketize or of a vocabulary lookup can be.

    Args:
        transformed_feature: the result itself, not computed on further.

    Returns:
        int64 scalar.

    Raises:
        ConfigError: the tensor is not such a result.
    """
    annotations = current_trace("get_num_buckets_for_transformed_feature").annotations
    noted = annotations.ranges.get(id(values_of(transformed_feature)))
    if noted is None:
        raise ConfigError(
            "only results of bucketize and of vocabulary lookups have a known number of buckets",
            value=transformed_feature,
            hint="give it the result itself, before it is cast, reshaped or computed on",
        )
    return tf.cast(noted.maximum, tf.int64) + 1
