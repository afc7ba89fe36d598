"""The transform as a Keras layer: part of a model, saved with it, the same in training and in serving."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

import gristmill.transform as tft
from gristmill.errors import ConfigError

pytestmark = pytest.mark.tensorflow

SPEC = {
    "x": tf.io.VarLenFeature(tf.float32),
    "s": tf.io.VarLenFeature(tf.string),
    "label": tf.io.FixedLenFeature([], tf.int64),
}
ROWS = [
    {"x": 1.0, "s": "a", "label": 0},
    {"x": 2.0, "s": "b", "label": 1},
    {"x": None, "s": "b", "label": 0},
    {"x": 5.0, "s": None, "label": 1},
]


def dense(x, default):
    return tf.squeeze(tf.sparse.to_dense(tf.SparseTensor(x.indices, x.values, [x.dense_shape[0], 1]), default), axis=1)


def preprocessing_fn(inputs):
    return {
        "x": tft.scale_to_z_score(dense(inputs["x"], 0.0)),
        "s": tft.compute_and_apply_vocabulary(dense(inputs["s"], ""), num_oov_buckets=1),
        "label": inputs["label"],
    }


# Builds a model on transformed features, exports it for raw serialized examples, and tells what it predicts.
EXPORT = """
import json, sys
import gristmill.transform as tft
import tensorflow as tf
transform_dir, export_dir = sys.argv[1:]
keras = tf.keras
output = tft.TFTransformOutput(transform_dir)
features = {name: keras.Input((1,), name=name) for name in ("x", "s")}
dense = keras.layers.Dense(1)
model = keras.Model(features, dense(keras.layers.Concatenate()(list(features.values()))))
model.compile(loss="mse")
model.tft_layer = output.transform_features_layer()
assert output.transform_features_layer() is model.tft_layer
spec = output.raw_feature_spec()
spec.pop("label")

@tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
def serve(examples):
    transformed = model.tft_layer(tf.io.parse_example(examples, spec))
    assert sorted(transformed) == ["s", "x"]
    assert transformed["x"].shape.as_list() == [None]
    columns = {name: tf.cast(value, tf.float32)[:, tf.newaxis] for name, value in transformed.items()}
    return {"prediction": model(columns), "s": transformed["s"]}

if "tf_keras" in keras.layers.Layer.__module__:
    model.save(export_dir, save_format="tf", signatures={"serving_default": serve})
else:
    tf.saved_model.save(model, export_dir, signatures={"serving_default": serve})
kernel, bias = dense.get_weights()
with open(export_dir + "/weights.json", "w") as file:
    json.dump([kernel.reshape(-1).tolist(), bias.tolist(), keras.layers.Layer.__module__.split(".")[0]], file)
"""

# Knows nothing of gristmill.
SERVE = """
import json, sys
import tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
records = [record.numpy() for record in tf.data.TFRecordDataset(sys.argv[2:], compression_type="GZIP")]
made = model.signatures["serving_default"](tf.constant(records))
print(json.dumps({name: value.numpy().reshape(-1).tolist() for name, value in made.items()}))
"""


def run(script, *arguments, legacy):
    environment = {**os.environ, "TF_USE_LEGACY_KERAS": legacy, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("legacy", "keras"), [("1", "tf_keras"), ("0", "keras")])
def test_a_model_with_the_layer_serves_raw_examples_as_it_was_trained(transform, write_shards, tmp_path, legacy, keras):
    made = transform(preprocessing_fn, ROWS, SPEC)
    files = [shard.uri for shard in write_shards(ROWS, SPEC)]
    export_dir = str(tmp_path / "export")
    run(EXPORT, made.dir, export_dir, legacy=legacy)
    os.rename(made.dir, made.dir + "-moved")  # the exported model needs nothing of it
    served = json.loads(run(SERVE, export_dir, *files, legacy=legacy).splitlines()[-1])
    with open(os.path.join(export_dir, "weights.json")) as file:
        kernel, bias, used = json.load(file)
    assert used == keras
    by_name = dict(zip(["x", "s"], kernel, strict=True))
    expected = [row["x"][0] * by_name["x"] + row["s"][0] * by_name["s"] + bias[0] for row in made.rows]
    assert served["s"] == made.column("s")
    assert served["prediction"] == pytest.approx(expected, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("keras", ["keras", "tf_keras"])
def test_the_keras_of_the_layer_can_be_chosen(transform, keras):
    output = tft.TFTransformOutput(transform(preprocessing_fn, ROWS, SPEC).dir)
    layer = tft.TransformFeaturesLayer(output, keras=keras)
    assert type(layer).__mro__[1].__module__.split(".")[0] in {keras, "keras"}
    made = layer({"x": tf.SparseTensor([[0, 0]], [2.0], [1, 1])})
    np.testing.assert_allclose(made["x"].numpy(), [0.0], atol=1e-6)
    assert not layer.trainable_variables


def test_another_keras_is_refused(transform):
    output = tft.TFTransformOutput(transform(preprocessing_fn, ROWS, SPEC).dir)
    with pytest.raises(ConfigError, match=r"(?s)keras must be one of.*'torch'"):
        output.transform_features_layer(keras="torch")
    with pytest.raises(ConfigError, match="TensorFlow 1"):
        tft.TransformFeaturesLayer(output, exported_as_v1=True)
