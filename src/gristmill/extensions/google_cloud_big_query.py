"""Components that read from and write to BigQuery."""

from __future__ import annotations

from gristmill.extensions.cloud_component import CloudComponent

__all__ = ["PUSHER_SERVING_ARGS_KEY", "BigQueryExampleGen", "Pusher"]

PUSHER_SERVING_ARGS_KEY = "bigquery_serving_args"


class BigQueryExampleGen(CloudComponent):
    """Not available: examples from a query."""

    SERVICE = "BigQuery"
    HINT = "export the query's result to Parquet or CSV, and read that with ImportExampleGen or CsvExampleGen"


class Pusher(CloudComponent):
    """Not available: a model as a BigQuery ML model."""

    SERVICE = "BigQuery"
    HINT = "gristmill.components.Pusher writes to gs://, which CREATE MODEL can import from"
