"""Statistics, schemas and anomalies to look at: views, and tables for pandas.

``*_view`` functions return a `gristmill.display.View`; the names of the family show it where they are called.
"""

from __future__ import annotations

from gristmill.data_validation.display.anomalies_page import anomalies_view
from gristmill.data_validation.display.dataframes import (
    get_anomalies_dataframe,
    get_drift_skew_dataframe,
    get_schema_dataframe,
)
from gristmill.data_validation.display.family import (
    compare_slices,
    display_anomalies,
    display_schema,
    get_statistics_html,
    visualize_statistics,
)
from gristmill.data_validation.display.schema_page import schema_view
from gristmill.data_validation.display.statistics_page import statistics_view

__all__ = [
    "anomalies_view",
    "compare_slices",
    "display_anomalies",
    "display_schema",
    "get_anomalies_dataframe",
    "get_drift_skew_dataframe",
    "get_schema_dataframe",
    "get_statistics_html",
    "schema_view",
    "statistics_view",
    "visualize_statistics",
]
