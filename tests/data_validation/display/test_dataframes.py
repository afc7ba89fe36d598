"""Schemas and anomalies become tables for pandas."""

from __future__ import annotations

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from gristmill.data_validation.display import (
    get_anomalies_dataframe,
    get_drift_skew_dataframe,
    get_schema_dataframe,
)


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
    features, domains = get_schema_dataframe(schema)
    assert features.loc["'a'"].tolist() == ["STRING", "required", "single", "'a'"]
    assert features.loc["'b'"].tolist() == ["INT", "optional", "[1,inf)", "min: 1; max: 3"]
    assert features.loc["'c'"].tolist() == ["FLOAT", "", "[2,5]", "min: -inf; max: inf"]
    assert features.loc["'d'"].tolist() == ["INT", "", "", "-"]
    assert domains.loc["'a'"].tolist() == ["'x', 'y'"]


def test_anomalies_become_a_table_with_the_dataset_first():
    anomalies = anomalies_pb2.Anomalies()
    anomalies.anomaly_info["f"].short_description = "short"
    anomalies.dataset_anomaly_info.short_description = "whole"
    found = get_anomalies_dataframe(anomalies)
    assert found.index.tolist() == ["[dataset anomaly]", "'f'"]
    assert found["Anomaly short description"].tolist() == ["whole", "short"]


def test_drift_and_skew_become_a_table_of_measurements():
    anomalies = anomalies_pb2.Anomalies()
    info = anomalies.drift_skew_info.add()
    info.path.step.append("f")
    info.drift_measurements.add(type=anomalies_pb2.DriftSkewInfo.Measurement.L_INFTY, value=0.5, threshold=0.1)
    assert get_drift_skew_dataframe(anomalies).loc["'f'"].tolist() == ["drift", "L_INFTY", 0.5, 0.1]


def test_without_anomalies_the_tables_are_empty_and_other_messages_are_refused():
    assert get_anomalies_dataframe(anomalies_pb2.Anomalies()).empty
    assert get_drift_skew_dataframe(anomalies_pb2.Anomalies()).empty
    with pytest.raises(TypeError, match="Schema"):
        get_schema_dataframe(anomalies_pb2.Anomalies())
    for table in (get_anomalies_dataframe, get_drift_skew_dataframe):
        with pytest.raises(TypeError, match="Anomalies"):
            table(schema_pb2.Schema())
