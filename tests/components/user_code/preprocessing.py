"""What happens to raw journeys."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

import gristmill.transform as tft


def preprocessing_fn(inputs: dict[str, Any], custom_config: dict[str, Any] | None = None) -> dict[str, Any]:
    scale = (custom_config or {}).get("scale", 1.0)
    return {
        "distance_xf": scale * tft.scale_to_z_score(filled(inputs["distance"], 0.0)),
        "kind_xf": tft.compute_and_apply_vocabulary(filled(inputs["kind"], ""), num_oov_buckets=1, vocab_filename="k"),
        "seats_xf": tf.cast(filled(inputs["seats"], 0), tf.float32),
        "by_train": filled(inputs["by_train"], 0),
    }


def filled(x: Any, default: Any) -> Any:
    column = tf.sparse.SparseTensor(x.indices, x.values, [x.dense_shape[0], 1])
    return tf.squeeze(tf.sparse.to_dense(column, tf.cast(default, x.dtype) if default != "" else ""), axis=1)
