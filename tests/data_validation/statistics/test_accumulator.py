"""StatisticsAccumulator keeps the engine's laws and counts what it should."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest
from google.protobuf.message import Message
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from gristmill.data_validation.feature_path import FeaturePath
from gristmill.data_validation.statistics.accumulator import StatisticsAccumulator
from gristmill.data_validation.statistics.slicing import experimental_get_feature_value_slicer
from gristmill.data_validation.stats_options import PerFeatureStatsConfig, StatsOptions
from gristmill.errors import ConfigError, DataError, NotSupportedError
from gristmill.testing.accumulators import check_accumulator_laws


def batch(seed: int, rows: int = 90) -> pa.RecordBatch:
    rng = np.random.default_rng(seed)
    real = [None if rng.random() < 0.2 else rng.normal(size=rng.integers(0, 4)).tolist() for _ in range(rows)]
    real[0] = [float("nan"), 0.0]
    return pa.RecordBatch.from_pydict(
        {
            "empty": pa.array([None] * rows, pa.null()),
            "real": pa.array(real, pa.list_(pa.float32())),
            "weight": pa.array([[float(w)] for w in rng.integers(0, 4, rows)], pa.list_(pa.float32())),
            "whole": pa.array([[int(v)] for v in rng.integers(-3, 3, rows)], pa.list_(pa.int64())),
            "word": pa.array(
                [[rng.choice([b"a", b"bb", b"\xff", b"\xfe", b"l" * 2000, b"L" * 2000, b""])] for _ in range(rows)],
                pa.list_(pa.binary()),
            ),
        }
    )


def close(a: Message, b: Message) -> bool:
    """Whether two messages are equal, floating-point numbers up to rounding."""
    fields_a, fields_b = a.ListFields(), b.ListFields()
    if [field.name for field, _ in fields_a] != [field.name for field, _ in fields_b]:
        return False
    return all(close_values(x, y) for (_, x), (_, y) in zip(fields_a, fields_b, strict=True))


def close_values(x, y) -> bool:
    if isinstance(x, Message):
        return close(x, y)
    if isinstance(x, float):
        return x == pytest.approx(y, rel=1e-5, abs=1e-9, nan_ok=True)
    if hasattr(x, "__len__") and not isinstance(x, (str, bytes)):
        return len(x) == len(y) and all(map(close_values, x, y))
    return x == y


OPTIONS = {
    "default": {},
    "weighted": {"weight_feature": "weight"},
    "sliced": {"experimental_slice_functions": [experimental_get_feature_value_slicer({"whole": None})]},
    "small bound": {"use_sketch_based_topk_uniques": True},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_it_obeys_the_laws_of_accumulators(name):
    accumulator = StatisticsAccumulator(StatsOptions(**OPTIONS[name]))
    check_accumulator_laws(accumulator, [batch(1), batch(2), batch(3, 40)], same=close)


def statistics(*batches: pa.RecordBatch, **options) -> statistics_pb2.DatasetFeatureStatisticsList:
    accumulator = StatisticsAccumulator(StatsOptions(**options))
    state = accumulator.create()
    for part in batches:
        state = accumulator.add(state, part)
    return accumulator.extract(state)


def features(dataset) -> dict:
    return {feature.path.step[0]: feature for feature in dataset.features}


def test_missing_and_empty_lists_are_told_apart():
    column = pa.array([None, [], [1, 2]], pa.list_(pa.int64()))
    common = statistics(pa.record_batch({"f": column})).datasets[0].features[0].num_stats.common_stats
    assert (common.num_missing, common.num_non_missing, common.min_num_values, common.max_num_values) == (1, 2, 0, 2)
    assert (common.tot_num_values, common.avg_num_values) == (2, 1.0)


def test_a_feature_that_appears_later_is_missing_before():
    first, second = pa.record_batch({"a": pa.array([[1]])}), pa.record_batch({"b": pa.array([[1.0]])})
    common = features(statistics(first, second).datasets[0])["b"].num_stats.common_stats
    assert (common.num_missing, common.num_non_missing) == (1, 1)


def test_nan_is_counted_apart_and_infinities_get_buckets_of_their_own():
    values = pa.array([[1.0], [2.0], [3.0], [float("nan")], [float("inf")], [float("-inf")]])
    stats = statistics(pa.record_batch({"f": values})).datasets[0].features[0].num_stats
    assert [histogram.num_nan for histogram in stats.histograms] == [1, 1]
    first, *_, last = stats.histograms[0].buckets
    assert (first.low_value, first.high_value, first.sample_count) == (-np.inf, -np.inf, 1)
    assert (last.low_value, last.high_value, last.sample_count) == (np.inf, np.inf, 1)


def test_text_that_is_not_utf8_is_counted_under_a_placeholder():
    stats = statistics(pa.record_batch({"f": pa.array([[b"\xff"], [b"ok"], [b"ok"]])})).datasets[0].features[0]
    assert stats.string_stats.invalid_utf8_count == 1
    assert [top.value for top in stats.string_stats.top_values] == ["ok", "__BYTES_VALUE__"]


@pytest.mark.parametrize(
    ("real", "mean"),
    [
        ([np.inf, 1.0], np.inf),
        ([1.0, np.inf], np.inf),
        ([-np.inf, -np.inf], -np.inf),
        ([np.inf, -np.inf], np.nan),
    ],
)
def test_an_infinite_mean_does_not_depend_on_how_the_values_are_cut(real, mean):
    pieces = [pa.record_batch({"x": pa.array(np.full(40_000, value))}) for value in real]  # each settles on its own
    whole = pa.record_batch({"x": pa.array(np.repeat(real, 40_000))})
    for batches in (pieces, [whole]):
        stats = statistics(*batches).datasets[0].features[0].num_stats
        assert (stats.mean, stats.std_dev) == pytest.approx((mean, np.nan), nan_ok=True)


@pytest.mark.parametrize("values", [[0.0, 5e-324], [1e-320, 0.0, 3.0], [1.0, 1.0000000000000002]])
def test_values_that_lie_as_close_as_numbers_can_are_counted(values: list[float]) -> None:
    stats = statistics(pa.record_batch({"x": pa.array(values)})).datasets[0].features[0].num_stats
    for histogram in stats.histograms:
        assert sum(bucket.sample_count for bucket in histogram.buckets) == pytest.approx(len(values))


def test_histograms_of_the_largest_doubles_have_finite_edges_and_all_values():
    stats = statistics(pa.record_batch({"x": pa.array([-1.7e308, 0.0, 1.7e308])})).datasets[0].features[0].num_stats
    standard = stats.histograms[0].buckets
    assert sum(bucket.sample_count for bucket in standard) == pytest.approx(3)
    assert np.diff([bucket.high_value for bucket in standard]) == pytest.approx(np.full(9, 3.4e307))


def test_equally_frequent_values_are_ordered_by_value_descending():
    stats = statistics(pa.record_batch({"f": pa.array([[b"a"], [b"c"], [b"b"]])})).datasets[0].features[0]
    assert [top.value for top in stats.string_stats.top_values] == ["c", "b", "a"]


def test_weights_count_examples_values_and_texts():
    data = pa.record_batch(
        {
            "w": pa.array([[1.0], [2.0], [3.0]]),
            "n": pa.array([[10], [20], None]),
            "s": pa.array([[b"x"], [b"y"], [b"y"]]),
        }
    )
    dataset = statistics(data, weight_feature="w").datasets[0]
    number, text = features(dataset)["n"].num_stats, features(dataset)["s"].string_stats
    assert dataset.weighted_num_examples == 6
    assert number.weighted_numeric_stats.mean == pytest.approx(50 / 3)
    assert number.common_stats.weighted_common_stats.num_missing == 3
    assert [(top.value, top.frequency) for top in text.weighted_string_stats.top_values] == [("y", 5), ("x", 1)]


@pytest.mark.parametrize("weights", [[[1.0], None], [[1.0], [1.0, 2.0]], [[1.0], [-1.0]], [[b"a"], [b"b"]]])
def test_a_weight_that_is_not_one_number_per_example_is_an_error(weights):
    with pytest.raises(DataError, match="weight"):
        statistics(pa.record_batch({"w": pa.array(weights)}), weight_feature="w")


def test_a_feature_with_its_own_weight_uses_it():
    data = pa.record_batch({"w": pa.array([[3.0], [1.0]]), "n": pa.array([[0.0], [4.0]])})
    override = {FeaturePath(["n"]): "w"}
    found = features(statistics(data, per_feature_weight_override=override).datasets[0])
    assert found["n"].num_stats.weighted_numeric_stats.mean == 1.0
    assert not found["w"].num_stats.HasField("weighted_numeric_stats")


def test_slices_hold_the_examples_with_their_value():
    data = pa.record_batch({"k": pa.array([[b"x", b"y"], [b"y"], None]), "n": pa.array([[1], [2], [3]])})
    slicer = experimental_get_feature_value_slicer({"k": None, "n": [1, 2]})
    result = statistics(data, experimental_slice_functions=[slicer])
    assert [(dataset.name, dataset.num_examples) for dataset in result.datasets] == [
        ("All Examples", 3),
        ("k_x_n_1", 1),
        ("k_y_n_1", 1),
        ("k_y_n_2", 1),
    ]


def test_batches_that_lack_the_feature_are_in_none_of_its_slices():
    slicer = experimental_get_feature_value_slicer({"x": None})
    parts = [
        pa.record_batch({"x": pa.nulls(2)}),
        pa.record_batch({"x": pa.array([[7]])}),
        pa.record_batch({"y": [[1]]}),
    ]
    datasets = statistics(*parts, experimental_slice_functions=[slicer]).datasets
    assert [(dataset.name, dataset.num_examples) for dataset in datasets] == [("All Examples", 4), ("x_7", 1)]


def test_slicing_by_floats_is_refused():
    slicer = experimental_get_feature_value_slicer({"f": None})
    with pytest.raises(ConfigError, match="texts and whole numbers"):
        statistics(pa.record_batch({"f": pa.array([[1.0]])}), experimental_slice_functions=[slicer])


def test_a_sample_is_the_same_whatever_the_batches():
    data = pa.record_batch({"f": pa.array([[value] for value in range(1000)])})
    whole = statistics(data, sample_rate=0.3)
    cut = statistics(*(data.slice(start, 77) for start in range(0, 1000, 77)), sample_rate=0.3)
    assert 200 < whole.datasets[0].num_examples < 400
    assert close(whole, cut)


def test_categorical_numbers_get_string_statistics():
    schema = schema_pb2.Schema()
    schema.feature.add(name="f", type=schema_pb2.INT).int_domain.is_categorical = True
    feature = statistics(pa.record_batch({"f": pa.array([[7], [7], [-1]])}), schema=schema).datasets[0].features[0]
    assert feature.type == statistics_pb2.FeatureNameStatistics.INT
    assert [top.value for top in feature.string_stats.top_values] == ["7", "-1"]


def test_images_get_bytes_statistics():
    schema = schema_pb2.Schema()
    schema.feature.add(name="f", type=schema_pb2.BYTES).image_domain.SetInParent()
    feature = (
        statistics(pa.record_batch({"f": pa.array([[b"\xff\x00"], [b""]])}), schema=schema).datasets[0].features[0]
    )
    assert (feature.bytes_stats.unique, feature.bytes_stats.max_num_bytes_int) == (2, 2)
    assert feature.bytes_stats.avg_num_bytes == 1.0


def test_histograms_can_be_left_out_of_single_features():
    config = PerFeatureStatsConfig([FeaturePath(["a"])], "exclude")
    data = pa.record_batch({"a": pa.array([[1]]), "b": pa.array([[1]])})
    found = features(statistics(data, per_feature_stats_config=config).datasets[0])
    assert (len(found["a"].num_stats.histograms), len(found["b"].num_stats.histograms)) == (0, 2)


def test_only_allowed_features_are_described():
    data = pa.record_batch({"a": pa.array([[1]]), "b": pa.array([[1]])})
    assert list(features(statistics(data, feature_allowlist=["b"]).datasets[0])) == ["b"]


def test_a_feature_of_two_types_is_an_error_that_names_it():
    with pytest.raises(DataError, match="column 'f'"):
        statistics(pa.record_batch({"f": pa.array([[1]])}), pa.record_batch({"f": pa.array([[b"a"]])}))


def test_nested_lists_are_refused():
    with pytest.raises(NotSupportedError, match="nested"):
        statistics(pa.record_batch({"f": pa.array([[[1]]])}))


def buffers(array: pa.Array) -> list[pa.Buffer]:
    return [buffer for buffer in array.buffers() if buffer is not None and buffer.size]


def addresses(state) -> Iterator[int]:
    """Where the memory of each array in a state begins."""
    if isinstance(state, np.ndarray):
        yield state.ctypes.data
    elif isinstance(state, pa.Array):
        yield from (buffer.address for buffer in buffers(state))
    elif isinstance(state, (dict, list, tuple)):
        for part in state.values() if isinstance(state, dict) else state:
            yield from addresses(part)


@pytest.mark.parametrize("options", [{}, {"weight_feature": "weight"}, {"use_sketch_based_topk_uniques": True}])
def test_a_state_keeps_nothing_of_a_batch_alive(options):
    accumulator = StatisticsAccumulator(StatsOptions(**options))
    rows = batch(1)
    owned = [(buffer.address, buffer.address + buffer.size) for column in rows.columns for buffer in buffers(column)]
    kept = list(addresses(accumulator.add(accumulator.create(), rows)))
    assert kept
    assert not [address for address in kept for start, end in owned if start <= address < end]


def test_no_rows_give_a_dataset_without_examples():
    assert statistics().datasets[0].num_examples == 0
