"""Features and domains of a schema are found and edited."""

from __future__ import annotations

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.data_validation.feature_path import FeaturePath
from gristmill.data_validation.schema.editing import (
    generate_dummy_schema_with_paths,
    get_domain,
    get_feature,
    set_domain,
)
from gristmill.errors import ConfigError


@pytest.fixture
def schema():
    return text_format.Parse(
        """
        feature {name: "a" type: BYTES domain: "letters"}
        feature {name: "n" type: INT}
        feature {name: "s" type: STRUCT struct_domain {feature {name: "in" type: FLOAT float_domain {min: 1}}}}
        string_domain {name: "letters" value: "x"}
        """,
        schema_pb2.Schema(),
    )


def test_a_feature_inside_a_struct_is_found_by_its_path(schema):
    assert get_feature(schema, FeaturePath(["s", "in"])).type == schema_pb2.FLOAT
    assert get_domain(schema, FeaturePath(["s", "in"])).min == 1


def test_a_named_domain_is_the_shared_one(schema):
    assert list(get_domain(schema, "a").value) == ["x"]


def test_unknown_features_domains_and_missing_domains_are_errors(schema):
    with pytest.raises(ConfigError, match="not in the schema"):
        get_feature(schema, "zzz")
    with pytest.raises(ConfigError, match="no domain"):
        get_domain(schema, "n")
    with pytest.raises(ConfigError, match="no string_domain"):
        set_domain(schema, "n", "zzz")


def test_a_domain_replaces_the_old_one_with_a_warning(schema):
    set_domain(schema, "n", schema_pb2.IntDomain(min=3))
    assert get_domain(schema, "n").min == 3
    with pytest.warns(UserWarning, match="replaced"):
        set_domain(schema, "a", schema_pb2.StringDomain(value=["y"]))
    assert list(get_domain(schema, "a").value) == ["y"]


def test_structs_and_other_messages_take_no_domain(schema):
    with pytest.raises(TypeError, match="struct"):
        set_domain(schema, "s", schema_pb2.IntDomain())
    with pytest.raises(TypeError, match="domain message"):
        set_domain(schema, "n", schema_pb2.Feature())


def test_a_dummy_schema_has_the_paths_and_nothing_else():
    schema = generate_dummy_schema_with_paths([FeaturePath(["a"]), FeaturePath(["s", "x"]), FeaturePath(["s", "y"])])
    assert [feature.name for feature in schema.feature] == ["a", "s"]
    assert [feature.name for feature in schema.feature[1].struct_domain.feature] == ["x", "y"]
