"""Models that are saved in the ways that users save them, and records for them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from gristmill.io.example_codec import encode_examples
from gristmill.io.shard import RAW_RECORD_COLUMN

collect_ignore_glob = [] if importlib.util.find_spec("tensorflow") else ["test_*.py"]


def records_of(**features: list[Any]) -> pa.RecordBatch:
    """Serialized examples of single values by feature; None where a row lacks the feature."""
    columns = {name: pa.array([None if v is None else [v] for v in values]) for name, values in features.items()}
    records = encode_examples(pa.RecordBatch.from_pydict(columns))
    return pa.RecordBatch.from_arrays([records], names=[RAW_RECORD_COLUMN])


@pytest.fixture(scope="session")
def records() -> pa.RecordBatch:
    """Three journeys: ``distance`` 0, 3 and 12, ``seats`` -1, 2 and 300, ``kind``."""
    return records_of(distance=[0.0, 3.0, 12.0], seats=[-1, 2, 300], kind=[b"bus", b"tram", b"bus"])


@pytest.fixture(scope="session")
def plain_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A ``tf.Module`` with signatures on examples, of several outputs and dtypes, and one on features by name."""
    import gristmill.io.tensors  # noqa: F401 - before tensorflow

    import tensorflow as tf  # isort: skip

    examples = tf.TensorSpec([None], tf.string, name="examples")

    class Journeys(tf.Module):
        def parsed(self, serialized: Any) -> Any:
            spec = {
                "distance": tf.io.FixedLenFeature([], tf.float32),
                "seats": tf.io.FixedLenFeature([], tf.int64, 0),
                "kind": tf.io.FixedLenFeature([], tf.string, ""),
            }
            return tf.io.parse_example(serialized, spec)

        @tf.function(input_signature=[examples])
        def many(self, examples: Any) -> Any:
            found = self.parsed(examples)
            far = found["distance"] > 8
            return {
                "probability": tf.stack([1 - found["distance"] / 20, found["distance"] / 20], 1),
                "doubled": found["seats"] * 2,
                "small": tf.cast(found["seats"], tf.int32),
                "exact": tf.cast(found["distance"], tf.float64),
                "far": far,
                "kind": found["kind"],
                "words": tf.stack([found["kind"], tf.strings.upper(found["kind"])], 1),
                "half": tf.cast(found["distance"], tf.float16),
            }

        @tf.function(input_signature=[examples])
        def classes(self, examples: Any) -> Any:
            share = self.parsed(examples)["distance"] / 20
            names = tf.tile(tf.constant([["near", "far"]]), [tf.shape(share)[0], 1])
            return {"classes": names, "scores": tf.stack([1 - share, share], 1)}

        @tf.function(input_signature=[examples])
        def value(self, examples: Any) -> Any:
            return {"outputs": self.parsed(examples)["distance"][:, tf.newaxis] * 10}

        @tf.function(
            input_signature=[tf.TensorSpec([None, 1], tf.float32, "distance"), tf.TensorSpec([None], tf.int64, "seats")]
        )
        def raw(self, distance: Any, seats: Any) -> Any:
            return {"sum": distance[:, 0] + tf.cast(seats, tf.float32)}

        @tf.function(input_signature=[examples])
        def positive(self, examples: Any) -> Any:
            distance = self.parsed(examples)["distance"]
            with tf.control_dependencies([tf.debugging.assert_less(distance, 10.0, "too far")]):
                return {"distance": tf.identity(distance)}

        @tf.function(input_signature=[examples])
        def mean(self, examples: Any) -> Any:
            return {"mean": tf.reduce_mean(self.parsed(examples)["distance"])}

        @tf.function(input_signature=[tf.TensorSpec([2], tf.string, name="examples")])
        def pairs(self, examples: Any) -> Any:
            return {"examples": examples}

    model = Journeys()
    path = str(tmp_path_factory.mktemp("models") / "plain")
    names = ("many", "classes", "value", "raw", "positive", "mean", "pairs")
    signatures = {name: getattr(model, name) for name in names} | {"serving_default": model.value}
    tf.saved_model.save(model, path, signatures=signatures)
    return path


@pytest.fixture(scope="session")
def served_with_methods(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model of TensorFlow 1, whose signatures say that they classify and regress."""
    import gristmill.io.tensors  # noqa: F401 - before tensorflow

    import tensorflow as tf  # isort: skip

    v1 = tf.compat.v1
    path = str(tmp_path_factory.mktemp("models") / "methods")
    with v1.Graph().as_default(), v1.Session() as session:
        serialized = v1.placeholder(tf.string, [None], name="inputs")
        distance = v1.parse_example(serialized, {"distance": v1.FixedLenFeature([1], tf.float32)})["distance"]
        scores = tf.concat([1 - distance / 20, distance / 20], 1)
        classes = tf.tile(tf.constant([["near", "far"]]), [tf.shape(scores)[0], 1])
        define = v1.saved_model.signature_def_utils
        builder = v1.saved_model.builder.SavedModelBuilder(path)
        builder.add_meta_graph_and_variables(
            session,
            ["serve"],
            signature_def_map={
                "serving_default": define.classification_signature_def(serialized, classes, scores),
                "regress": define.regression_signature_def(serialized, distance * 10),
                "predict": define.predict_signature_def({"inputs": serialized}, {"scores": scores}),
            },
        )
        builder.save()
    return path


@pytest.fixture(scope="session")
def keras_archive(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A directory with one ``.keras`` file: the sum of ``distance`` and ``seats``."""
    import gristmill.io.tensors  # noqa: F401 - before keras

    import keras  # isort: skip

    inputs = {name: keras.Input((1,), name=name) for name in ("distance", "seats")}
    model = keras.Model(inputs, keras.layers.Add()(list(inputs.values())))
    folder: Path = tmp_path_factory.mktemp("archive")
    model.save(folder / "model.keras")
    return str(folder)


def assert_rows(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-6)
