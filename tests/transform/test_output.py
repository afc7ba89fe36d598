"""What a transform leaves on disk, and what TFTransformOutput reads from it."""

import json
import os
import shutil

import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

import gristmill.transform as tft
from gristmill.engine.local import LocalEngine
from gristmill.errors import ConfigError, NotSupportedError
from gristmill.io.tensors import schema_from_feature_spec
from gristmill.transform.annotations import read_vocabulary_facts
from gristmill.transform.tf_metadata import dataset_metadata, metadata_io, schema_utils

pytestmark = pytest.mark.tensorflow

SPEC = {"x": tf.io.FixedLenFeature([], tf.float32), "s": tf.io.VarLenFeature(tf.string)}
ROWS = [{"x": 1.0, "s": ["a", "b"]}, {"x": 2.0, "s": ["b"]}, {"x": 6.0, "s": None}]


def preprocessing_fn(inputs):
    return {
        "z": tft.scale_to_z_score(inputs["x"]),
        "bucket": tft.bucketize(inputs["x"], 3),
        "word": tft.compute_and_apply_vocabulary(inputs["s"], vocab_filename="words", num_oov_buckets=1),
    }


@pytest.fixture
def made(transform):
    return transform(preprocessing_fn, ROWS, SPEC)


@pytest.fixture
def output(made):
    return tft.TFTransformOutput(made.dir)


def test_the_layout_is_the_published_one(made):
    found = {
        os.path.relpath(os.path.join(folder, name), made.dir)
        for folder, _, names in os.walk(made.dir)
        for name in names
    }
    assert found == {
        "metadata/schema.pbtxt",
        "transform_fn/assets/words",
        "transform_fn/fingerprint.pb",
        "transform_fn/saved_model.pb",
        "transform_fn/variables/variables.data-00000-of-00001",
        "transform_fn/variables/variables.index",
        "transformed_metadata/asset_map",
        "transformed_metadata/schema.pbtxt",
    }
    with open(os.path.join(made.dir, "transformed_metadata", "asset_map")) as file:
        assert json.load(file) == {"words": "words"}


def test_the_saved_model_names_no_path_of_the_machine_it_was_made_on(made):
    with open(os.path.join(made.dir, "transform_fn", "saved_model.pb"), "rb") as file:
        content = file.read()
    assert b"gristmill-transform-" not in content
    assert made.dir.encode() not in content


def test_a_transform_that_is_there_is_replaced_with_its_vocabularies(made, write_shards):
    def other(inputs):
        return {"o": tft.compute_and_apply_vocabulary(inputs["s"], vocab_filename="others")}

    schema, shards = schema_from_feature_spec(SPEC), write_shards(ROWS, SPEC)
    tft.analyze(other, schema, shards, engine=LocalEngine(), output_dir=made.dir)
    assert os.listdir(os.path.join(made.dir, "transform_fn", "assets")) == ["others"]


def test_the_folder_can_be_moved(made, tmp_path):
    moved = str(tmp_path / "elsewhere")
    shutil.move(made.dir, moved)
    word = tf.SparseTensor([[0, 0], [0, 1]], ["b", "new"], [1, 2])
    transformed = tft.TFTransformOutput(moved).transform_raw_features({"s": word})
    assert transformed["word"].values.numpy().tolist() == [0, 2]


def test_schemas_and_feature_specs_are_those_of_both_sides(output):
    assert output.raw_feature_spec() == SPEC
    assert output.raw_metadata.schema == schema_from_feature_spec(SPEC)
    assert output.transformed_feature_spec() == {
        "bucket": tf.io.FixedLenFeature([], tf.int64),
        "word": tf.io.VarLenFeature(tf.int64),
        "z": tf.io.FixedLenFeature([], tf.float32),
    }
    assert output.transformed_domains()["word"].max == 2
    assert output.raw_domains() == {}


def test_the_transformed_schema_carries_annotations_that_any_reader_can_skip(made, output):
    schema = output.transformed_metadata.schema
    (facts,) = [read_vocabulary_facts(each) for each in schema.annotation.extra_metadata]
    assert (facts.file_name, facts.unfiltered_size, facts.filtered_size) == ("words", 2, 2)
    (bucket,) = [feature for feature in schema.feature if feature.name == "bucket"]
    (boundaries,) = bucket.annotation.extra_metadata
    assert boundaries.type_url == "type.googleapis.com/tensorflow.transform.annotations.BucketBoundaries"
    assert boundaries.value == b"\n\x08" + tf.constant([2.0, 6.0]).numpy().tobytes()
    # Readable without the messages of the annotations: nothing is written in their own text form.
    with open(os.path.join(made.dir, "transformed_metadata", "schema.pbtxt")) as file:
        assert text_format.Parse(file.read(), schema_pb2.Schema()) == schema


