"""Rows as tf.Examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.errors import DataError, Place
from gristmill.io.example_codec import encode_examples
from gristmill.io.tensors.feature_spec import feature_spec_from_schema

__all__ = ["ExampleProtoCoder"]

_TYPES = {tf.string: pa.binary(), tf.int64: pa.int64(), tf.float32: pa.float32()}


class ExampleProtoCoder:
    """Encodes rows as tf.Examples.

    Args:
        schema: of the features.
        serialized: give bytes, or else messages.
    """

    def __init__(self, schema: schema_pb2.Schema, serialized: bool = True) -> None:
        self._columns: dict[str, Any] = {}
        for name, spec in feature_spec_from_schema(schema).items():
            if isinstance(spec, tf.io.SparseFeature):
                keys = [spec.index_key] if isinstance(spec.index_key, str) else spec.index_key
                self._columns.update(dict.fromkeys(keys, tf.int64))
                self._columns[spec.value_key] = spec.dtype
            elif isinstance(spec, tf.io.RaggedFeature):
                self._columns[spec.value_key or name] = spec.dtype
                self._columns.update({part.key: tf.int64 for part in spec.partitions if hasattr(part, "key")})
            else:
                self._columns[name] = spec.dtype
        self._serialized = serialized

    def encode(self, instance: Mapping[str, Any]) -> Any:
        """The example of one row: a value, a list of values, or None, by feature column.

        Raises:
            DataError: a value is not of its feature's type.
        """
        arrays = {name: _column(name, instance.get(name), dtype) for name, dtype in self._columns.items()}
        encoded: bytes = encode_examples(pa.RecordBatch.from_pydict(arrays))[0].as_py()
        return encoded if self._serialized else tf.train.Example.FromString(encoded)


def _column(name: str, value: Any, dtype: tf.DType) -> pa.Array:
    kind = pa.list_(_TYPES[dtype])
    if value is None:
        return pa.array([None], kind)
    values = np.asarray(value, dtype=object).reshape(-1).tolist()
    try:
        return pa.array([[each.encode() if isinstance(each, str) else each for each in values]], kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise DataError(
            f"a value of dtype {dtype.name} is needed",
            place=Place(column=name),
            value=value,
            hint="convert it, or change the feature's type in the schema",
        ) from error
