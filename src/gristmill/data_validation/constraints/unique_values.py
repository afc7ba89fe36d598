"""How many distinct values a feature has to have."""

from __future__ import annotations

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from gristmill.data_validation.constraints.feature_data import FeatureData
from gristmill.data_validation.constraints.finding import Finding

__all__ = ["check_unique_values"]

_Type = anomalies_pb2.AnomalyInfo


def check_unique_values(feature: schema_pb2.Feature, data: FeatureData) -> list[Finding]:
    """The demands of ``unique_constraints``. A limit that is not set is no limit."""
    if not feature.HasField("unique_constraints") or not data.present:
        return []
    limits, unique = feature.unique_constraints, data.unique
    if unique is None:
        feature.ClearField("unique_constraints")
        text = "The schema limits the number of distinct values, which is counted for categorical features only."
        return [Finding(_Type.FEATURE_TYPE_NO_UNIQUE, "Distinct values not counted", text)]
    findings = []
    if limits.HasField("min") and unique < limits.min:
        text = f"There are {unique:,} distinct values; the schema requires at least {limits.min:,}."
        findings.append(Finding(_Type.FEATURE_TYPE_LOW_UNIQUE, "Too few distinct values", text))
        limits.min = unique
    if limits.HasField("max") and unique > limits.max:
        text = f"There are {unique:,} distinct values; the schema allows at most {limits.max:,}."
        findings.append(Finding(_Type.FEATURE_TYPE_HIGH_UNIQUE, "Too many distinct values", text))
        limits.max = unique
    return findings
