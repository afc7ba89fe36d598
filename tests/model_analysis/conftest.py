"""Models and examples that several test modules evaluate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import gristmill.model_analysis as tfma
from gristmill.engine import LocalEngine
from gristmill.io.columns import as_example_batch
from gristmill.io.example_codec import encode_examples
from gristmill.io.shard import Shard
from gristmill.io.tfrecord import write_records

ROWS = 600

Evaluate = Callable[..., tfma.Evaluation]


def _evaluate_columns(
    columns: Mapping[str, Any], text: str, *, batch_rows: int = 64, output_path: str | None = None
) -> tfma.Evaluation:
    table = pa.table(dict(columns))
    half = table.num_rows // 3

    def read(shard: Shard) -> Iterator[pa.RecordBatch]:
        part = table.slice(0, half) if shard.uri == "first" else table.slice(half)
        for batch in part.to_batches(max_chunksize=batch_rows):
            yield as_example_batch(batch, "columns")

    keys = 'model_specs { label_key: "label" prediction_key: "prediction" }'
    return tfma.evaluate(
        [Shard(uri="first", format="memory"), Shard(uri="second", format="memory")],
        tfma.parse_eval_config(text if "model_specs" in text else f"{keys} {text}"),
        models={},
        engine=LocalEngine(workers=2),
        output_path=output_path,
        reader=read,
    )


@pytest.fixture(scope="session")
def evaluate_columns() -> Evaluate:
    """Evaluates columns whose predictions are the column ``prediction``, in two shards of small batches."""
    return _evaluate_columns


@dataclass(frozen=True)
class ExampleFiles:
    """Rows as columns and as TFRecord shards of different sizes."""

    columns: dict[str, Any]
    shards: list[Shard]
    pattern: str


def lists(values: Any, kind: pa.DataType) -> pa.Array:
    """One value per row."""
    return pa.array([[value] for value in values], pa.list_(kind))


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> ExampleFiles:
    """600 rows: numeric ``a`` and ``b``, integer ``hour``, text ``pay``, ``label`` by a noisy rule, ``weight``."""
    random = np.random.default_rng(7)
    columns: dict[str, Any] = {
        "a": random.normal(size=ROWS).astype(np.float32),
        "b": random.normal(size=ROWS).astype(np.float32),
        "hour": random.integers(0, 6, ROWS),
        "pay": random.choice(["cash", "card"], ROWS),
        "weight": random.uniform(0.5, 2, ROWS).astype(np.float32),
    }
    columns["label"] = (columns["a"] - columns["b"] + random.normal(size=ROWS) > 0).astype(np.int64)
    batch = pa.RecordBatch.from_pydict(
        {
            "a": lists(columns["a"], pa.float32()),
            "b": lists(columns["b"], pa.float32()),
            "hour": lists(columns["hour"].tolist(), pa.int64()),
            "label": lists(columns["label"].tolist(), pa.int64()),
            "pay": lists([value.encode() for value in columns["pay"].tolist()], pa.binary()),
            "weight": lists(columns["weight"], pa.float32()),
        }
    )
    folder: Path = tmp_path_factory.mktemp("examples")
    records = encode_examples(batch).to_pylist()
    shards = []
    for number, (start, stop) in enumerate([(0, 100), (100, 101), (101, ROWS)]):
        uri = str(folder / f"data-{number:05d}-of-00003.gz")
        write_records(uri, records[start:stop], compress=True)
        shards.append(Shard(uri=uri, format="tfrecord"))
    return ExampleFiles(columns, shards, str(folder / "data-*"))


def inputs_of(columns: dict[str, Any]) -> dict[str, Any]:
    """The model inputs ``a`` and ``b`` of shape (rows, 1)."""
    return {name: np.asarray(columns[name], np.float32).reshape(-1, 1) for name in ("a", "b")}


@pytest.fixture(scope="session")
def keras2_path(examples: ExampleFiles, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Keras 2 SavedModel of logits, compiled with several metrics; its serving signature takes examples."""
    import tensorflow as tf
    import tf_keras

    import gristmill.io.tensors  # noqa: F401 - before tensorflow

    tf_keras.utils.set_random_seed(1)
    inputs = {name: tf_keras.layers.Input(shape=(1,), name=name) for name in ("a", "b")}
    hidden = tf_keras.layers.Dense(4, activation="tanh")(tf_keras.layers.Concatenate()(list(inputs.values())))
    model = tf_keras.Model(inputs, tf_keras.layers.Dense(1)(hidden))
    model.compile(
        loss=tf_keras.losses.BinaryCrossentropy(from_logits=True),
        metrics=[tf_keras.metrics.BinaryAccuracy(), "accuracy", tf_keras.metrics.Precision(thresholds=0.25)],
        weighted_metrics=["mae"],
        optimizer="adam",
    )
    model.fit(inputs_of(examples.columns), examples.columns["label"], epochs=3, verbose=0)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def serve(serialized: Any) -> Any:
        spec = {name: tf.io.FixedLenFeature([1], tf.float32) for name in ("a", "b")}
        return {"outputs": model(tf.io.parse_example(serialized, spec))}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def doubled(serialized: Any) -> Any:
        spec = {"label": tf.io.FixedLenFeature([], tf.int64), "hour": tf.io.FixedLenFeature([], tf.int64)}
        found = tf.io.parse_example(serialized, spec)
        return {"flipped": 1 - found["label"], "half": found["hour"] // 2}

    path = str(tmp_path_factory.mktemp("models") / "keras2")
    model.save(path, save_format="tf", signatures={"serving_default": serve, "transform_features": doubled})
    return path


@pytest.fixture(scope="session")
def keras3_paths(examples: ExampleFiles, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A Keras 3 model of probabilities: ``export`` a SavedModel with named inputs, ``archive`` a ``.keras`` file."""
    import keras

    import gristmill.io.tensors  # noqa: F401 - before tensorflow

    keras.utils.set_random_seed(2)
    inputs = {name: keras.layers.Input(shape=(1,), name=name) for name in ("a", "b")}
    joined = keras.layers.Concatenate()(list(inputs.values()))
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(joined))
    model.compile(loss="binary_crossentropy", metrics=["accuracy", keras.metrics.AUC()], optimizer="adam")
    model.fit(inputs_of(examples.columns), examples.columns["label"], epochs=3, verbose=0)
    folder = tmp_path_factory.mktemp("models")
    model.export(str(folder / "export"), verbose=False)
    model.save(str(folder / "model.keras"))
    return {"export": str(folder / "export"), "archive": str(folder / "model.keras")}
