"""A small Keras 3 classifier on raw columns: normalisation is one of its layers, so no Transform step is needed."""

import keras
import tensorflow as tf

import gristmill as tfx
import gristmill.data_validation as tfdv
from gristmill.io.tensors import TensorFlowDatasetOptions

MEASUREMENTS = ["length_mm", "width_mm", "height_mm", "mass_g"]
LABEL = "kind"
KINDS = 3
BATCH_SIZE = 20


def build_model(normalisation: keras.layers.Normalization) -> keras.Model:
    inputs = {name: keras.Input((1,), name=name) for name in MEASUREMENTS}
    x = normalisation(keras.layers.Concatenate()([inputs[name] for name in MEASUREMENTS]))
    x = keras.layers.Dense(16, activation="relu")(x)
    model = keras.Model(inputs, keras.layers.Dense(KINDS, activation="softmax")(x))
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def run_fn(fn_args: tfx.components.FnArgs) -> None:
    schema = tfdv.load_schema_text(fn_args.schema_path)

    def dataset(files: list[str], num_epochs: int | None = None) -> tf.data.Dataset:
        options = TensorFlowDatasetOptions(batch_size=BATCH_SIZE, label_key=LABEL, num_epochs=num_epochs)
        return fn_args.data_accessor.tf_dataset_factory(files, options, schema)

    normalisation = keras.layers.Normalization()
    once = dataset(fn_args.train_files, num_epochs=1)
    normalisation.adapt(once.map(lambda x, _: tf.concat([x[name] for name in MEASUREMENTS], axis=1)))
    model = build_model(normalisation)
    model.fit(
        dataset(fn_args.train_files),
        steps_per_epoch=fn_args.train_steps,
        validation_data=dataset(fn_args.eval_files),
        validation_steps=fn_args.eval_steps,
        callbacks=[keras.callbacks.TensorBoard(fn_args.model_run_dir)],
        shuffle=False,  # the dataset shuffles
        verbose=0,
    )
    export(model, fn_args.serving_model_dir)


def export(model: keras.Model, directory: str) -> None:
    spec = {name: tf.io.FixedLenFeature([1], tf.float32) for name in MEASUREMENTS}

    def serve(examples: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"probabilities": model(tf.io.parse_example(examples, spec))}

    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serving_default", serve, input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    archive.write_out(directory, verbose=False)
