"""The plot view: which plots are chosen, and what is drawn of each."""

from __future__ import annotations

import re
from typing import Any

import pytest
from google.protobuf import json_format

import gristmill.model_analysis as tfma
from gristmill.errors import ConfigError
from gristmill.model_analysis.view import plot_view, render_plot
from gristmill.proto.metrics_for_slice_pb2 import PlotData


def panels(body: str) -> list[str]:
    return re.findall('gm-panel" data-name="([^"]*)"', body)


def test_curves_thresholds_calibration_and_predictions_are_drawn(compared: tfma.EvalResult) -> None:
    body = plot_view(compared).body
    assert panels(body) == ["Curves", "Thresholds", "Calibration", "Predictions"]
    metrics = compared.get_metrics_for_slice()
    assert metrics is not None
    [area] = re.findall(r"area ([0-9.]+)", body)
    assert float(area) == pytest.approx(metrics["auc"]["doubleValue"], abs=2e-3)


def test_the_table_of_thresholds_has_every_twentieth(compared: tfma.EvalResult) -> None:
    body = plot_view(compared, label="confusion").body
    assert panels(body) == ["Curves", "Thresholds"]
    assert body.count("<tr") == 22


def test_a_slice_a_class_and_an_average_are_chosen(compared: tfma.EvalResult, classes: tfma.EvalResult) -> None:
    assert "hour = 3" in plot_view(compared, tfma.SlicingSpec(feature_values={"hour": "3"})).body
    assert "classId:2" in plot_view(classes, class_id=2).body
    assert panels(plot_view(classes).body) == ["Curves", "Thresholds", "Classes"]


def test_matrices_of_classes_are_shaded_by_their_share(classes: tfma.EvalResult) -> None:
    body = plot_view(classes, label="multiClass").body
    assert re.findall(r'<option value="\d">([^<]*)</option>', body) == ["0", "0.5"]
    shares = [float(share) for share in re.findall(r"--share:([0-9.]+)", body)]
    assert max(shares) > 0.5
    assert ">none<" in body  # at the threshold 0.5 some rows have no predicted class


def test_labels_beside_each_other_are_a_table() -> None:
    data = PlotData()
    matrix = data.multi_label_confusion_matrix_at_thresholds.matrices.add(threshold=0.5)
    matrix.entries.add(actual_class_id=1, predicted_class_id=2, true_positives=7)
    plots = [((), {"": {"": json_format.MessageToDict(data)}})]
    result = tfma.EvalResult([], plots, [], tfma.EvalConfig())  # type: ignore[arg-type]
    assert panels(plot_view(result).body) == ["Labels"]


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"slicing_spec": tfma.SlicingSpec(feature_keys=["hour"])}, "must match one slice"),
        ({"slicing_spec": tfma.SlicingSpec(feature_values={"hour": "99"})}, "no slice with plots"),
        ({"class_id": 1, "label": "calibration"}, "not by both"),
        ({"class_id": 1, "k": 1}, "only one of class_id"),
        ({"class_id": 1}, "no plot for this class"),
        ({"output_name": "scores"}, "no plot for this output"),
        ({"label": "curve"}, "one plot"),
    ],
)
def test_choices_that_match_no_plot_are_errors(compared: tfma.EvalResult, choices: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        render_plot(compared, **choices)
    assert isinstance(caught.value, ValueError)


def test_predictions_outside_the_range_are_counted(compared: tfma.EvalResult) -> None:
    data = PlotData()
    buckets = data.calibration_histogram_buckets.buckets
    for low, high, weight in ((float("-inf"), 0.0, 3.0), (0.5, 0.501, 10.0), (1.0, float("inf"), 4.0)):
        bucket = buckets.add(lower_threshold_inclusive=low, upper_threshold_exclusive=high)
        bucket.num_weighted_examples.value = weight
        bucket.total_weighted_refined_prediction.value = weight * (0.5 if low == 0.5 else 2.0)
    plots = [((), {"": {"": json_format.MessageToDict(data)}})]
    body = plot_view(tfma.EvalResult([], plots, [], tfma.EvalConfig())).body  # type: ignore[arg-type]
    assert "7 predictions lie outside 0 to 1" in body
