"""Rows as lines of CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.did_you_mean import did_you_mean
from gristmill.errors import ConfigError, DataError, Place
from gristmill.io.tensors.feature_spec import feature_spec_from_schema

__all__ = ["CsvCoder"]


class CsvCoder:
    """Encodes rows as lines of CSV.

    Args:
        column_names: the columns, in order.
        schema: of the features; each column must be one.
        delimiter: between columns.
        secondary_delimiter: between the values of a column in ``multivalent_columns``.
        multivalent_columns: columns that may hold any number of values.

    Raises:
        ConfigError: a column is not a feature, or multivalent columns come without a secondary delimiter.
    """

    def __init__(
        self,
        column_names: Sequence[str],
        schema: schema_pb2.Schema,
        delimiter: str = ",",
        secondary_delimiter: str | None = None,
        multivalent_columns: Sequence[str] | None = None,
    ) -> None:
        self._columns = list(column_names)
        self._specs = feature_spec_from_schema(schema)
        self._delimiter = delimiter
        self._secondary = secondary_delimiter
        self._multivalent = frozenset(multivalent_columns or ())
        unknown = sorted((set(self._columns) | self._multivalent) - set(self._specs))
        if unknown:
            raise ConfigError(
                "columns must be features of the schema",
                value=unknown,
                hint=did_you_mean(unknown[0], self._specs, "the features"),
            )
        if self._multivalent and not secondary_delimiter:
            raise ConfigError(
                "multivalent columns need a secondary_delimiter",
                value=sorted(self._multivalent),
                hint="for example secondary_delimiter='|'",
            )

    def encode(self, instance: Mapping[str, Any]) -> bytes:
        """One line, without its end: a value, or a list of values, by feature.

        Raises:
            DataError: a column has another number of values than one (for sparse features, none or one).
        """
        cells = [self._cell(name, instance.get(name)) for name in self._columns]
        line = io.StringIO()
        csv.writer(line, delimiter=self._delimiter, lineterminator="").writerow(cells)
        return line.getvalue().encode()

    def _cell(self, name: str, value: Any) -> str:
        values = [] if value is None else np.asarray(value, dtype=object).reshape(-1).tolist()
        if name in self._multivalent:
            return str(self._secondary).join(_text(each) for each in values)
        required = isinstance(self._specs[name], tf.io.FixedLenFeature)
        if len(values) > 1 or (required and not values):
            raise DataError(
                "a column of CSV holds one value",
                place=Place(column=name),
                value=values,
                hint="name the column in multivalent_columns" if values else "the schema wants a value in every row",
            )
        return _text(values[0]) if values else ""


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
