"""A schema says how features become tensors."""

import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.errors import ConfigError
from gristmill.io.tensors import domains_from_schema, feature_spec_from_schema, schema_from_feature_spec

pytestmark = pytest.mark.tensorflow


def schema_of(text: str) -> schema_pb2.Schema:
    return text_format.Parse(text, schema_pb2.Schema())


def test_a_shape_makes_a_feature_dense_and_everything_else_is_sparse():
    spec = feature_spec_from_schema(
        schema_of("""
          feature { name: "d" type: FLOAT presence { min_fraction: 1 } shape { dim { size: 2 } } }
          feature { name: "scalar" type: INT presence { min_fraction: 1 } shape {} }
          feature { name: "v" type: BYTES presence { min_fraction: 1 } value_count { min: 1 max: 1 } }
        """)
    )
    assert spec == {
        "d": tf.io.FixedLenFeature([2], tf.float32),
        "scalar": tf.io.FixedLenFeature([], tf.int64),
        "v": tf.io.VarLenFeature(tf.string),
    }


@pytest.mark.parametrize("mark", ["deprecated: true", "lifecycle_stage: DISABLED", "lifecycle_stage: PLANNED"])
def test_features_out_of_use_make_no_tensor(mark):
    assert feature_spec_from_schema(schema_of(f'feature {{ name: "x" type: INT {mark} }}')) == {}


def test_a_shape_needs_presence_in_every_example():
    with pytest.raises(ConfigError, match=r"(?s)present in every example.*column 'x'.*Hint"):
        feature_spec_from_schema(schema_of('feature { name: "x" type: INT shape {} }'))


def test_a_type_that_no_tensor_has_is_refused():
    with pytest.raises(ConfigError, match="BYTES, INT or FLOAT"):
        feature_spec_from_schema(schema_of('feature { name: "x" type: STRUCT }'))


@pytest.mark.parametrize(
    "spec",
    [
        {"x": tf.io.FixedLenFeature([], tf.float32), "y": tf.io.FixedLenFeature([2, 3], tf.string)},
        {"x": tf.io.VarLenFeature(tf.int64)},
        {"x": tf.io.FixedLenFeature([], tf.int64, default_value=7)},
        {"x": tf.io.FixedLenFeature([], tf.string, default_value=b"none")},
        {"s": tf.io.SparseFeature("i", "v", tf.float32, 10)},
        {"s": tf.io.SparseFeature(["i", "j"], "v", tf.float32, [10, 4], already_sorted=True)},
        {"r": tf.io.RaggedFeature(tf.string, "v", [], row_splits_dtype=tf.int64)},
        {
            "r": tf.io.RaggedFeature(
                tf.int64,
                "v",
                [tf.io.RaggedFeature.RowLengths("l"), tf.io.RaggedFeature.UniformRowLength(2)],
                row_splits_dtype=tf.int32,
            )
        },
    ],
)
def test_a_feature_spec_survives_the_way_through_a_schema(spec):
    assert feature_spec_from_schema(schema_from_feature_spec(spec)) == spec


def test_a_dtype_that_examples_cannot_hold_is_refused_with_the_feature_named():
    with pytest.raises(ConfigError, match=r"(?s)string, int64 or float32.*column 'x'.*float64"):
        schema_from_feature_spec({"x": tf.io.FixedLenFeature([], tf.float64)})


def test_domains_are_found_by_feature_and_by_name():
    domains = domains_from_schema(
        schema_of("""
          feature { name: "c" type: BYTES domain: "colours" }
          feature { name: "n" type: INT int_domain { min: 1 max: 5 } }
          string_domain { name: "colours" value: "red" }
        """)
    )
    assert domains["c"].value == ["red"]
    assert domains["n"].max == 5


def test_domains_go_into_the_schema():
    domain = schema_pb2.IntDomain(min=0, max=4, is_categorical=True)
    schema = schema_from_feature_spec({"x": tf.io.VarLenFeature(tf.int64)}, {"x": domain})
    assert schema.feature[0].int_domain == domain