def test_vocabularies_are_found_by_name(output):
    assert output.vocabulary_by_name("words") == [b"b", b"a"]
    assert output.vocabulary_size_by_name("words") == 2
    assert output.vocabulary_file_by_name("words").endswith("transform_fn/assets/words")
    assert output.vocabulary_file_by_name("none") is None
    for read in (output.vocabulary_by_name, output.vocabulary_size_by_name):
        with pytest.raises(ValueError, match=r"(?s)no vocabulary.*'none'.*words"):
            read("none")


def test_buckets_are_counted_for_features_that_have_them(output):
    assert output.num_buckets_for_transformed_feature("bucket") == 3
    assert output.num_buckets_for_transformed_feature("word") == 3
    for name, hint in {"z": r"such features: bucket, word", "wrd": "did you mean 'word'"}.items():
        with pytest.raises(ValueError, match=f"(?s){name}.*{hint}"):
            output.num_buckets_for_transformed_feature(name)


def test_outputs_that_depend_on_missing_inputs_are_left_out(output):
    made = output.transform_raw_features({"x": tf.constant([3.0])})
    assert sorted(made) == ["bucket", "z"]
    assert made["z"].numpy().tolist() == [0.0]


def test_unknown_and_wrong_inputs_are_refused(output):
    with pytest.raises(ConfigError, match=r"(?s)not one of those.*'y'"):
        output.transform_raw_features({"y": tf.constant([3.0])})
    with pytest.raises(ConfigError, match="must be a SparseTensor of string"):
        output.transform_raw_features({"s": tf.constant(["a"])})


def test_some_outputs_alone_can_be_computed(made):
    function = tft.transform_function(made.dir, ["z"])
    assert function.columns == ["x"]
    with pytest.raises(ConfigError, match=r"(?s)does not have.*'q'"):
        tft.transform_function(made.dir, ["q"])


def test_the_way_into_tensorflow_1_sessions_is_closed(output):
    with pytest.raises(NotSupportedError, match="TensorFlow 1"):
        output.load_transform_graph()


def test_an_asset_can_be_given_another_key(transform):
    def with_key(inputs):
        tft.annotate_asset("mine", "words")
        return preprocessing_fn(inputs)

    output = tft.TFTransformOutput(transform(with_key, ROWS, SPEC).dir)
    assert output.vocabulary_by_name("mine") == [b"b", b"a"]


def test_ragged_and_deep_sparse_outputs_are_written_so_that_their_spec_reads_them(transform):
    def deep(inputs):
        words = tf.RaggedTensor.from_sparse(inputs["s"])
        letters = tf.strings.unicode_split(words, "UTF-8")
        fixed = tf.SparseTensor(inputs["s"].indices, tf.strings.length(inputs["s"].values), inputs["s"].dense_shape)
        lengths = tf.SparseTensor(fixed.indices, tf.cast(fixed.values, tf.int64), fixed.dense_shape)
        tft.experimental.annotate_sparse_output_shape(lengths, [4])
        return {"letters": letters, "lengths": lengths}

    made = transform(deep, [{"s": ["ab", "c"]}, {"s": None}], {"s": SPEC["s"]})
    assert made.rows[0] == {
        "lengths$sparse_indices_0": [0, 1],
        "lengths$sparse_values": [2, 1],
        "letters$ragged_values": [b"a", b"b", b"c"],
        "letters$row_lengths_1": [2, 1],
    }
    spec = tft.TFTransformOutput(made.dir).transformed_feature_spec()
    assert isinstance(spec["letters"], tf.io.RaggedFeature)
    assert spec["lengths"].size == 4


def test_metadata_survives_the_way_to_disk(tmp_path):
    metadata = dataset_metadata.DatasetMetadata.from_feature_spec(SPEC)
    metadata_io.write_metadata(metadata, str(tmp_path))
    assert metadata_io.read_metadata(str(tmp_path)) == metadata
    assert schema_utils.schema_as_feature_spec(metadata.schema) == (SPEC, {})
    assert schema_utils.schema_as_feature_spec(metadata.schema).feature_spec == SPEC


def test_objects_with_variables_are_made_once_and_saved(transform):
    made = []

    class Doubler(tf.Module):
        def __init__(self):
            super().__init__()
            self.factor = tf.Variable(2.0, trainable=False)

        def __call__(self, x):
            return x * self.factor

    def factory():
        made.append(1)
        return Doubler()

    def with_object(inputs):
        doubler = tft.make_and_track_object(factory, name="doubler")
        return {"o": doubler(inputs["x"]) + tft.mean(inputs["x"])}

    assert transform(with_object, ROWS, SPEC).column("o") == [5.0, 7.0, 15.0]
    assert made == [1]


def test_inputs_needed_for_analysis_and_for_transformation_are_told_apart():
    def function(inputs):
        return {"o": inputs["x"] + tft.mean(inputs["y"])}

    spec = {name: tf.io.FixedLenFeature([], tf.float32) for name in ("x", "y", "unused")}
    assert tft.get_analyze_input_columns(function, spec) == ["y"]
    assert tft.get_transform_input_columns(function, spec) == ["x"]
