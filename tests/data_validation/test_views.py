"""Views and look-ups find slices and features."""

from __future__ import annotations

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import statistics_pb2

from gristmill.data_validation.feature_path import FeaturePath
from gristmill.data_validation.statistics_lookup import get_feature_stats, get_slice_stats
from gristmill.data_validation.views import DatasetListView
from gristmill.errors import ConfigError


@pytest.fixture
def statistics():
    return text_format.Parse(
        """
        datasets {
          name: "All Examples"
          features {path {step: "n"} type: INT num_stats {mean: 2 common_stats {num_non_missing: 5}}}
          features {name: "s" type: STRING string_stats {unique: 3} custom_stats {name: "extra" num: 1}}
          cross_features {path_x {step: "n"} path_y {step: "s"} count: 7}
        }
        datasets {name: "slice"}
        """,
        statistics_pb2.DatasetFeatureStatisticsList(),
    )


def test_features_are_found_by_name_and_path(statistics):
    view = DatasetListView(statistics).get_default_slice_or_die()
    assert view.get_feature("n").numeric_statistics().mean == 2
    assert view.get_feature(FeaturePath(["s"])).string_statistics().unique == 3
    assert view.get_feature("n").string_statistics() is None
    assert view.get_feature("n").common_statistics().num_non_missing == 5
    assert view.get_feature("s").custom_statistic("extra").num == 1
    assert view.get_feature("zzz") is None
    assert list(view.list_features()) == [FeaturePath(["n"]), FeaturePath(["s"])]


def test_cross_features_are_found_by_their_pair(statistics):
    view = DatasetListView(statistics).get_slice("All Examples")
    assert view.get_cross_feature("n", "s").proto().count == 7
    assert view.get_cross_feature("s", "n") is None


def test_slices_are_listed_and_there_may_be_no_default(statistics):
    assert list(DatasetListView(statistics).list_slices()) == ["All Examples", "slice"]
    statistics.datasets[0].name = "other"
    with pytest.raises(ConfigError, match="no slice"):
        DatasetListView(statistics).get_default_slice_or_die()


def test_look_ups_give_messages_or_name_what_is_missing(statistics):
    assert get_feature_stats(statistics.datasets[0], "s").string_stats.unique == 3
    assert get_slice_stats(statistics, "slice").datasets[0].name == "slice"
    with pytest.raises(ConfigError, match="'zzz'"):
        get_feature_stats(statistics.datasets[0], "zzz")
    with pytest.raises(ConfigError, match="no such slice"):
        get_slice_stats(statistics, "zzz")
