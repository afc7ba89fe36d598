"""Thresholds decide as the family's do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import gristmill.model_analysis as tfma
from gristmill.model_analysis.figures import SliceValues
from gristmill.model_analysis.metrics.keys import MetricKey
from gristmill.model_analysis.metrics.plan import PlannedThreshold
from gristmill.model_analysis.validation import validate_metrics

Evaluate = Callable[..., Any]
COLUMNS = {"label": [0, 1, 1, 1], "prediction": [0.1, 0.2, 0.8, 0.9], "hour": [3, 3, 4, 4]}
SLICES = 'slicing_specs {} slicing_specs { feature_keys: "hour" }'


def failing_slices(verdict: Any) -> list[str]:
    return [
        tfma.slicer.stringify_slice_key(tfma.slicer.deserialize_slice_key(item.slice_key))
        for item in verdict.metric_validations_per_slice
    ]


def test_a_threshold_of_a_metric_holds_for_every_slice(evaluate_columns: Evaluate, tmp_path: Path) -> None:
    found = evaluate_columns(
        COLUMNS,
        SLICES + ' metrics_specs { metrics { class_name: "BinaryAccuracy" '
        "threshold { value_threshold { lower_bound { value: 0.75 } } } } }",
        output_path=str(tmp_path),
    )
    assert not found.validation.validation_ok
    assert failing_slices(found.validation) == ["hour:3"]
    read = tfma.load_validation_result(str(tmp_path))
    assert read == found.validation
    failure = read.metric_validations_per_slice[0].failures[0]
    assert failure.metric_value.double_value.value == 0.5
    assert failure.metric_key.name == "binary_accuracy"
    assert failure.message == "0.5 is below the lower bound 0.75"
    assert failure.metric_threshold.value_threshold.lower_bound.value == 0.75


def test_bounds_are_inclusive_and_named_thresholds_find_configured_metrics(evaluate_columns: Evaluate) -> None:
    found = evaluate_columns(
        COLUMNS,
        'metrics_specs { metrics { class_name: "BinaryAccuracy" } thresholds { key: "binary_accuracy" value { '
        "value_threshold { lower_bound { value: 0.75 } upper_bound { value: 0.75 } } } } }",
    )
    assert found.validation.validation_ok
    assert found.has_thresholds


def test_a_per_slice_threshold_holds_for_its_slices_and_reports_those_never_seen(evaluate_columns: Evaluate) -> None:
    per_slice = (
        'metrics_specs {{ metrics {{ class_name: "BinaryAccuracy" per_slice_thresholds {{ '
        'slicing_specs {{ feature_values {{ key: "hour" value: "{hour}" }} }} '
        "threshold {{ value_threshold {{ lower_bound {{ value: 0.75 }} }} }} }} }} }}"
    )
    good = evaluate_columns(COLUMNS, SLICES + per_slice.format(hour=4)).validation
    assert good.validation_ok
    assert good.validation_details.slicing_details[0].num_matching_slices == 1
    bad = evaluate_columns(COLUMNS, SLICES + per_slice.format(hour=3)).validation
    assert failing_slices(bad) == ["hour:3"]
    unseen = evaluate_columns(COLUMNS, SLICES + per_slice.format(hour=9)).validation
    assert not unseen.validation_ok
    assert unseen.missing_slices[0].feature_values["hour"] == "9"


def test_a_metric_that_is_missing_or_nan_fails(evaluate_columns: Evaluate) -> None:
    threshold = "value_threshold { lower_bound { value: 0 } }"
    found = evaluate_columns(
        COLUMNS,
        SLICES + ' metrics_specs { metrics { class_name: "AUC" threshold { '
        f'{threshold} }} }} thresholds {{ key: "loss" value {{ {threshold} }} }} }}',
    )
    messages = {
        (failure.metric_key.name, failure.message)
        for item in found.validation.metric_validations_per_slice
        for failure in item.failures
    }
    assert messages == {("auc", "the value is NaN"), ("loss", "Metric not found.")}


def test_without_thresholds_only_a_rubber_stamp_passes(evaluate_columns: Evaluate) -> None:
    verdict = evaluate_columns(COLUMNS, 'metrics_specs { metrics { class_name: "AUC" } }').validation
    assert not verdict.validation_ok
    assert verdict.missing_thresholds
    figures = {(): SliceValues(1, {MetricKey("x"): 1.0})}
    stamped = validate_metrics(figures, [], rubber_stamp=True)
    assert stamped.validation_ok
    assert stamped.rubber_stamp
    assert not stamped.missing_thresholds


@pytest.mark.parametrize(
    ("threshold", "change", "passes"),
    [
        ("direction: HIGHER_IS_BETTER absolute { value: 0.05 }", 0.05, True),
        ("direction: HIGHER_IS_BETTER absolute { value: 0.06 }", 0.05, False),
        ("direction: LOWER_IS_BETTER absolute { value: 0.05 }", 0.05, True),
        ("direction: LOWER_IS_BETTER absolute { value: 0.0 }", 0.05, False),
        ("direction: HIGHER_IS_BETTER relative { value: 0.1 }", 0.05, True),
        ("direction: HIGHER_IS_BETTER relative { value: 0.11 }", 0.05, False),
        ("direction: HIGHER_IS_BETTER absolute { value: 0.05 } relative { value: 0.2 }", 0.05, False),
        ("absolute { value: 0.0 }", 0.05, False),
    ],
)
def test_change_thresholds_follow_their_direction(threshold: str, change: float, passes: bool) -> None:
    from google.protobuf import text_format

    key = MetricKey("m", "candidate")
    figures = {
        (): SliceValues(
            9,
            {
                key: 0.5 + change,
                MetricKey("m", "baseline"): 0.5,
                MetricKey("m", "candidate", is_diff=True): change,
            },
        )
    }
    planned = PlannedThreshold(key, text_format.Parse(f"change_threshold {{ {threshold} }}", tfma.MetricThreshold()))
    assert validate_metrics(figures, [planned], baseline="baseline").validation_ok is passes


def test_no_examples_at_all_never_pass(evaluate_columns: Evaluate) -> None:
    found = evaluate_columns(
        {"label": [], "prediction": []},
        'metrics_specs { metrics { class_name: "AUC" threshold { value_threshold { lower_bound { value: 0 } } } } }',
    )
    assert not found.validation.validation_ok
    assert found.rows == 0
