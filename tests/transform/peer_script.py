"""Run by a Python that has tensorflow-transform: reads a transform of ours, or makes one for us to read."""

import json
import sys
import tempfile

import tensorflow as tf
import tensorflow_transform as tft

ROWS = [{"x": 1.0, "s": ["a", "b"]}, {"x": 2.0, "s": ["b"]}, {"x": 6.0, "s": []}]


def as_lists(tensors):
    dense = {
        name: tf.sparse.to_dense(each, -9) if isinstance(each, tf.SparseTensor) else each
        for name, each in tensors.items()
    }
    return {name: each.numpy().tolist() for name, each in dense.items()}


def read(folder):
    output = tft.TFTransformOutput(folder)
    inputs = {
        "x": tf.constant([row["x"] for row in ROWS]),
        "s": tf.RaggedTensor.from_row_lengths(
            [word for row in ROWS for word in row["s"]], [len(row["s"]) for row in ROWS]
        ).to_sparse(),
    }
    return {
        "made": as_lists(output.transform_features_layer()(inputs)),
        "without_s": sorted(output.transform_features_layer()({"x": inputs["x"]})),
        "spec": {name: type(spec).__name__ for name, spec in output.transformed_feature_spec().items()},
        "size": output.vocabulary_size_by_name("words"),
        "buckets": output.num_buckets_for_transformed_feature("bucket"),
    }


def preprocessing_fn(inputs):
    return {
        "z": tft.scale_to_z_score(inputs["x"]),
        "bucket": tft.bucketize(inputs["x"], 3),
        "word": tft.compute_and_apply_vocabulary(inputs["s"], vocab_filename="words", num_oov_buckets=1),
    }


def write(folder):
    import tensorflow_transform.beam as tft_beam
    from tensorflow_transform.tf_metadata import dataset_metadata, metadata_io

    spec = {"x": tf.io.FixedLenFeature([], tf.float32), "s": tf.io.VarLenFeature(tf.string)}
    metadata = dataset_metadata.DatasetMetadata.from_feature_spec(spec)
    with tft_beam.Context(temp_dir=tempfile.mkdtemp()):
        transform_fn = (ROWS, metadata) | tft_beam.AnalyzeDataset(preprocessing_fn)
        _ = transform_fn | tft_beam.WriteTransformFn(folder)
    metadata_io.write_metadata(metadata, folder + "/metadata")
    return read(folder)


sys.stdout.write(json.dumps({"read": read, "write": write}[sys.argv[1]](sys.argv[2])) + "\n")
