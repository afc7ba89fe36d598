"""Which datasets and features a statistics view shows, and what they are called."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from tensorflow_metadata.proto.v0 import statistics_pb2
from tensorflow_metadata.proto.v0.statistics_pb2 import DatasetFeatureStatisticsList, FeatureNameStatistics

from gristmill.data_validation.feature_path import FeaturePath
from gristmill.data_validation.statistics_lookup import feature_path_of, single_dataset

__all__ = ["Dataset", "Feature", "chosen_datasets", "features_of"]

LHS_NAME, RHS_NAME = "lhs_statistics", "rhs_statistics"

Path = str | FeaturePath


@dataclass(frozen=True)
class Dataset:
    """One side of a view."""

    name: str
    statistics: statistics_pb2.DatasetFeatureStatistics


@dataclass(frozen=True)
class Feature:
    """A feature with its statistics in each dataset, None where a dataset does not have it."""

    name: str
    order: int
    sides: Sequence[FeatureNameStatistics | None]

    def of_kind(self, kind: str) -> list[FeatureNameStatistics | None]:
        """The sides whose statistics are of that kind, None in place of the others."""
        return [side if side is not None and kind_of(side) == kind else None for side in self.sides]


def kind_of(feature: FeatureNameStatistics) -> str:
    """``num_stats``, ``string_stats``, ``bytes_stats`` or ``struct_stats``; empty for a feature without any."""
    return feature.WhichOneof("stats") or ""


def chosen_datasets(
    lhs: DatasetFeatureStatisticsList,
    rhs: DatasetFeatureStatisticsList | None,
    lhs_name: str | None,
    rhs_name: str | None,
) -> list[Dataset]:
    """The default slice of one or two statistics.

    A name that is None is that of the dataset; names that are missing or equal become ``lhs_statistics`` and
    ``rhs_statistics``.

    Raises:
        TypeError: an argument is another message.
        ConfigError: statistics of several slices lack the slice of all examples.
    """
    left = single_dataset(lhs, "lhs_statistics")
    lhs_name = left.name if lhs_name is None else lhs_name
    if rhs is None:
        return [Dataset(lhs_name or LHS_NAME, left)]
    right = single_dataset(rhs, "rhs_statistics")
    rhs_name = right.name if rhs_name is None else rhs_name
    if lhs_name == rhs_name:
        lhs_name, rhs_name = LHS_NAME, RHS_NAME
    return [Dataset(lhs_name or LHS_NAME, left), Dataset(rhs_name or RHS_NAME, right)]


def features_of(
    datasets: Sequence[Dataset], allowlist: Iterable[Path] | None, denylist: Iterable[Path] | None
) -> list[Feature]:
    """The features of all datasets, those of the first one first.

    Args:
        datasets: where to look.
        allowlist: show only these; then ``denylist`` does not count.
        denylist: do not show these.
    """
    allowed = None if allowlist is None else _paths(allowlist)
    denied = _paths(denylist or ()) if allowed is None else set()
    sides: list[dict[FeaturePath, FeatureNameStatistics]] = [
        {feature_path_of(feature): feature for feature in dataset.statistics.features} for dataset in datasets
    ]
    paths = [path for path in dict.fromkeys(path for side in sides for path in side) if _wanted(path, allowed, denied)]
    return [Feature(str(path), order, [side.get(path) for side in sides]) for order, path in enumerate(paths)]


def _paths(paths: Iterable[Path]) -> set[FeaturePath]:
    return {path if isinstance(path, FeaturePath) else FeaturePath([path]) for path in paths}


def _wanted(path: FeaturePath, allowed: Collection[FeaturePath] | None, denied: Collection[FeaturePath]) -> bool:
    return path not in denied if allowed is None else path in allowed
