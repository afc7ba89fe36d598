"""The view of a schema tells each demand of each feature."""

from __future__ import annotations

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

import gristmill.data_validation as tfdv
from gristmill.data_validation.display import schema_texts, schema_view


def feature(text: str) -> schema_pb2.Feature:
    return text_format.Parse(text, schema_pb2.Feature())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ""),
        ("value_count {min: 1 max: 1}", "single"),
        ("value_count {min: 1}", "1 or more"),
        ("value_count {min: 2 max: 5}", "2 to 5"),
        ("value_count {min: 3 max: 3}", "3"),
        ("shape {}", "scalar"),
        ("shape {dim {size: 2} dim {size: 3}}", "shape [2, 3]"),
        ("value_counts {value_count {min: 1} value_count {min: 1 max: 1}}", "1 or more of single"),
    ],
)
def test_valency_includes_fixed_shapes_and_levels(text: str, told: str) -> None:
    assert schema_texts.valency_of(feature(text)) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ""),
        ('domain: "kinds"', "kinds"),
        ("int_domain {min: 1 max: 3}", "1 to 3"),
        ("int_domain {min: 1}", "at least 1"),
        ("float_domain {max: 0.5 disallow_nan: true}", "at most 0.5, no NaN"),
        ("float_domain {}", "any number"),
        ("int_domain {is_categorical: true}", "any category"),
        ('bool_domain {true_value: "y" false_value: "n"}', "true: y, false: n"),
        ("image_domain {}", "image"),
    ],
)
def test_domains_are_told_in_words(text: str, told: str) -> None:
    assert schema_texts.domain_of(feature(text)) == told


def test_environments_stages_and_constraints_are_told() -> None:
    one = feature(
        """
        not_in_environment: "SERVING" lifecycle_stage: DEPRECATED presence {min_fraction: 0.5 min_count: 7}
        distribution_constraints {min_domain_mass: 0.95} unique_constraints {min: 2 max: 9}
        drift_comparator {infinity_norm {threshold: 0.01}} skew_comparator {jensen_shannon_divergence {threshold: 0.1}}
        """
    )
    assert schema_texts.environments_of(one) == "not SERVING"
    assert schema_texts.stage_of(one) == "deprecated"
    assert schema_texts.constraints_of(one).split("; ") == [
        "in 50% of the examples",
        "in 7 examples",
        "domain mass ≥ 0.95",
        "at least 2 and at most 9 unique values",
        "drift (L-infinity) ≤ 0.01",
        "skew (Jensen-Shannon) ≤ 0.1",
    ]


def test_columns_that_nothing_is_said_in_are_left_out_and_structs_are_walked() -> None:
    schema = text_format.Parse(
        """
        feature {name: "trip" type: STRUCT struct_domain {feature {name: "fare" type: FLOAT}}}
        sparse_feature {name: "s" index_feature {name: "i"} value_feature {name: "v"}}
        """,
        schema_pb2.Schema(),
    )
    body = schema_view(schema).body
    assert "trip.fare" in body
    assert "Features made of others" in body
    assert "Environments" not in body
    schema.feature[0].in_environment.append("SERVING")
    assert "only SERVING" in schema_view(schema).body


def test_values_of_domains_are_told_in_full_and_escaped() -> None:
    schema = schema_pb2.Schema()
    domain = schema.string_domain.add(name="<b>")
    domain.value.extend([*(f"value {number}" for number in range(40)), "<script>", ""])
    body = schema_view(schema).body
    assert "and 30 more" in body
    assert all(f">value {number}<" in body for number in range(40))
    assert "&lt;script&gt;" in body
    assert "<script>" not in body
    assert "(empty)" in body


def test_other_messages_are_refused_and_the_family_s_name_shows(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(TypeError, match="Schema"):
        schema_view(anomalies_pb2.Anomalies())
    assert tfdv.display_schema(schema_pb2.Schema()) is None
    assert ".save('view.html')" in caplog.text
