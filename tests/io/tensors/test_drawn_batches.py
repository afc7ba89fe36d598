"""Batches are counted as they are drawn, and come through unchanged."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.tensorflow
pytest.importorskip("tensorflow")

import tensorflow as tf  # noqa: E402

from gristmill.io.tensors.drawn_batches import reporting_batches  # noqa: E402


def test_every_so_many_batches_are_told_and_all_come_through() -> None:
    told: list[int] = []
    sparse = tf.sparse.from_dense([[1, 0], [0, 2]])
    dataset = tf.data.Dataset.from_tensors(({"a": sparse, "b": tf.constant([1.0])}, tf.constant([3]))).repeat(7)
    elements = list(reporting_batches(dataset, told.append, every=3))
    assert told == [3, 6]
    assert len(elements) == 7
    features, label = elements[0]
    assert tf.sparse.to_dense(features["a"]).numpy().tolist() == [[1, 0], [0, 2]]
    assert label.numpy().tolist() == [3]


def test_a_report_that_fails_does_not_stop_the_training() -> None:
    def refuse(batches: int) -> None:
        raise KeyboardInterrupt(batches)

    assert len(list(reporting_batches(tf.data.Dataset.range(4), refuse, every=1))) == 4
