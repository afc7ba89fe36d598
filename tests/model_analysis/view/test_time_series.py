"""One slice over several evaluations."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

import gristmill.model_analysis as tfma
from gristmill.errors import ConfigError
from gristmill.model_analysis.view import render_time_series, time_series_view

MODELS = ["/pipeline/Trainer/model/7/Format-Serving", "/pipeline/Trainer/model/9/Format-Serving"]


@pytest.fixture
def results(compared: tfma.EvalResult) -> tfma.EvalResults:
    runs = [replace(compared, model_location=model, data_location="/data/eval") for model in MODELS]
    return tfma.make_eval_results(runs, tfma.MODEL_CENTRIC_MODE)


def test_evaluations_are_named_by_what_tells_their_models_apart(results: tfma.EvalResults) -> None:
    body = time_series_view(results).body
    assert re.findall(r"<td>([^<]*Format-Serving)</td>", body) == ["7/Format-Serving", "9/Format-Serving"]
    assert "<td>eval</td>" in body
    assert "/pipeline/Trainer/model/9/Format-Serving" in time_series_view(results, display_full_path=True).body


def test_each_metric_of_the_models_own_has_a_line(results: tfma.EvalResults) -> None:
    body = time_series_view(results).body
    options = re.findall(r"<option[^>]*>([^<]+)</option>", body)
    assert options == ["auc · weighted", "binary_accuracy · weighted", "example_count", "example_count · weighted"]
    assert body.count("<svg") == 4


def test_a_slice_is_chosen_by_value(results: tfma.EvalResults) -> None:
    body = time_series_view(results, tfma.SlicingSpec(feature_values={"hour": "3"})).body
    assert "hour = 3" in body


def test_a_spec_must_match_one_slice(results: tfma.EvalResults) -> None:
    with pytest.raises(ConfigError, match=r"one slice[\s\S]*24 slices: hour = 0"):
        time_series_view(results, tfma.SlicingSpec(feature_keys=["hour"]))
    with pytest.raises(ConfigError, match="no slice in any evaluation"):
        render_time_series(results, tfma.SlicingSpec(feature_values={"hour": "99"}))


def test_evaluations_without_the_slice_are_counted(results: tfma.EvalResults, classes: tfma.EvalResult) -> None:
    mixed = tfma.make_eval_results([*results.get_results(), classes], tfma.DATA_CENTRIC_MODE)
    body = time_series_view(mixed, tfma.SlicingSpec(feature_values={"hour": "3"})).body
    assert "1 of 3 evaluations have no such slice" in body
