"""A lookup table's initialiser that reads tokens from a gzip TFRecord file."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
from tensorflow.python.ops.lookup_ops import TableInitializerBase

__all__ = ["TFRecordInitializer"]

_BATCH = 1 << 16  # records turned into keys at once


class TFRecordInitializer(TableInitializerBase):  # type: ignore[misc]  # TensorFlow ships no types
    """Token to line number, from the records of a gzip TFRecord file, which is saved along as an asset.

    Args:
        path: scalar string, eager.
        with_frequency: records are a count, a space, and the token.
    """

    def __init__(self, path: Any, *, with_frequency: bool) -> None:
        super().__init__(tf.string, tf.int64)
        self._with_frequency = with_frequency
        self._asset = self._track_trackable(tf.saved_model.Asset(path), "_asset")

    def initialize(self, table: Any) -> Any:
        """Fill the table."""
        records = tf.data.TFRecordDataset(self._asset.asset_path, compression_type="GZIP")
        pairs = records.batch(_BATCH).map(self._keys).unbatch().enumerate().map(lambda line, key: (key, line))
        return tf.raw_ops.InitializeTableFromDataset(table_handle=table.resource_handle, dataset=pairs._variant_tensor)

    def _keys(self, records: tf.Tensor) -> tf.Tensor:
        return tf.strings.regex_replace(records, r"^\S+ ", "") if self._with_frequency else records
