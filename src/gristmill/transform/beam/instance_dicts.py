"""Instance dicts to record batches and back.

An instance dict is one row: by feature a value, a list or array of values, or None where the feature is missing. Going
in, its keys are the columns that tensors are made of (a sparse tensor has those of its indices and its values). Coming
out, a feature of a fixed shape is a number, bytes, or an array of that shape; all other columns are arrays of values,
and None where a column that is passed through has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.errors import DataError, Place
from gristmill.io.tensors.adapter_config import arrow_schema_of
from gristmill.io.tensors.feature_spec import FeatureSpec, feature_spec_from_schema

__all__ = ["BatchesOfInstances", "InstancesOfBatches", "batch_of_instances"]

_INSTANCES_TOGETHER = 4096
"""Rows of a batch where none are asked for: they are objects of Python, far larger than the batch they become."""


class BatchesOfInstances(beam.PTransform):  # type: ignore[misc]  # Beam has no types
    """From instance dicts to record batches.

    Args:
        schema: of the instances.
        desired_batch_size: rows of a batch, at most.
    """

    def __init__(self, schema: schema_pb2.Schema, desired_batch_size: int | None) -> None:
        super().__init__()
        self._arrow_schema = arrow_schema_of(feature_spec_from_schema(schema))
        self._rows = desired_batch_size or _INSTANCES_TOGETHER

    def expand(self, instances: beam.PCollection) -> beam.PCollection:
        """The batches."""
        together = instances | "Together" >> beam.BatchElements(min_batch_size=self._rows, max_batch_size=self._rows)
        return together | "Columns" >> beam.Map(batch_of_instances, self._arrow_schema)


def batch_of_instances(instances: Sequence[Mapping[str, Any]], arrow_schema: pa.Schema) -> pa.RecordBatch:
    """One record batch of the rows.

    Args:
        instances: the rows; what else they have is left out.
        arrow_schema: the columns that they must have, of lists.

    Raises:
        DataError: a row is no dict, lacks a feature, or has a value of another type.
    """
    for instance in instances:
        if not isinstance(instance, Mapping):
            raise DataError(
                "an instance must be a dict of values by feature",
                value=type(instance).__name__,
                hint=f"its keys are {', '.join(arrow_schema.names)}; record batches come with a TensorAdapterConfig",
            )
    columns = [_column(field, _cells_of(instances, field.name)) for field in arrow_schema]
    return pa.RecordBatch.from_arrays(columns, schema=arrow_schema)


def _cells_of(instances: Sequence[Mapping[str, Any]], name: str) -> list[Any]:
    try:
        return [instance[name] for instance in instances]
    except KeyError:
        lacking = next(instance for instance in instances if name not in instance)
        raise DataError(
            "an instance must have every feature of the schema",
            place=Place(column=name),
            value=f"one that has {sorted(map(str, lacking))}",
            hint="None says that the feature is missing in a row",
        ) from None


def _column(field: pa.Field, cells: list[Any]) -> pa.Array:
    values = [None if cell is None else _values(cell) for cell in cells]
    try:
        return pa.array(values, field.type)
    except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
        raise DataError(
            f"the schema says {field.type.value_type}, an instance holds another type",
            place=Place(column=field.name),
            value=str(error),
            hint="convert the value, or change the feature's type in the schema",
        ) from error


def _values(cell: Any) -> list[Any]:
    """The values of a cell in one list, text as bytes."""
    if isinstance(cell, str):
        return [cell.encode()]
    if isinstance(cell, np.ndarray | np.generic):
        cell = cell.tolist()
    if not isinstance(cell, list | tuple):
        return [cell.encode() if isinstance(cell, str) else cell]
    return [value for each in cell for value in _values(each)]


class InstancesOfBatches:
    """From pairs whose first part is a record batch to instance dicts.

    Args:
        feature_spec: of the batches' tensors; they may have other columns, too.
    """

    def __init__(self, feature_spec: Mapping[str, FeatureSpec]) -> None:
        self._shapes = {
            name: tuple(spec.shape) for name, spec in feature_spec.items() if isinstance(spec, tf.io.FixedLenFeature)
        }

    def __call__(self, pair: tuple[pa.RecordBatch, object]) -> Iterator[dict[str, Any]]:
        """A dict for each row."""
        batch, _ = pair
        names = batch.schema.names
        cells = [_cells(column, self._shapes.get(name)) for name, column in zip(names, batch.columns, strict=True)]
        for row in zip(*cells, strict=True):
            yield dict(zip(names, row, strict=True))


def _cells(column: pa.Array, shape: tuple[int, ...] | None) -> Sequence[Any]:
    """The column's rows: scalars or arrays of the shape; flat arrays, or None, where there is none."""
    values = column.flatten().to_numpy(zero_copy_only=False)
    if shape is not None:
        scalars: list[Any] = values.tolist()
        return values.reshape(len(column), *shape) if shape else scalars
    ends = np.cumsum(column.value_lengths().fill_null(0).to_numpy(zero_copy_only=False))
    present = column.is_valid().to_numpy(zero_copy_only=False)
    return [cell if there else None for cell, there in zip(np.split(values, ends[:-1]), present, strict=True)]
