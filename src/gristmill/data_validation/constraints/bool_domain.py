"""Features that have to be true or false."""

from __future__ import annotations

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from gristmill.data_validation.constraints.domains import clear_domain
from gristmill.data_validation.constraints.feature_data import FeatureData
from gristmill.data_validation.constraints.finding import Finding, listed, number
from gristmill.data_validation.constraints.numeric_domains import as_int64

__all__ = ["check_bool_domain"]

_Type = anomalies_pb2.AnomalyInfo
_Stats = statistics_pb2.FeatureNameStatistics


def check_bool_domain(feature: schema_pb2.Feature, data: FeatureData) -> list[Finding]:
    """The demands of ``bool_domain``: 0 and 1, or the two texts that it names.

    A breach takes the domain away; numbers get
    their range instead."""
    if not data.has_values:
        return []
    if feature.type == schema_pb2.BYTES:
        findings = _check_texts(feature.bool_domain, data)
    elif data.stats.type == _Stats.FLOAT:
        findings = _check_floats(data)
    else:
        findings = _check_ints(data)
    if findings:
        clear_domain(feature)
        if feature.type == schema_pb2.INT:
            feature.int_domain.min, feature.int_domain.max = _range(data)
        elif feature.type == schema_pb2.FLOAT and data.numbers is not None:
            feature.float_domain.min, feature.float_domain.max = data.numbers.min, data.numbers.max
    return findings


def _range(data: FeatureData) -> tuple[int, int]:
    if data.has_strings:  # a categorical number is described by the texts of its values
        values = [as_int64(int(text)) for text in data.strings]
        return min(values, default=0), max(values, default=0)
    return as_int64(data.stats.num_stats.min), as_int64(data.stats.num_stats.max)


def _check_ints(data: FeatureData) -> list[Finding]:
    least, most = _range(data)
    findings = []
    if least < 0:
        text = f"The smallest value is {least:,}; a truth value is 0 or 1."
        findings.append(Finding(_Type.BOOL_TYPE_SMALL_INT, "Values below 0", text))
    if most > 1:
        text = f"The largest value is {most:,}; a truth value is 0 or 1."
        findings.append(Finding(_Type.BOOL_TYPE_BIG_INT, "Values above 1", text))
    return findings


def _check_floats(data: FeatureData) -> list[Finding]:
    stats = data.stats.num_stats
    seen = {stats.min, stats.max}
    histogram = data.histogram(statistics_pb2.Histogram.QUANTILES)
    if histogram is not None:
        seen.update(bucket.high_value for bucket in histogram.buckets)
    strange = sorted(seen - {0.0, 1.0})
    if not strange and not data.num_nan:
        return []
    shown = ", ".join(number(value) for value in strange) or "NaN"
    text = f"A truth value is 0 or 1; among the values are {shown}."
    return [Finding(_Type.BOOL_TYPE_UNEXPECTED_FLOAT, "Values other than 0 and 1", text)]


def _check_texts(domain: schema_pb2.BoolDomain, data: FeatureData) -> list[Finding]:
    allowed = [getattr(domain, end) for end in ("true_value", "false_value") if domain.HasField(end)]
    if not allowed or len(set(allowed)) != len(allowed):
        text = "A bool_domain over texts names a true_value and a false_value that differ."
        return [Finding(_Type.BOOL_TYPE_INVALID_CONFIG, "Invalid bool_domain", text)]
    strange = [text for text in data.strings if text not in allowed]
    if not strange:
        return []
    text = f"A truth value is {listed(allowed)}; among the values are {listed(strange)}."
    return [Finding(_Type.BOOL_TYPE_UNEXPECTED_STRING, "Values neither true nor false", text)]
