"""Metadata of data sets: schemas, on disk and as feature specs."""

from gristmill.transform.tf_metadata import dataset_metadata, metadata_io, schema_utils

__all__ = ["dataset_metadata", "metadata_io", "schema_utils"]
