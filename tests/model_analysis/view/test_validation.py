"""The verdict: green where everything holds, red with metric, slice, value and threshold where not."""

from __future__ import annotations

import re
from dataclasses import replace

import gristmill.model_analysis as tfma
from gristmill.model_analysis.metrics.keys import MetricKey
from gristmill.model_analysis.view import validation_view
from gristmill.model_analysis.view.held_thresholds import held_thresholds


def test_a_verdict_that_is_good_is_green_and_tells_the_closest_value(
    compared: tfma.EvalResult, compared_path: str
) -> None:
    body = validation_view(tfma.load_validation_result(compared_path), compared).body
    assert "gm-notice gm-good" in body
    assert "All thresholds hold" in body
    assert "✓ holds" in body
    assert "≥ 0.1" in body
    assert re.search(
        r"<td class=\"gm-num\">31</td>|<td class=\"gm-num\">28</td>", body
    )  # overall, 24 hours, 3 companies
    assert "gm-bad" not in body


def test_failures_tell_metric_slice_value_threshold_and_reason() -> None:
    result = tfma.ValidationResult(validation_ok=False)
    record = result.metric_validations_per_slice.add()
    record.slice_key.single_slice_keys.add(column="hour", int64_value=3)
    failure = record.failures.add(message="0.4 is below the lower bound 0.5 <")
    failure.metric_key.CopyFrom(MetricKey("auc", example_weighted=True).to_proto())
    failure.metric_threshold.value_threshold.lower_bound.value = 0.5
    failure.metric_value.double_value.value = 0.4
    body = validation_view(result).body
    assert "1 check failed on 1 slice" in body
    for text in ("auc · weighted", "hour = 3", "≥ 0.5", "below the lower bound 0.5 &lt;"):
        assert text in body
    assert re.search(r'<td class="gm-num gm-bad"[^>]*>(<[^>]*>)?0.4<', body)


def test_changes_are_told_with_their_sign_and_direction() -> None:
    result = tfma.ValidationResult()
    record = result.metric_validations_per_slice.add()
    record.slice_key.SetInParent()
    failure = record.failures.add(message="worse")
    failure.metric_key.CopyFrom(MetricKey("loss", is_diff=True).to_proto())
    change = failure.metric_threshold.change_threshold
    change.direction = tfma.MetricDirection.LOWER_IS_BETTER
    change.absolute.value, change.relative.value = 0.0, 0.1
    failure.metric_value.double_value.value = 0.25
    body = validation_view(result).body
    for text in ("loss · change", "Overall", "+0.25", "change ≤ 0 and relative change ≤ 0.1"):
        assert text in body


def test_missing_thresholds_slices_and_metrics_are_told() -> None:
    assert "No thresholds" in validation_view(tfma.ValidationResult(missing_thresholds=True)).body
    result = tfma.ValidationResult()
    result.missing_slices.add(feature_keys=["day"], feature_values={"hour": "3"})
    crossed = result.missing_cross_slices.add()
    crossed.slicing_specs.add(feature_keys=["zone"])
    assert "day × hour = 3, Overall − zone" in validation_view(result).body


def test_a_first_model_is_accepted_with_a_remark() -> None:
    body = validation_view(tfma.ValidationResult(validation_ok=True, rubber_stamp=True)).body
    assert "thresholds on changes did not count" in body


def test_thresholds_for_some_slices_are_held_against_those(compared: tfma.EvalResult) -> None:
    config = tfma.EvalConfig()
    config.CopyFrom(compared.config)
    metric = config.metrics_specs.add().metrics.add(class_name="BinaryAccuracy")
    for spec, bound in ((tfma.SlicingSpec(), 0.2), (tfma.SlicingSpec(feature_keys=["hour"]), 0.3)):
        threshold = metric.per_slice_thresholds.add(slicing_specs=[spec]).threshold
        threshold.value_threshold.lower_bound.value = bound
    asked = replace(compared, config=config)
    held = {each.threshold: each for each in held_thresholds(tfma.ValidationResult(), asked)}
    assert held["≥ 0.2"].slices == 1
    assert held["≥ 0.2"].where == ()
    assert held["≥ 0.3"].slices == 24
    assert not held["≥ 0.3"].failed


def test_what_was_checked_is_told_without_the_evaluation(compared_path: str) -> None:
    body = validation_view(tfma.load_validation_result(compared_path)).body
    assert "every slice" in body
