"""A wide and deep Keras 3 model of who tips more than a fifth of the fare."""

import features
import keras
import tensorflow as tf

import gristmill as tfx
import gristmill.transform as tft
from gristmill.io.tensors import TensorFlowDatasetOptions

BATCH_SIZE = 40
HIDDEN_UNITS = (64, 32)


def build_model(vocabulary_sizes):
    """Numbers go through hidden layers; categories are one-hot, seen by the hidden layers and by the output."""
    inputs, numbers, categories = {}, [], []
    for name in map(features.transformed, features.NUMBERS):
        inputs[name] = keras.Input((), name=name)
        numbers.append(keras.layers.Reshape((1,))(inputs[name]))
    sizes = dict.fromkeys(features.BUCKETED, features.BUCKETS) | vocabulary_sizes | features.CATEGORIES
    for column, size in sizes.items():
        name = features.transformed(column)
        inputs[name] = keras.Input((), name=name, dtype="int64")
        one_hot = keras.layers.CategoryEncoding(num_tokens=size, output_mode="one_hot")
        categories.append(one_hot(keras.layers.Reshape((1,))(inputs[name])))

    wide = keras.layers.Concatenate()(categories)
    deep = keras.layers.Concatenate()([*numbers, wide])
    for units in HIDDEN_UNITS:
        deep = keras.layers.Dense(units, activation="relu")(deep)
    output = keras.layers.Dense(1, activation="sigmoid")(keras.layers.Concatenate()([deep, wide]))

    model = keras.Model(inputs, output)
    model.compile("adam", "binary_crossentropy", metrics=["binary_accuracy", keras.metrics.AUC(name="auc")])
    return model


def run_fn(fn_args: tfx.components.FnArgs):
    """Trains on the transformed examples and exports the model together with the transformation."""
    transform = tft.TFTransformOutput(fn_args.transform_output)

    def dataset(files):
        options = TensorFlowDatasetOptions(batch_size=BATCH_SIZE, label_key=features.LABEL)
        return fn_args.data_accessor.tf_dataset_factory(files, options, transform.transformed_metadata.schema)

    sizes = {name: transform.vocabulary_size_by_name(name) + features.OOV_BUCKETS for name in features.WORDS}
    model = build_model(sizes)
    model.fit(
        dataset(fn_args.train_files),
        steps_per_epoch=fn_args.train_steps,
        validation_data=dataset(fn_args.eval_files),
        validation_steps=fn_args.eval_steps,
        callbacks=[keras.callbacks.TensorBoard(fn_args.model_run_dir)],
        shuffle=False,  # the dataset shuffles
        verbose=0,
    )
    export(model, transform, fn_args.serving_model_dir)


def export(model, transform, directory):
    """Two signatures: raw rows to predictions, and raw rows to transformed features for the Evaluator's labels."""
    layer = transform.transform_features_layer()
    spec = transform.raw_feature_spec()
    examples = tf.TensorSpec([None], tf.string, name="examples")

    def serve(examples):
        without_label = {name: kind for name, kind in spec.items() if name != features.TIPS}
        return {"outputs": model(layer(tf.io.parse_example(examples, without_label)))}

    def transform_features(examples):
        return layer(tf.io.parse_example(examples, spec))

    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.track(layer)
    archive.add_endpoint("serving_default", serve, input_signature=[examples])
    archive.add_endpoint("transform_features", transform_features, input_signature=[examples])
    archive.write_out(directory, verbose=False)
