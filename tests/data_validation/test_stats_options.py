"""StatsOptions checks what it is given and survives JSON."""

from __future__ import annotations

import pytest
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.data_validation.feature_path import FeaturePath
from gristmill.data_validation.stats_options import PerFeatureStatsConfig, StatsOptions
from gristmill.errors import ConfigError, NotSupportedError


@pytest.mark.parametrize(
    "given",
    [
        {"sample_rate": 0},
        {"sample_rate": 1.5},
        {"num_values_histogram_buckets": 1},
        {"num_histogram_buckets": 0},
        {"num_quantiles_histogram_buckets": 0},
        {"desired_batch_size": 0},
        {"epsilon": 1},
        {"frequency_threshold": -1},
    ],
)
def test_values_out_of_range_are_refused(given):
    with pytest.raises(ConfigError, match=next(iter(given))):
        StatsOptions(**given)


@pytest.mark.parametrize(
    "given",
    [
        {"schema": "text"},
        {"weight_feature": 3},
        {"num_top_values": 2.5},
        {"num_top_values": True},
        {"sample_rate": "all"},
        {"feature_allowlist": "name"},
        {"infer_type_from_schema": 1},
        {"experimental_slice_functions": [3]},
        {"per_feature_weight_override": {"a": "b"}},
        {"per_feature_stats_config": {}},
    ],
)
def test_values_of_another_type_are_refused(given):
    with pytest.raises(TypeError, match=next(iter(given))):
        StatsOptions(**given)


@pytest.mark.parametrize(
    "given",
    [
        {"generators": []},
        {"label_feature": "a"},
        {"enable_semantic_domain_stats": True},
        {"semantic_domain_stats_sample_rate": 0.5},
        {"vocab_paths": {"a": "b"}},
        {"add_default_generators": False},
        {"experimental_result_partitions": 2},
        {"experimental_num_feature_partitions": 2},
        {"slicing_config": object()},
        {"experimental_filter_read_paths": True},
    ],
)
def test_options_without_behaviour_are_refused(given):
    with pytest.raises(NotSupportedError, match=next(iter(given))):
        StatsOptions(**given)


def test_a_later_change_is_checked_too():
    options = StatsOptions()
    with pytest.raises(ConfigError):
        options.sample_rate = 2
    with pytest.raises(AttributeError, match="no option"):
        options.sample_rat = 0.5


def test_older_names_mean_the_same():
    options = StatsOptions(experimental_use_sketch_based_topk_uniques=True, slice_functions=[print])
    assert options.use_sketch_based_topk_uniques is True
    assert options.experimental_slice_functions == options.slice_functions == [print]


def test_options_survive_json():
    options = StatsOptions(
        schema=schema_pb2.Schema(default_environment=["A"]),
        weight_feature="w",
        sample_rate=0.5,
        num_top_values=7,
        feature_allowlist=["a", FeaturePath(["b", "c"])],
        per_feature_weight_override={FeaturePath(["b", "c"]): "w"},
    )
    assert vars(StatsOptions.from_json(options.to_json())) == vars(options)
    assert '"TYPE_NAME": "StatsOptions"' in options.to_json()


def test_functions_cannot_be_written_as_json():
    with pytest.raises(ConfigError, match="experimental_slice_functions"):
        StatsOptions(experimental_slice_functions=[print]).to_json()
    with pytest.raises(ConfigError, match="per_feature_stats_config"):
        StatsOptions(per_feature_stats_config=PerFeatureStatsConfig([])).to_json()


@pytest.mark.parametrize("text", ["", "[]", '{"TYPE_NAME": "Other"}', '{"TYPE_NAME": "StatsOptions", "_nothing": 1}'])
def test_other_json_is_refused(text):
    with pytest.raises(ConfigError):
        StatsOptions.from_json(text)


def test_options_of_the_family_that_are_off_are_read():
    text = '{"TYPE_NAME": "StatsOptions", "_generators": null, "_slice_functions": null, "_num_top_values": 5}'
    assert StatsOptions.from_json(text).num_top_values == 5
