"""Finding a slice or a feature in statistics."""

from __future__ import annotations

from tensorflow_metadata.proto.v0 import statistics_pb2

from gristmill.data_validation.feature_path import FeaturePath
from gristmill.data_validation.statistics.slicing import ALL_EXAMPLES
from gristmill.errors import ConfigError

__all__ = ["feature_path_of", "get_feature_stats", "get_slice_stats", "single_dataset"]


def feature_path_of(feature: statistics_pb2.FeatureNameStatistics) -> FeaturePath:
    """The path of a feature's statistics, whether they name it by path or by name."""
    return FeaturePath([feature.name]) if feature.HasField("name") else FeaturePath.from_proto(feature.path)


def get_feature_stats(
    stats: statistics_pb2.DatasetFeatureStatistics, feature_path: FeaturePath | str
) -> statistics_pb2.FeatureNameStatistics:
    """The statistics of one feature.

    Raises:
        TypeError: ``stats`` is not the statistics of one dataset.
        ConfigError: the feature is not in them.
    """
    if not isinstance(stats, statistics_pb2.DatasetFeatureStatistics):
        raise TypeError(f"expected a DatasetFeatureStatistics message, got {type(stats).__name__}")
    path = feature_path if isinstance(feature_path, FeaturePath) else FeaturePath([feature_path])
    for feature in stats.features:
        if feature_path_of(feature) == path:
            return feature
    raise ConfigError(f"There are no statistics of the feature {str(path)!r} in the dataset", value=stats.name or None)


def get_slice_stats(
    stats: statistics_pb2.DatasetFeatureStatisticsList, slice_key: str
) -> statistics_pb2.DatasetFeatureStatisticsList:
    """The statistics of one slice, as a list of one dataset.

    Raises:
        ConfigError: there is no such slice.
    """
    for dataset in stats.datasets:
        if dataset.name == slice_key:
            return statistics_pb2.DatasetFeatureStatisticsList(datasets=[dataset])
    names = ", ".join(repr(dataset.name) for dataset in stats.datasets)
    raise ConfigError("There is no such slice in the statistics", value=slice_key, hint=f"the slices are: {names}")


def single_dataset(
    stats: statistics_pb2.DatasetFeatureStatisticsList, argument: str = "statistics"
) -> statistics_pb2.DatasetFeatureStatistics:
    """The only dataset, or the slice of all examples.

    Args:
        stats: the statistics.
        argument: what the caller calls them, for errors.

    Raises:
        TypeError: ``stats`` is another message.
        ConfigError: there are several datasets and none of them is ``All Examples``, or there is none.
    """
    if not isinstance(stats, statistics_pb2.DatasetFeatureStatisticsList):
        raise TypeError(f"{argument} must be a DatasetFeatureStatisticsList, and is a {type(stats).__name__}")
    if len(stats.datasets) == 1:
        return stats.datasets[0]
    for dataset in stats.datasets:
        if dataset.name == ALL_EXAMPLES:
            return dataset
    raise ConfigError(
        f"{argument} must describe one dataset, or have a slice {ALL_EXAMPLES!r}",
        value=[dataset.name for dataset in stats.datasets],
        hint="pick one with get_slice_stats",
    )
