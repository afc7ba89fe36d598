"""A tf.Module without Keras: one weight, from the hyperparameters, and a second model for evaluation alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import tensorflow as tf


class Threshold(tf.Module):
    """Sure of the train above a distance."""

    def __init__(self, distance: float) -> None:
        super().__init__()
        self.distance = tf.Variable(distance)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def predict(self, examples: tf.Tensor) -> dict[str, tf.Tensor]:
        spec = {"distance": tf.io.VarLenFeature(tf.float32)}  # a field of the CSV may be empty
        known = tf.io.parse_example(examples, spec)["distance"]
        distance = tf.sparse.reduce_sum(known, axis=1)
        return {"outputs": tf.sigmoid(distance - self.distance)}


def run_fn(fn_args: Any) -> None:
    distance = (fn_args.hyperparameters or {"values": {"distance": 8.0}})["values"]["distance"]
    for directory, shift in ((fn_args.serving_model_dir, 0.0), (fn_args.eval_model_dir, 1.0)):
        model = Threshold(distance + shift)
        tf.saved_model.save(model, directory, signatures={"serving_default": model.predict})
    Path(fn_args.model_run_dir, "seen.json").write_text(json.dumps(fn_args.custom_config))
