"""The view of anomalies tells what is wrong, how severe it is, and that nothing is."""

from __future__ import annotations

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

import gristmill.data_validation as tfdv
from gristmill.data_validation.display import anomalies_view

FOUND = """
anomaly_info {key: "fare" value {severity: ERROR short_description: "Too large" description: "700 is too much"}}
anomaly_info {
  key: "tips"
  value {
    severity: WARNING short_description: "Multiple errors"
    reason {description: "first <reason>"} reason {description: "second"}
  }
}
dataset_anomaly_info {severity: ERROR short_description: "Too few examples"}
drift_skew_info {
  path {step: "fare"}
  drift_measurements {type: L_INFTY value: 0.5 threshold: 0.1}
  skew_measurements {type: JENSEN_SHANNON_DIVERGENCE value: 0.01 threshold: 0.1}
}
"""


def test_without_anomalies_it_says_so_in_green() -> None:
    body = anomalies_view(anomalies_pb2.Anomalies()).body
    assert "No anomalies found." in body
    assert "gm-notice gm-good" in body
    assert "<table" not in body


def test_missing_data_is_no_good_news() -> None:
    body = anomalies_view(anomalies_pb2.Anomalies(data_missing=True)).body
    assert "no data" in body
    assert "gm-good" not in body


def test_anomalies_are_listed_with_severity_reasons_and_the_dataset_first() -> None:
    body = anomalies_view(text_format.Parse(FOUND, anomalies_pb2.Anomalies())).body
    assert "3 anomalies found: 2 errors, 1 warning." in body
    assert body.index("(dataset)") < body.index("fare") < body.index("tips")
    assert "700 is too much" in body
    assert "<li>first &lt;reason&gt;</li><li>second</li>" in body
    assert '<td class="gm-bad" data-key="-2">error</td>' in body
    assert '<td class="gm-warning" data-key="-1">warning</td>' in body


def test_measurements_are_told_above_their_threshold_or_not() -> None:
    body = anomalies_view(text_format.Parse(FOUND, anomalies_pb2.Anomalies())).body
    assert '<td class="gm-bad">above threshold</td>' in body
    assert '<td class="gm-good">within threshold</td>' in body
    assert "Jensen-Shannon divergence" in body


def test_other_messages_are_refused_and_the_family_s_name_shows(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(TypeError, match="Anomalies"):
        anomalies_view(schema_pb2.Schema())
    assert tfdv.display_anomalies(anomalies_pb2.Anomalies()) is None
    assert ".save('view.html')" in caplog.text
