"""Read-only views of statistics that find slices and features by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2

from gristmill.data_validation.feature_path import FeaturePath
from gristmill.data_validation.statistics.slicing import ALL_EXAMPLES
from gristmill.data_validation.statistics_lookup import feature_path_of
from gristmill.errors import ConfigError

__all__ = ["CrossFeatureView", "DatasetListView", "DatasetView", "FeatureView"]


class FeatureView:
    """The statistics of one feature."""

    def __init__(self, stats_proto: statistics_pb2.FeatureNameStatistics) -> None:
        self._proto = stats_proto

    def proto(self) -> statistics_pb2.FeatureNameStatistics:
        """The message behind the view."""
        return self._proto

    def numeric_statistics(self) -> statistics_pb2.NumericStatistics | None:
        """Numeric statistics; None where there are none."""
        return self._part("num_stats")

    def string_statistics(self) -> statistics_pb2.StringStatistics | None:
        """String statistics; None where there are none."""
        return self._part("string_stats")

    def bytes_statistics(self) -> statistics_pb2.BytesStatistics | None:
        """Bytes statistics; None where there are none."""
        return self._part("bytes_stats")

    def struct_statistics(self) -> statistics_pb2.StructStatistics | None:
        """Struct statistics; None where there are none."""
        return self._part("struct_stats")

    def common_statistics(self) -> statistics_pb2.CommonStatistics | None:
        """Common statistics; None where there are no statistics at all."""
        kind = self._proto.WhichOneof("stats")
        return None if kind is None else getattr(self._proto, kind).common_stats

    def custom_statistic(self, name: str) -> statistics_pb2.CustomStatistic | None:
        """The custom statistic of that name; None where there is none."""
        return next((custom for custom in self._proto.custom_stats if custom.name == name), None)

    def _part(self, name: str) -> Any:
        return getattr(self._proto, name) if self._proto.WhichOneof("stats") == name else None


class CrossFeatureView:
    """The statistics of a pair of features."""

    def __init__(self, stats_proto: statistics_pb2.CrossFeatureStatistics) -> None:
        self._proto = stats_proto

    def proto(self) -> statistics_pb2.CrossFeatureStatistics:
        """The message behind the view."""
        return self._proto


class DatasetView:
    """The statistics of one dataset or slice."""

    def __init__(self, stats_proto: statistics_pb2.DatasetFeatureStatistics) -> None:
        self._proto = stats_proto
        self._features: dict[FeaturePath, FeatureView] = {}
        for feature in stats_proto.features:
            path = feature_path_of(feature)
            if path in self._features:
                raise ConfigError("Each feature has one entry in statistics", value=str(path))
            self._features[path] = FeatureView(feature)
        self._crosses = {
            (FeaturePath.from_proto(cross.path_x), FeaturePath.from_proto(cross.path_y)): CrossFeatureView(cross)
            for cross in stats_proto.cross_features
        }

    def proto(self) -> statistics_pb2.DatasetFeatureStatistics:
        """The message behind the view."""
        return self._proto

    def list_features(self) -> Iterator[FeaturePath]:
        """The paths of all features, in the order of the message."""
        return iter(self._features)

    def get_feature(self, feature_id: str | FeaturePath) -> FeatureView | None:
        """The view of a feature, by path or by name; None where there is none."""
        return self._features.get(_as_path(feature_id))

    def get_derived_feature(self, deriver_name: str, source_paths: Iterable[FeaturePath]) -> FeatureView | None:
        """The view of the feature that a deriver made of these sources; None where there is none.

        Raises:
            ConfigError: several features match.
        """
        sources = [path.to_proto() for path in source_paths]
        found = [
            view
            for view in self._features.values()
            if view.proto().validation_derived_source.deriver_name == deriver_name
            and list(view.proto().validation_derived_source.source_path) == sources
        ]
        if len(found) > 1:
            raise ConfigError("Several features are derived in this way", value=deriver_name)
        return found[0] if found else None

    def list_cross_features(self) -> Iterator[tuple[FeaturePath, FeaturePath]]:
        """The pairs of features that have cross statistics."""
        return iter(self._crosses)

    def get_cross_feature(self, x_path: str | FeaturePath, y_path: str | FeaturePath) -> CrossFeatureView | None:
        """The view of a pair; None where there is none."""
        return self._crosses.get((_as_path(x_path), _as_path(y_path)))


class DatasetListView:
    """The statistics of several slices, or of one dataset."""

    def __init__(self, stats_proto: statistics_pb2.DatasetFeatureStatisticsList) -> None:
        self._proto = stats_proto
        self._slices: dict[str, DatasetView] = {}
        for dataset in stats_proto.datasets:
            if dataset.name in self._slices:
                raise ConfigError("Each slice has one entry in statistics", value=dataset.name)
            self._slices[dataset.name] = DatasetView(dataset)

    def proto(self) -> statistics_pb2.DatasetFeatureStatisticsList:
        """The message behind the view."""
        return self._proto

    def list_slices(self) -> Iterator[str]:
        """The names of all slices."""
        return iter(self._slices)

    def get_slice(self, slice_key: str) -> DatasetView | None:
        """The view of a slice; None where there is none."""
        return self._slices.get(slice_key)

    def get_default_slice(self) -> DatasetView | None:
        """The only dataset, else the slice of all examples, else None."""
        if len(self._slices) == 1:
            return next(iter(self._slices.values()))
        return self._slices.get(ALL_EXAMPLES)

    def get_default_slice_or_die(self) -> DatasetView:
        """Like ``get_default_slice``.

        Raises:
            ConfigError: there are several slices, and none of all examples.
        """
        view = self.get_default_slice()
        if view is None:
            raise ConfigError(f"The statistics have no slice {ALL_EXAMPLES!r}", value=list(self._slices))
        return view


def _as_path(feature_id: str | FeaturePath) -> FeaturePath:
    return feature_id if isinstance(feature_id, FeaturePath) else FeaturePath([feature_id])
