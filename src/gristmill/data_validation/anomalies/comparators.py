"""Drift and skew: the distribution of a feature against that of another dataset."""

from __future__ import annotations

from dataclasses import dataclass

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from gristmill.data_validation.anomalies.distances import (
    histogram_divergence,
    infinity_norm,
    jensen_shannon_divergence,
    normalized_absolute_difference,
)
from gristmill.data_validation.constraints.feature_data import FeatureData
from gristmill.data_validation.constraints.finding import Finding

__all__ = ["DRIFT", "SKEW", "Comparison", "compare_feature"]

_Type = anomalies_pb2.AnomalyInfo
_Measurement = anomalies_pb2.DriftSkewInfo.Measurement


@dataclass(frozen=True)
class Comparison:
    """What is compared with what.

    Attributes:
        field: the field of a feature that holds the thresholds.
        measurements: the field of ``DriftSkewInfo`` that takes the figures.
        other: what the other dataset is called.
    """

    field: str
    measurements: str
    other: str


DRIFT = Comparison("drift_comparator", "drift_measurements", "previous")
SKEW = Comparison("skew_comparator", "skew_measurements", "serving")


def compare_feature(
    feature: schema_pb2.Feature,
    data: FeatureData,
    other: FeatureData | None,
    comparison: Comparison,
    info: anomalies_pb2.DriftSkewInfo,
) -> list[Finding]:
    """Measure a feature's distances to another dataset, where the schema sets thresholds for them.

    Args:
        feature: holds the thresholds.
        data: the statistics under test.
        other: the statistics to compare with; None where that dataset lacks the feature.
        comparison: drift or skew.
        info: gets every measurement, whether above its threshold or not.
    """
    if not feature.HasField(comparison.field):
        return []
    if other is None:
        text = f"The {comparison.other} data has no such column, so that nothing can be compared with it."
        return [Finding(_Type.COMPARATOR_CONTROL_DATA_MISSING, f"Column missing in {comparison.other} data", text)]
    comparator: schema_pb2.FeatureComparator = getattr(feature, comparison.field)
    findings: list[Finding] = []
    measured = _Measured(data, other, comparison, getattr(info, comparison.measurements), findings)
    if comparator.infinity_norm.HasField("threshold"):
        measured.infinity_norm(comparator.infinity_norm.threshold)
    if comparator.jensen_shannon_divergence.HasField("threshold"):
        measured.divergence(comparator.jensen_shannon_divergence)
    if comparator.normalized_abs_difference.HasField("threshold"):
        measured.absolute_difference(comparator.normalized_abs_difference.threshold)
    return findings


class _Measured:
    """Takes measurements of one feature and notes those above their threshold."""

    def __init__(
        self,
        data: FeatureData,
        other: FeatureData,
        comparison: Comparison,
        measurements: list[anomalies_pb2.DriftSkewInfo.Measurement],
        findings: list[Finding],
    ) -> None:
        self._data, self._other = data, other
        self._name = comparison.other
        self._measurements = measurements
        self._findings = findings

    def infinity_norm(self, threshold: float) -> None:
        if not self._has_texts("The infinity norm"):
            return
        value, text = infinity_norm(self._data.strings, self._other.strings)
        most = f" The value {text!r} differs most."
        self._note(_Measurement.L_INFTY, _Type.COMPARATOR_L_INFTY_HIGH, "infinity norm", value, threshold, most)

    def divergence(self, limit: schema_pb2.JensenShannonDivergence) -> None:
        if self._data.has_strings and self._other.has_strings:
            value = jensen_shannon_divergence(self._data.strings, self._other.strings)
        else:
            quantiles = limit.source.type == schema_pb2.HistogramSelection.QUANTILES
            kind = statistics_pb2.Histogram.QUANTILES if quantiles else statistics_pb2.Histogram.STANDARD
            mine, theirs = self._data.histogram(kind), self._other.histogram(kind)
            if not (self._data.has_values and self._other.has_values):
                return  # nothing to compare; that values are missing is for other rules to say
            if mine is None or theirs is None:
                self._incomparable("The Jensen-Shannon divergence", "numbers on both sides or texts on both sides")
                return
            value = histogram_divergence(mine, theirs)
        high = _Type.COMPARATOR_JENSEN_SHANNON_DIVERGENCE_HIGH
        kind_of_measurement = _Measurement.JENSEN_SHANNON_DIVERGENCE
        self._note(kind_of_measurement, high, "Jensen-Shannon divergence", value, limit.threshold)

    def absolute_difference(self, threshold: float) -> None:
        if not self._has_texts("The normalized absolute difference"):
            return
        value = normalized_absolute_difference(self._data.strings, self._other.strings)
        high = _Type.COMPARATOR_NORMALIZED_ABSOLUTE_DIFFERENCE_HIGH
        kind = _Measurement.NORMALIZED_ABSOLUTE_DIFFERENCE
        self._note(kind, high, "normalized absolute difference", value, threshold)

    def _has_texts(self, measure: str) -> bool:
        # A side of numbers has no share of any text, which shows as the largest difference.
        comparable = self._data.has_strings or self._other.has_strings
        if not comparable:
            self._incomparable(measure, "a categorical feature")
        return comparable

    def _incomparable(self, measure: str, needs: str) -> None:
        text = f"{measure} to the {self._name} data needs {needs}. Compare numbers by jensen_shannon_divergence."
        self._findings.append(Finding(_Type.INVALID_SCHEMA_SPECIFICATION, "Comparison not possible", text))

    def _note(
        self,
        kind: anomalies_pb2.DriftSkewInfo.Measurement.Type,
        high: anomalies_pb2.AnomalyInfo.Type,
        measure: str,
        value: float,
        threshold: float,
        detail: str = "",
    ) -> None:
        self._measurements.append(_Measurement(type=kind, value=value, threshold=threshold))
        if value > threshold:
            text = f"The {measure} between this and the {self._name} data is {value:.6g}, above {threshold:g}.{detail}"
            self._findings.append(Finding(high, f"Differs from {self._name} data", text))
