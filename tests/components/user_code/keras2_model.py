"""A Keras 2 model of journeys, saved as TFX's examples do; starts from a base model where there is one."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
import tf_keras

import gristmill.transform as tft
import serving


def run_fn(fn_args: Any) -> None:
    transform = tft.TFTransformOutput(fn_args.transform_output)
    schema = transform.transformed_metadata.schema
    if fn_args.base_model:
        model = tf_keras.models.load_model(fn_args.base_model)
    else:
        inputs = {name: tf_keras.Input((), name=name, dtype="float32") for name in serving.INPUTS}
        stacked = tf_keras.layers.Concatenate()([tf_keras.layers.Reshape((1,))(x) for x in inputs.values()])
        model = tf_keras.Model(inputs, tf_keras.layers.Dense(1, activation="sigmoid")(stacked))
        model.compile(tf_keras.optimizers.Adam(0.1), "binary_crossentropy", metrics=["binary_accuracy"])
    if fn_args.train_steps:
        train = serving.dataset(fn_args, fn_args.train_files, schema).map(lambda x, y: (as_floats(x), y))
        model.fit(train, steps_per_epoch=fn_args.train_steps, verbose=0)
    model.layer = transform.transform_features_layer()
    model_inputs, all_features = serving.parsers(transform, model.layer)
    signatures = {
        "serving_default": tf.function(lambda examples: {"outputs": model(as_floats(model_inputs(examples)))}),
        "transform_features": tf.function(all_features),
    }
    model.save(
        fn_args.serving_model_dir,
        save_format="tf",
        signatures={name: each.get_concrete_function(serving.RECORDS) for name, each in signatures.items()},
    )


def as_floats(features: dict[str, Any]) -> dict[str, Any]:
    return {name: tf.cast(features[name], tf.float32) for name in serving.INPUTS}
