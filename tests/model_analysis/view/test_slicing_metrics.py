"""The slicing view: which slices, what stands side by side, and what each kind of value looks like."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from google.protobuf.wrappers_pb2 import DoubleValue

import gristmill.model_analysis as tfma
from gristmill.errors import ConfigError, NotSupportedError
from gristmill.model_analysis.view import render_slicing_attributions, render_slicing_metrics, slicing_metrics_view
from gristmill.proto.metrics_for_slice_pb2 import ArrayValue, MetricsForSlice, MetricValue


def charts_of(body: str) -> list[dict[str, Any]]:
    """The figures that the charts of a body carry."""
    return [json.loads(unescape(text)) for text in re.findall(r'data-figures="([^"]*)"', body)]


def rows_of(body: str) -> list[list[str]]:
    """The texts of the rows of all tables, without the tables folded into cells."""
    body = re.sub(r"<details.*?</details>", "", body, flags=re.DOTALL)
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", body, flags=re.DOTALL)
    return [
        [unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S)]
        for row in rows
    ]


def result_of(*values: tuple[str, MetricValue]) -> tfma.EvalResult:
    """A result with one slice beside the overall one, both with these values."""
    records = []
    for hour in (None, 3):
        record = MetricsForSlice()
        record.slice_key.SetInParent()
        if hour is not None:
            record.slice_key.single_slice_keys.add(column="hour", int64_value=hour)
        for name, value in values:
            entry = record.metric_keys_and_values.add(value=value)
            entry.key.name = name
            entry.key.example_weighted.value = False
        records.append(record)
    return tfma.EvalResult([], [], [], tfma.EvalConfig(), records=tuple(records))


def test_a_column_chooses_its_slices_and_the_overall_one_comes_first(compared: tfma.EvalResult) -> None:
    view = slicing_metrics_view(compared, slicing_column="hour")
    assert view.title == "Metrics by hour"
    assert [row[0] for row in rows_of(view.body)] == ["hour", "Overall", *map(str, range(24))]
    [chart] = charts_of(view.body)
    assert [category["label"] for category in chart["categories"]] == list(map(str, range(24)))
    assert sum(category["size"] for category in chart["categories"]) == 3000


def test_without_a_choice_every_slicing_has_a_tab(compared: tfma.EvalResult) -> None:
    body = slicing_metrics_view(compared).body
    assert re.findall('gm-panel" data-name="([^"]*)"', body) == [
        "company (3)",
        "hour (24)",
        "Slices compared (3)",
        "Overall",
    ]


def test_a_spec_chooses_slices_by_value(compared: tfma.EvalResult) -> None:
    for spec in (
        tfma.SlicingSpec(feature_values={"hour": "5"}),
        tfma.slicer.SingleSliceSpec(features=[("hour", 5)]),
    ):
        rows = rows_of(slicing_metrics_view(compared, slicing_spec=spec).body)
        assert [row[0] for row in rows] == ["hour", "Overall", "5"]


def test_slices_that_do_not_exist_are_an_error_that_names_those_that_do(compared: tfma.EvalResult) -> None:
    with pytest.raises(ConfigError, match=r"no slices found for month[\s\S]*company, hour") as caught:
        slicing_metrics_view(compared, slicing_column="month")
    assert isinstance(caught.value, ValueError)
    with pytest.raises(ConfigError, match="not by both"):
        slicing_metrics_view(compared, "hour", tfma.SlicingSpec())


def test_models_and_their_change_stand_side_by_side(compared: tfma.EvalResult) -> None:
    rows = rows_of(slicing_metrics_view(compared, slicing_column="company").body)
    at = rows[0].index("auc · weighted")
    assert rows[0][at : at + 3] == ["auc · weighted", "auc · weighted · baseline", "auc · weighted · change"]
    candidate, baseline = float(rows[1][at]), float(rows[1][at + 1])
    assert float(rows[1][at + 2].replace("−", "-")) == pytest.approx(candidate - baseline, abs=2e-4)
    [chart] = charts_of(slicing_metrics_view(compared, slicing_column="company").body)
    assert chart["series"] == ["candidate", "baseline"]
    auc, change = (chart["measures"].index(name) for name in ("auc · weighted", "auc · weighted · change"))
    for category in chart["categories"]:
        one, other = category["readings"][auc]
        assert category["readings"][change] == [pytest.approx(one - other, abs=1e-5)]


def test_examples_are_counted_once_and_weights_are_told(compared: tfma.EvalResult) -> None:
    heads = rows_of(slicing_metrics_view(compared, slicing_column="hour").body)[0]
    assert heads[:3] == ["hour", "example_count", "example_count · weighted"]
    assert not any("example_count" in head for head in heads[3:])


def test_a_value_that_is_not_defined_is_shown_as_nan(compared: tfma.EvalResult) -> None:
    view = slicing_metrics_view(compared, slicing_column="hour")
    rows = rows_of(view.body)
    assert rows[2 + 7][rows[0].index("auc · weighted")] == "NaN"
    [chart] = charts_of(view.body)
    assert chart["categories"][7]["readings"][chart["measures"].index("auc · weighted")] == ["NaN", "NaN"]


def test_lists_and_matrices_fold_away_as_small_tables(compared: tfma.EvalResult) -> None:
    body = slicing_metrics_view(compared, slicing_column="company").body
    assert "<summary>2 values</summary>" in body
    assert "<summary>1 threshold</summary>" in body
    [chart] = charts_of(body)
    assert not any("recall" in name or "confusion" in name for name in chart["measures"])


def test_names_of_slices_are_escaped(compared: tfma.EvalResult) -> None:
    assert "<b>Top" not in slicing_metrics_view(compared).html()


def test_classes_averages_and_slices_without_figures_are_told(classes: tfma.EvalResult) -> None:
    body = slicing_metrics_view(classes, slicing_column="pay").body
    rows = rows_of(body)
    assert {"precision · class 0", "precision · class 2", "precision · micro average"} <= set(rows[0])
    assert "1 slice has no figures. none: the slice has 5 examples" in body
    assert 'class="gm-heat gm-hit"' in body


def test_intervals_stand_beside_their_value_and_in_the_chart() -> None:
    value = MetricValue()
    for field, number in (("value", 0.8), ("lower_bound", 0.75), ("upper_bound", 0.84)):
        getattr(value.bounded_value, field).value = number
    body = slicing_metrics_view(result_of(("auc", value)), slicing_column="hour").body
    assert "0.8 (0.75 to 0.84)" in rows_of(body)[1]
    assert charts_of(body)[0]["categories"][0]["readings"] == [[[0.8, 0.75, 0.84]]]


def test_matrices_of_numbers_and_texts_are_tables() -> None:
    matrix = MetricValue(
        array_value=ArrayValue(data_type=ArrayValue.FLOAT64, shape=[2, 2], float64_values=[1, 2, 3, 4.5])
    )
    body = slicing_metrics_view(result_of(("matrix", matrix), ("text", MetricValue(bytes_value=b"<i>")))).body
    assert "<summary>2 × 2 values</summary>" in body
    assert "&lt;i&gt;" in body


def test_a_metric_says_how_large_slices_are(compared: tfma.EvalResult) -> None:
    body = slicing_metrics_view(compared, slicing_column="hour", weighted_example_column="auc").body
    assert charts_of(body)[0]["categories"][0]["size"] < 1
    with pytest.raises(ConfigError, match=r"weighted_example_column[\s\S]*did you mean 'example_count'"):
        slicing_metrics_view(compared, weighted_example_column="exmple_count")


def test_a_result_made_by_hand_is_shown_as_well(compared: tfma.EvalResult) -> None:
    bare = replace(compared, records=())
    rows = rows_of(slicing_metrics_view(bare, slicing_column="hour").body)
    assert len(rows) == 26
    assert "auc" in rows[0]


def test_a_metric_of_the_model_itself_is_left_out_where_it_repeats_a_configured_one() -> None:
    result = result_of(("accuracy", MetricValue(double_value=DoubleValue(value=0.5))))
    for record in result.records:
        entry = record.metric_keys_and_values.add(value=record.metric_keys_and_values[0].value)
        entry.key.name = "accuracy"
    assert rows_of(slicing_metrics_view(result, slicing_column="hour").body)[0] == ["hour", "accuracy"]
    for record in result.records:
        record.metric_keys_and_values[1].value.double_value.value = 0.6
    heads = rows_of(slicing_metrics_view(result, slicing_column="hour").body)[0]
    assert set(heads) == {"hour", "accuracy", "accuracy · of the model itself"}


def test_the_familys_names_show_the_view_or_say_why_not(
    compared: tfma.EvalResult, caplog: pytest.LogCaptureFixture
) -> None:
    assert render_slicing_metrics(compared, slicing_column="hour") is None
    assert "Metrics by hour" in caplog.text
    with pytest.raises(NotSupportedError, match="event_handlers"):
        render_slicing_metrics(compared, event_handlers=print)
    with pytest.raises(NotSupportedError, match="attributions"):
        render_slicing_attributions(compared)
