"""Schemas and anomalies become tables."""

from __future__ import annotations

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from gristmill.data_validation.display.tables import display_anomalies, display_schema


def test_a_schema_becomes_two_tables():
    schema = text_format.Parse(
        """
        feature {name: "a" type: BYTES domain: "a" presence {min_fraction: 1} value_count {min: 1 max: 1}}
        feature {name: "b" type: INT int_domain {min: 1 max: 3} presence {min_count: 1} value_count {min: 1}}
        feature {name: "c" type: FLOAT float_domain {} value_count {min: 2 max: 5}}
        feature {name: "d" type: INT shape {dim {size: 1}}}
        string_domain {name: "a" value: "x" value: "y"}
        """,
        schema_pb2.Schema(),
    )
    features, domains = display_schema(schema)
    assert features.loc["'a'"].tolist() == ["STRING", "required", "single", "'a'"]
    assert features.loc["'b'"].tolist() == ["INT", "optional", "[1,inf)", "min: 1; max: 3"]
    assert features.loc["'c'"].tolist() == ["FLOAT", "", "[2,5]", "min: -inf; max: inf"]
    assert features.loc["'d'"].tolist() == ["INT", "", "", "-"]
    assert domains.loc["'a'"].tolist() == ["'x', 'y'"]


def test_anomalies_become_a_table_with_the_dataset_first():
    anomalies = anomalies_pb2.Anomalies()
    anomalies.anomaly_info["f"].short_description = "short"
    anomalies.dataset_anomaly_info.short_description = "whole"
    info = anomalies.drift_skew_info.add()
    info.path.step.append("f")
    info.drift_measurements.add(type=anomalies_pb2.DriftSkewInfo.Measurement.L_INFTY, value=0.5, threshold=0.1)
    found, measured = display_anomalies(anomalies)
    assert found["Anomaly short description"].tolist() == ["whole", "short"]
    assert measured.loc["'f'"].tolist() == ["drift", "L_INFTY", 0.5, 0.1]


def test_without_anomalies_the_table_is_empty_and_other_messages_are_refused():
    assert display_anomalies(anomalies_pb2.Anomalies())[0].empty
    with pytest.raises(TypeError, match="Schema"):
        display_schema(anomalies_pb2.Anomalies())
