"""A Keras 3 model of journeys."""

from __future__ import annotations

from typing import Any

import keras

import gristmill.transform as tft
import serving


def run_fn(fn_args: Any) -> None:
    transform = tft.TFTransformOutput(fn_args.transform_output)
    schema = transform.transformed_metadata.schema
    inputs = {name: keras.Input((), name=name, dtype="float32") for name in serving.INPUTS}
    stacked = keras.layers.Concatenate()([keras.layers.Reshape((1,))(x) for x in inputs.values()])
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(stacked))
    model.compile(keras.optimizers.Adam(0.1), "binary_crossentropy", metrics=["binary_accuracy"])
    model.fit(
        serving.dataset(fn_args, fn_args.train_files, schema).map(lambda x, y: (as_floats(x), y)),
        steps_per_epoch=fn_args.train_steps,
        validation_data=serving.dataset(fn_args, fn_args.eval_files, schema).map(lambda x, y: (as_floats(x), y)),
        validation_steps=fn_args.eval_steps,
        callbacks=[keras.callbacks.TensorBoard(fn_args.model_run_dir)],
        shuffle=False,
        verbose=0,
    )
    layer = transform.transform_features_layer()
    model_inputs, all_features = serving.parsers(transform, layer)
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.track(layer)
    archive.add_endpoint(
        "serving_default",
        lambda examples: {"outputs": model(as_floats(model_inputs(examples)))},
        input_signature=[serving.RECORDS],
    )
    archive.add_endpoint("transform_features", all_features, input_signature=[serving.RECORDS])
    archive.write_out(fn_args.serving_model_dir, verbose=False)


def as_floats(features: dict[str, Any]) -> dict[str, Any]:
    return {name: keras.ops.cast(features[name], "float32") for name in serving.INPUTS}
