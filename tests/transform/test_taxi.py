"""The taxi project's own modules, unmodified, give what the reference gave."""

import os
import subprocess
import sys
import types

import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

import gristmill.transform as tft
from gristmill.engine.local import LocalEngine
from gristmill.io import tensors
from gristmill.io.csv import CsvReader, infer_csv_schema
from gristmill.io.example_codec import encode_examples
from gristmill.io.examples import read_examples
from gristmill.io.hash_buckets import hash_buckets
from gristmill.io.shard import Shard
from gristmill.io.tfrecord import write_records

pytestmark = [pytest.mark.tensorflow, pytest.mark.shared]

MODULES = ("taxi_constants", "taxi_transform")


@pytest.fixture
def taxi_transform(shared, monkeypatch):
    """The module, which imports tensorflow_transform."""
    monkeypatch.setitem(sys.modules, "tensorflow_transform", tft)
    public = types.ModuleType("tfx_bsl.public")
    public.tfxio = tensors
    monkeypatch.setitem(sys.modules, "tfx_bsl.public", public)
    monkeypatch.syspath_prepend(str(shared / "acceptance" / "seed_notebook"))
    for name in MODULES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    import taxi_transform

    yield taxi_transform
    for name in MODULES:
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def splits(shared, tmp_path_factory):
    """The reference's own split of the CSV: two of three hash buckets train, one evaluates."""
    folder = tmp_path_factory.mktemp("taxi")
    schema = infer_csv_schema([str(shared / "data" / "chicago_taxi_big_tipper" / "data.csv")])
    reader = CsvReader(schema)
    records, buckets = [], []
    for shard in schema.shards():
        for batch in reader(shard):
            encoded = encode_examples(batch)
            records += encoded.to_pylist()
            buckets += hash_buckets(encoded, 3).tolist()
    found = {}
    for split, wanted in {"train": (0, 1), "eval": (2,)}.items():
        uri = str(folder / f"{split}.gz")
        chosen = [record for record, bucket in zip(records, buckets, strict=True) if bucket in wanted]
        write_records(uri, chosen, compress=True)
        found[split] = Shard(uri, "tfrecord")
    return found


@pytest.fixture(scope="module")
def raw_schema(shared):
    content = (shared / "reference" / "taxi" / "schema.pbtxt").read_text()
    return text_format.Parse(content, schema_pb2.Schema())


@pytest.fixture
def analyzed(taxi_transform, splits, raw_schema, tmp_path):
    output = str(tmp_path / "transform")
    summary = tft.analyze(
        taxi_transform.preprocessing_fn, raw_schema, [splits["train"]], engine=LocalEngine(), output_dir=output
    )
    return summary, output


def test_the_transformed_schema_is_the_references(analyzed, shared):
    summary, output = analyzed
    expected = text_format.Parse(
        (shared / "reference" / "taxi" / "transformed_schema.pbtxt").read_text(), schema_pb2.Schema()
    )
    schema = tft.TFTransformOutput(output).transformed_metadata.schema
    assert schema == summary.schema
    # The reference was made by a package without the annotations' messages: it has all the rest.
    schema.ClearField("annotation")
    for feature in schema.feature:
        feature.ClearField("annotation")
    assert schema == expected


def test_vocabularies_are_the_references(analyzed, shared):
    summary, output = analyzed
    reference = shared / "reference" / "taxi" / "vocabularies"
    names = sorted(path.name for path in reference.iterdir())
    assert sorted(summary.vocabularies) == names
    for name in names:
        found = tft.TFTransformOutput(output).vocabulary_file_by_name(name)
        with open(found, "rb") as file:
            assert file.read() == (reference / name).read_bytes()


def test_scores_and_buckets_are_those_of_the_exact_values(analyzed, splits):
    summary, output = analyzed
    assert str(summary) == "2 vocabularies, 9 analyzers in 1 pass"
    (raw,) = read_examples(splits["train"])
    made = tft.transform_function(output)(raw)

    def filled(name):
        return np.array([values[0] if values else 0.0 for values in raw[name].to_pylist()], np.float32)

    def transformed(name):
        return made[name].flatten().to_numpy()

    fare = filled("fare").astype(np.float64)
    np.testing.assert_allclose(transformed("fare_xf"), (fare - fare.mean()) / fare.std(), rtol=1e-4, atol=1e-5)
    latitude = filled("pickup_latitude")
    cuts = np.sort(latitude)[[len(latitude) * i // 10 for i in range(1, 10)]]
    np.testing.assert_array_equal(transformed("pickup_latitude_xf"), np.searchsorted(cuts, latitude, side="right"))


RUN_TRAINER = """
import sys, types
source, output, train, evaluation, serving = sys.argv[1:]
import gristmill, gristmill.transform, gristmill.io.tensors
from gristmill.components.fn_args import FnArgs, data_accessor
tfx, bsl, public = (types.ModuleType(name) for name in ("tfx", "tfx_bsl", "tfx_bsl.public"))
tfx.v1, public.tfxio, bsl.public = gristmill, gristmill.io.tensors, public
sys.modules.update({"tfx": tfx, "tfx_bsl": bsl, "tfx_bsl.public": public, "tensorflow_transform": gristmill.transform})
sys.path.insert(0, source)
import absl.logging
import taxi_trainer
taxi_trainer.run_fn(FnArgs(
    train_files=[train], eval_files=[evaluation], train_steps=20, eval_steps=5, transform_output=output,
    data_accessor=data_accessor(), serving_model_dir=serving, model_run_dir=serving + "-run",
))
"""

SERVE = """
import sys
import tensorflow as tf
signature = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
records = [record.numpy() for record in tf.data.TFRecordDataset(sys.argv[2], compression_type="GZIP").take(7)]
(made,) = signature(examples=tf.constant(records)).values()
assert made.shape == (7, 1) and bool(tf.reduce_all(tf.math.is_finite(made))), made
"""


def test_the_trainer_module_runs_and_its_model_serves_raw_examples(analyzed, splits, shared, raw_schema, tmp_path):
    _, output = analyzed
    function = tft.transform_function(output)
    uris = {}
    for split, shard in splits.items():
        uris[split] = str(tmp_path / f"transformed-{split}.gz")
        records = [record for batch in read_examples(shard) for record in encode_examples(function(batch)).to_pylist()]
        write_records(uris[split], records, compress=True)
    environment = {**os.environ, "TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    serving = str(tmp_path / "serving")
    source = str(shared / "acceptance" / "seed_notebook")
    for script, *arguments in (
        (RUN_TRAINER, source, output, uris["train"], uris["eval"], serving),
        (SERVE, serving, splits["eval"].uri),
    ):
        command = [sys.executable, "-c", script, *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert tf.io.gfile.exists(os.path.join(serving, "saved_model.pb"))
