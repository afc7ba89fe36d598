"""A loaded transform that is applied to record batches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.errors import ConfigError, DataError, Place
from gristmill.io.tensors.feature_spec import FeatureSpec
from gristmill.io.tensors.from_arrow import TensorAdapter
from gristmill.io.tensors.to_arrow import tensors_to_batch
from gristmill.transform.saved_graph import LoadedTransform

__all__ = ["BatchTransform"]


class BatchTransform:
    """From record batches of raw examples to batches of transformed ones. Many threads may call it.

    Args:
        path: folder of the SavedModel.
        raw: schema, or feature spec, of the raw examples.
        transformed: schema of the transformed ones.
        outputs: the transformed features to make; all by default.

    Raises:
        ConfigError: an output is asked for that the transform does not have.
    """

    def __init__(
        self,
        path: str,
        raw: schema_pb2.Schema | Mapping[str, FeatureSpec],
        transformed: schema_pb2.Schema,
        outputs: Iterable[str] | None = None,
    ) -> None:
        wanted = None if outputs is None else sorted(set(outputs))
        self._transform = LoadedTransform(path)
        known = set(self._transform.output_specs())
        self._outputs = known if wanted is None else set(wanted)
        if self._outputs - known:
            raise ConfigError(
                "an output was asked for that the transform does not have",
                value=sorted(self._outputs - known),
                hint=f"it makes {sorted(known)}",
            )
        self._adapter = TensorAdapter(raw, self._transform.inputs_of(wanted))
        self._as_sparse_features = frozenset(sparse.name for sparse in transformed.sparse_feature)

    @property
    def columns(self) -> list[str]:
        """The raw features that are needed, sorted."""
        return self._adapter.columns

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The transformed features of each row.

        Raises:
            DataError: the data contradicts the schema, or an operation of the transform failed.
            ConfigError: an output does not have one row per example.
        """
        inputs = self._adapter.to_tensors(batch)
        try:
            results = self._transform(inputs)
        except tf.errors.OpError as error:
            raise DataError(
                "the transform failed on a batch of examples",
                value=error.message,
                hint="an operation of the preprocessing_fn refused values: let it take them, or leave them out",
            ) from error
        transformed = {name: value for name, value in results.items() if name in self._outputs}
        for name, value in transformed.items():
            _check_rows(name, value, batch.num_rows)
        return tensors_to_batch(transformed, as_sparse_features=self._as_sparse_features)


def _check_rows(name: str, value: Any, rows: int) -> None:
    found = int(value.dense_shape[0] if isinstance(value, tf.SparseTensor) else tf.shape(value)[0])
    if found != rows:
        raise ConfigError(
            f"an output of preprocessing_fn must have one row per example: {rows} rows went in",
            place=Place(column=name),
            value=f"{found} rows came out",
            hint="do not filter or repeat rows in preprocessing_fn",
        )
