"""Findings as messages."""

from __future__ import annotations

from collections.abc import Sequence

from tensorflow_metadata.proto.v0 import anomalies_pb2

from gristmill.data_validation.constraints.finding import Finding

__all__ = ["MULTIPLE_ERRORS", "fill_anomaly"]

MULTIPLE_ERRORS = "Multiple errors"


def fill_anomaly(info: anomalies_pb2.AnomalyInfo, findings: Sequence[Finding]) -> None:
    """Describe the findings, each as a reason, in one anomaly of severity ERROR."""
    info.severity = anomalies_pb2.AnomalyInfo.ERROR
    info.short_description = findings[0].short if len(findings) == 1 else MULTIPLE_ERRORS
    info.description = " ".join(finding.text for finding in findings)
    for finding in findings:
        info.reason.add(type=finding.type, short_description=finding.short, description=finding.text)
