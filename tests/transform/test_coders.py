"""Coders: rows as text and as examples."""

import pytest
import tensorflow as tf

from gristmill.errors import ConfigError, DataError
from gristmill.io.tensors import schema_from_feature_spec
from gristmill.transform.coders import CsvCoder, ExampleProtoCoder

pytestmark = pytest.mark.tensorflow

SCHEMA = schema_from_feature_spec(
    {
        "n": tf.io.FixedLenFeature([], tf.int64),
        "f": tf.io.VarLenFeature(tf.float32),
        "t": tf.io.VarLenFeature(tf.string),
    }
)


def test_rows_become_lines_of_csv():
    coder = CsvCoder(["n", "f", "t"], SCHEMA, secondary_delimiter="|", multivalent_columns=["t"])
    assert coder.encode({"n": 1, "f": [2.5], "t": ["a,b", "c"]}) == b'1,2.5,"a,b|c"'
    assert coder.encode({"n": 1, "f": None, "t": []}) == b"1,,"


def test_a_column_of_csv_holds_one_value():
    with pytest.raises(DataError, match=r"(?s)one value.*column 'f'"):
        CsvCoder(["f"], SCHEMA).encode({"f": [1.0, 2.0]})


def test_columns_of_csv_are_features():
    with pytest.raises(ConfigError, match="'q'"):
        CsvCoder(["q"], SCHEMA)


def test_rows_become_examples():
    encoded = ExampleProtoCoder(SCHEMA).encode({"n": 3, "f": [1.5, 2.5], "t": None})
    features = tf.train.Example.FromString(encoded).features.feature
    assert features["n"].int64_list.value == [3]
    assert features["f"].float_list.value == [1.5, 2.5]
    assert not features["t"].bytes_list.value
    assert ExampleProtoCoder(SCHEMA, serialized=False).encode({"n": 3}).features.feature["n"].int64_list.value == [3]


def test_a_value_of_another_type_names_its_column():
    with pytest.raises(DataError, match=r"(?s)dtype int64.*column 'n'.*'three'"):
        ExampleProtoCoder(SCHEMA).encode({"n": "three"})
