"""The family's names: they show a view where they are called."""

from __future__ import annotations

from collections.abc import Iterable

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2
from tensorflow_metadata.proto.v0.statistics_pb2 import DatasetFeatureStatisticsList

from gristmill.data_validation.display.anomalies_page import anomalies_view
from gristmill.data_validation.display.datasets import LHS_NAME, RHS_NAME
from gristmill.data_validation.display.schema_page import schema_view
from gristmill.data_validation.display.statistics_page import statistics_view
from gristmill.data_validation.feature_path import FeaturePath
from gristmill.data_validation.statistics_lookup import get_slice_stats
from gristmill.display import show

__all__ = ["compare_slices", "display_anomalies", "display_schema", "get_statistics_html", "visualize_statistics"]

_Paths = Iterable[str | FeaturePath]


def visualize_statistics(
    lhs_statistics: DatasetFeatureStatisticsList,
    rhs_statistics: DatasetFeatureStatisticsList | None = None,
    lhs_name: str | None = LHS_NAME,
    rhs_name: str | None = RHS_NAME,
    allowlist_features: _Paths | None = None,
    denylist_features: _Paths | None = None,
) -> None:
    """Shows the statistics of one dataset, or of two laid over each other; see `statistics_view`."""
    show(statistics_view(lhs_statistics, rhs_statistics, lhs_name, rhs_name, allowlist_features, denylist_features))


def get_statistics_html(
    lhs_statistics: DatasetFeatureStatisticsList,
    rhs_statistics: DatasetFeatureStatisticsList | None = None,
    lhs_name: str | None = LHS_NAME,
    rhs_name: str | None = RHS_NAME,
    allowlist_features: _Paths | None = None,
    denylist_features: _Paths | None = None,
) -> str:
    """What `visualize_statistics` shows, as the HTML of a whole page."""
    return statistics_view(
        lhs_statistics, rhs_statistics, lhs_name, rhs_name, allowlist_features, denylist_features
    ).html()


def compare_slices(statistics: DatasetFeatureStatisticsList, lhs_slice_key: str, rhs_slice_key: str) -> None:
    """Shows two slices of sliced statistics, laid over each other.

    Raises:
        ConfigError: there is no such slice.
    """
    left, right = get_slice_stats(statistics, lhs_slice_key), get_slice_stats(statistics, rhs_slice_key)
    show(statistics_view(left, right, lhs_slice_key, rhs_slice_key))


def display_schema(schema: schema_pb2.Schema) -> None:
    """Shows a schema; see `schema_view`. `get_schema_dataframe` returns it as tables."""
    show(schema_view(schema))


def display_anomalies(anomalies: anomalies_pb2.Anomalies) -> None:
    """Shows anomalies; see `anomalies_view`. `get_anomalies_dataframe` returns them as a table."""
    show(anomalies_view(anomalies))
