"""A program of the family's users; run by Pythons that have tensorflow-transform, or with gristmill.compat instead.

Prints what it made as JSON. Arguments: ``compat`` or ``original``, and a folder of its own.
"""

# ruff: noqa: E402 - the names of the family must be known first

import json
import sys
import warnings

warnings.simplefilter("ignore")
if sys.argv[1] == "compat":
    import gristmill.compat

    gristmill.compat.install()

import apache_beam as beam
import numpy as np
import pyarrow as pa
import tensorflow as tf
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_transform.tf_metadata import dataset_metadata
from tfx_bsl.tfxio import tensor_adapter

FOLDER = sys.argv[2]
SPEC = {
    "x": tf.io.FixedLenFeature([], tf.float32),
    "m": tf.io.FixedLenFeature([2], tf.int64),
    "s": tf.io.VarLenFeature(tf.string),
    "weights": tf.io.SparseFeature("position", "value", tf.float32, 5),
}
ROWS = [
    {"x": 1.0, "m": [1, 2], "s": ["a", "b"], "position": [0, 3], "value": [1.0, 2.0]},
    {"x": np.float32(2.0), "m": np.array([3, 4]), "s": None, "position": [], "value": []},
    {"x": 6, "m": [5, 6], "s": "b", "position": [1], "value": [3.0]},
    {"x": 6.5, "m": [7, 8], "s": [b"c", b"b", b"a"], "position": [4], "value": [1.0], "unknown": 1},
]


def preprocessing_fn(inputs):
    z = tft.scale_to_z_score(inputs["x"])
    return {
        "z": z,
        "share": tft.scale_to_0_1(z),
        "bucket": tft.bucketize(inputs["x"], 3),
        "pair": inputs["m"],
        "square": tf.reshape(tf.cast(inputs["m"], tf.float32), [-1, 2, 1]),
        "word": tft.compute_and_apply_vocabulary(inputs["s"], vocab_filename="words", num_oov_buckets=1),
        "ragged": tf.RaggedTensor.from_sparse(inputs["s"]),
        "dense": tf.reshape(tf.sparse.to_dense(inputs["weights"]), [-1, 5]),
    }


def plain(value):
    if isinstance(value, np.ndarray | list):
        return [plain(each) for each in (value.tolist() if isinstance(value, np.ndarray) else value)]
    return value.decode() if isinstance(value, bytes) else value


def plain_rows(rows):
    return [{name: plain(value) for name, value in sorted(row.items())} for row in rows]


def instances():
    metadata = dataset_metadata.DatasetMetadata.from_feature_spec(SPEC)
    (data, _), transform_fn = (ROWS, metadata) | tft_beam.AnalyzeAndTransformDataset(preprocessing_fn)
    _ = transform_fn | tft_beam.WriteTransformFn(FOLDER + "/out")
    fewer, described = ((ROWS, metadata), transform_fn) | tft_beam.TransformDataset(exclude_outputs=["z", "ragged"])
    output = tft.TFTransformOutput(FOLDER + "/out")
    return {
        "rows": plain_rows(data),
        "fewer": plain_rows(fewer),
        "described": sorted(feature.name for feature in described.schema.feature),
        "words": plain(output.vocabulary_by_name("words")),
        "buckets": output.num_buckets_for_transformed_feature("bucket"),
        "spec": {name: repr(spec) for name, spec in sorted(output.transformed_feature_spec().items())},
        "domains": {name: str(domain) for name, domain in sorted(output.transformed_domains().items())},
        "asset_map": json.loads(open(FOLDER + "/out/transformed_metadata/asset_map").read()),
    }


def batches():
    schema = pa.schema([("x", pa.list_(pa.float32())), ("id", pa.list_(pa.binary()))])
    tensor = schema_pb2.TensorRepresentation(dense_tensor={"column_name": "x", "shape": {}})
    config = tensor_adapter.TensorAdapterConfig(schema, {"x": tensor})
    columns = [{"x": [[1.0], [2.0]], "id": [[b"a"], [b"b", b"c"]]}, {"x": [[4.0]], "id": [None]}]
    data = [pa.RecordBatch.from_pydict(each, schema=schema) for each in columns]

    def scaled(inputs):
        return {"share": tft.scale_to_0_1(inputs["x"])}

    with tft_beam.Context(passthrough_keys={"id"}):
        (made, _), transform_fn = (data, config) | tft_beam.AnalyzeAndTransformDataset(scaled, True)
        (rows, _) = ((data, config), transform_fn) | tft_beam.TransformDataset()
    with beam.Pipeline("FnApiRunner") as pipeline:
        dataset = (pipeline | beam.Create(data), config)
        transformed, _ = dataset | tft_beam.AnalyzeAndTransformDataset(scaled, output_record_batches=True)
        examples = transformed | tft_beam.EncodeTransformedDataset()
        _ = examples | beam.io.WriteToTFRecord(FOLDER + "/examples", num_shards=1)
    records = tf.data.TFRecordDataset([FOLDER + "/examples-00000-of-00001"])
    parsed = [
        tf.io.parse_single_example(record, {"share": tf.io.FixedLenFeature([], tf.float32)}) for record in records
    ]
    return {
        "batches": [{name: plain(values) for name, values in batch.to_pydict().items()} for batch, _ in made],
        "beside": [len(beside) for _, beside in made],
        "rows": plain_rows(rows),
        "examples": sorted(float(each["share"]) for each in parsed),
    }


with tft_beam.Context(temp_dir=FOLDER + "/temporary"):
    result = {"instances": instances(), "batches": batches()}
sys.stdout.write(json.dumps(result) + "\n")
