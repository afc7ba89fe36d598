"""The signatures of a model of journeys: raw records to predictions, and to transformed features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

LABEL = "by_train"
INPUTS = ("distance_xf", "kind_xf", "seats_xf")
RECORDS = tf.TensorSpec([None], tf.string, name="examples")


def dataset(fn_args: Any, files: list[str], schema: Any) -> tf.data.Dataset:
    from gristmill.io.tensors import TensorFlowDatasetOptions

    options = TensorFlowDatasetOptions(batch_size=20, label_key=LABEL, shuffle_seed=1)
    return fn_args.data_accessor.tf_dataset_factory(files, options, schema)


def features(inputs: dict[str, Any]) -> tf.Tensor:
    """float32 [rows, 3]."""
    return tf.stack([tf.cast(inputs[name], tf.float32) for name in INPUTS], axis=1)


def parsers(transform: Any, layer: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Serialized records to model inputs without the label, and with it."""
    spec = transform.raw_feature_spec()
    without_label = {name: kind for name, kind in spec.items() if name != LABEL}

    def model_inputs(records: tf.Tensor) -> Any:
        return layer(tf.io.parse_example(records, without_label))

    def all_features(records: tf.Tensor) -> Any:
        return layer(tf.io.parse_example(records, spec))

    return model_inputs, all_features
