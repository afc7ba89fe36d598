"""Tells how many batches were drawn from a dataset, at next to no cost for those in between."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import tensorflow as tf

__all__ = ["reporting_batches"]


def reporting_batches(dataset: tf.data.Dataset, report: Callable[[int], None], every: int) -> tf.data.Dataset:
    """The same batches; ``report(n)`` is called when the n-th is drawn, for each multiple n of ``every``.

    A training loop draws a few batches ahead, so the count runs ahead of the steps by as many. ``report`` is called
    from one of TensorFlow's threads: what it raises is dropped, since there it would pass for damaged data.
    """

    def tell(number: Any) -> Any:
        with contextlib.suppress(BaseException):
            report(int(number))
        return number

    def pass_on(number: tf.Tensor, element: Any) -> Any:
        told = tf.cond(tf.equal(number % every, 0), lambda: tf.numpy_function(tell, [number], tf.int64), lambda: number)
        with tf.control_dependencies([told]):
            return tf.nest.map_structure(tf.identity, element, expand_composites=True)

    return dataset.enumerate(start=1).map(pass_on)
