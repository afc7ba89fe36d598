"""The view of statistics shows the right figures of the right features under the right names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import statistics_pb2

import gristmill.data_validation as tfdv
from gristmill.data_validation.display import statistics_view
from gristmill.errors import ConfigError

HOSTILE = "</td><script>alert(1)</script>"


def statistics(text: str, name: str = "", examples: int = 10) -> statistics_pb2.DatasetFeatureStatisticsList:
    message = statistics_pb2.DatasetFeatureStatisticsList()
    dataset = message.datasets.add(name=name, num_examples=examples)
    text_format.Parse(text, dataset)
    return message


FARE = """
features {
  path {step: "fare"} type: FLOAT
  num_stats {
    common_stats {num_non_missing: 9 num_missing: 1 tot_num_values: 10}
    mean: 2.5 std_dev: 1.25 num_zeros: 6 min: 0.5 median: 2 max: 7
    histograms {buckets {low_value: 0.5 high_value: 7 sample_count: 10}}
  }
}
"""
PAYMENT = """
features {
  path {step: "payment"} type: STRING
  string_stats {
    common_stats {num_non_missing: 10 tot_num_values: 10}
    unique: 2 avg_length: 4 top_values {value: "Cash" frequency: 8}
    rank_histogram {buckets {label: "Cash" sample_count: 8} buckets {label: "Card" sample_count: 2}}
  }
}
"""


def features_in(body: str) -> list[str]:
    return re.findall(r'data-label="([^"]*)"', body)


DIFFERENCE = 0  # its place among a feature's cells, behind the chart


def cells_of(body: str, feature: str) -> list[str]:
    """The texts of a feature's row."""
    row = re.search(rf'<tr[^>]*data-label="{re.escape(feature)}">(.*?)</tr>', body, re.DOTALL)
    assert row is not None
    return [re.sub(r"<svg.*?</svg>|<[^>]+>", " ", cell, flags=re.DOTALL).strip() for cell in row[1].split("<td")[2:]]


def test_a_numeric_feature_has_its_figures() -> None:
    body = statistics_view(statistics(FARE)).body
    texts = [text.rpartition(">")[2].strip() for text in cells_of(body, "fare")]
    assert texts == ["9", "10.0%", "2.5", "1.25", "60.0%", "0.5", "2", "7"]
    assert 'gm-warning">10.0%' in body  # missing
    assert 'gm-warning">60.0%' in body  # zeros


def test_a_categorical_feature_has_its_figures() -> None:
    texts = [text.rpartition(">")[2].strip() for text in cells_of(statistics_view(statistics(PAYMENT)).body, "payment")]
    assert texts == ["10", "0%", "2", "Cash", "80.0%", "4"]


def test_kinds_have_tables_of_their_own() -> None:
    others = """
    features {path {step: "image"} type: BYTES bytes_stats {common_stats {num_non_missing: 3} avg_num_bytes: 512}}
    features {path {step: "trip"} type: STRUCT struct_stats {common_stats {num_non_missing: 3}}}
    features {path {step: "nothing"}}
    """
    body = statistics_view(statistics(FARE + PAYMENT + others)).body
    headings = re.findall(r'aria-level="3"><b>([^<]+)</b> <span', body)
    assert [heading.strip() for heading in headings] == [
        "Numeric features",
        "Categorical features",
        "Features of bytes",
        "Structured features",
        "Features without statistics",
    ]
    assert features_in(body) == ["fare", "payment", "image", "trip", "nothing"]


def test_a_feature_of_different_kinds_stands_in_both_tables() -> None:
    body = statistics_view(statistics(FARE), statistics(PAYMENT.replace("payment", "fare")), "a", "b").body
    assert features_in(body) == ["fare", "fare"]


def test_features_of_one_side_only_are_shown_and_two_sides_are_compared() -> None:
    body = statistics_view(statistics(FARE + PAYMENT), statistics(PAYMENT, examples=5), "train", "eval").body
    assert features_in(body) == ["fare", "payment"]
    assert cells_of(body, "payment")[DIFFERENCE].endswith("0.000")
    assert cells_of(body, "fare")[DIFFERENCE].endswith("–")


@pytest.mark.parametrize(
    ("allowed", "denied", "shown"),
    [
        (None, None, ["fare", "payment"]),
        (["fare"], None, ["fare"]),
        ([tfdv.FeaturePath(["payment"])], ["payment"], ["payment"]),
        (None, [tfdv.FeaturePath(["fare"])], ["payment"]),
        ([], None, []),
    ],
)
def test_features_are_chosen_and_an_allowlist_outweighs_a_denylist(allowed, denied, shown) -> None:
    view = statistics_view(statistics(FARE + PAYMENT), allowlist_features=allowed, denylist_features=denied)
    assert features_in(view.body) == shown
    assert shown or "no features to show" in view.body


@pytest.mark.parametrize(
    ("given", "own", "shown"),
    [
        (("train", "eval"), ("", ""), ["train", "eval"]),
        ((None, None), ("a", "b"), ["a", "b"]),
        ((None, None), ("a", "a"), ["lhs_statistics", "rhs_statistics"]),
        (("same", "same"), ("a", "b"), ["lhs_statistics", "rhs_statistics"]),
        ((None, None), ("", ""), ["lhs_statistics", "rhs_statistics"]),
    ],
)
def test_datasets_have_the_names_given_or_their_own(given, own, shown) -> None:
    view = statistics_view(statistics(FARE, own[0]), statistics(FARE, own[1]), *given)
    assert re.findall(r"</i>([^<]+)</span></th>", view.body) == shown


def test_of_slices_the_whole_is_shown() -> None:
    both = statistics(PAYMENT, "slice")
    both.MergeFrom(statistics(FARE, "All Examples"))
    assert features_in(statistics_view(both).body) == ["fare"]
    both.datasets[1].name = "other"
    with pytest.raises(ConfigError, match="one dataset"):
        statistics_view(both)
    with pytest.raises(TypeError, match="rhs_statistics"):
        statistics_view(statistics(FARE), both.datasets[0])


def test_weighted_figures_can_be_chosen_where_there_are_any() -> None:
    weighted = FARE.replace(
        "tot_num_values: 10}", "tot_num_values: 10 weighted_common_stats {num_non_missing: 90 num_missing: 30}}"
    ).replace("max: 7", "max: 7 weighted_numeric_stats {mean: 3.75 histograms {buckets {sample_count: 4}}}")
    body = statistics_view(statistics(weighted)).body
    assert 'data-option="weighted" hidden="hidden">3.75</div>' in body
    assert 'gm-warning">25.0%' in body
    assert '<option value="weighted">Weighted</option>' in body
    assert "Weighted" not in statistics_view(statistics(FARE)).body


def test_names_and_values_are_escaped() -> None:
    message = statistics(PAYMENT)
    feature = message.datasets[0].features[0]
    feature.path.step[0] = HOSTILE
    feature.string_stats.top_values[0].value = HOSTILE
    feature.string_stats.rank_histogram.buckets[0].label = HOSTILE
    feature.custom_stats.add(name=HOSTILE, str=HOSTILE)
    for view in (statistics_view(message), statistics_view(message, message, HOSTILE, HOSTILE + "2")):
        assert "<script" not in view.body


def test_slices_are_compared_and_the_page_is_available_as_text(caplog: pytest.LogCaptureFixture) -> None:
    both = statistics(FARE, "left")
    both.MergeFrom(statistics(FARE, "right"))
    assert tfdv.compare_slices(both, "left", "right") is None
    assert tfdv.visualize_statistics(statistics(FARE)) is None
    assert caplog.text.count(".save('view.html')") == 2
    assert tfdv.get_statistics_html(statistics(FARE)).startswith("<!DOCTYPE html>")
    with pytest.raises(ConfigError, match="no such slice"):
        tfdv.compare_slices(both, "left", "middle")


@pytest.mark.shared
def test_the_taxi_data_compares_in_a_small_page(shared: Path) -> None:
    train, evaluation = (
        tfdv.load_stats_text(str(shared / "reference" / "taxi" / f"stats_{split}.pbtxt")) for split in ("train", "eval")
    )
    html = statistics_view(train, evaluation, "train", "eval").html()
    assert len(set(features_in(html))) == 19
    assert len(html) < 300_000
    # Median 8.05 and 7.85: the splits are alike, though their largest fares are 700 and 175.
    assert float(cells_of(html, "fare")[DIFFERENCE].rpartition(">")[2]) < 0.05
