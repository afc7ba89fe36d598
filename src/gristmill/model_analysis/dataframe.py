"""Metrics and plots as pandas DataFrames, one per kind of value.

Columns have two levels: ``slices.<column>`` (``slices.Overall`` for the overall slice), ``metric_keys.<field>`` or
``plot_keys.<field>``, and ``metric_values.<field>`` or ``plot_data.<field>``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from gristmill.errors import ConfigError
from gristmill.model_analysis.metrics.keys import AggregationType, SubKey
from gristmill.model_analysis.results.slice_messages import slice_key_of
from gristmill.model_analysis.slicer.slice_key import is_cross_slice_key, stringify_slice_key
from gristmill.proto.metrics_for_slice_pb2 import MetricsForSlice, PlotsForSlice

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]

__all__ = ["MetricsDataFrames", "PlotsDataFrames", "auto_pivot", "metrics_as_dataframes", "plots_as_dataframes"]

_Row = dict[tuple[str, str], Any]


class MetricsDataFrames(NamedTuple):
    """One DataFrame per kind of metric value; None where there are no values of the kind."""

    double_value: pd.DataFrame | None = None
    confusion_matrix_at_thresholds: pd.DataFrame | None = None
    multi_class_confusion_matrix_at_thresholds: pd.DataFrame | None = None
    bytes_value: pd.DataFrame | None = None
    array_value: pd.DataFrame | None = None


class PlotsDataFrames(NamedTuple):
    """One DataFrame per kind of plot; None where there are no plots of the kind."""

    calibration_histogram_buckets: pd.DataFrame | None = None
    confusion_matrix_at_thresholds: pd.DataFrame | None = None
    multi_class_confusion_matrix_at_thresholds: pd.DataFrame | None = None
    multi_label_confusion_matrix_at_thresholds: pd.DataFrame | None = None
    debug_message: pd.DataFrame | None = None


def metrics_as_dataframes(
    metrics: MetricsForSlice | Iterable[MetricsForSlice], include_empty_columns: bool = False
) -> MetricsDataFrames:
    """The records of the metrics file as DataFrames.

    Args:
        metrics: one record or several, as ``load_metrics`` gives them.
        include_empty_columns: keep key columns that say nothing.
    """
    rows: dict[str, list[_Row]] = {}
    for record in [metrics] if isinstance(metrics, MetricsForSlice) else metrics:
        for entry in record.metric_keys_and_values:
            kind = entry.value.WhichOneof("type")
            if kind in MetricsDataFrames._fields:
                head = {**_slice_columns(record), **_key_columns(entry.key, "metric_keys", metric=True)}
                for values in _flattened(getattr(entry.value, kind)):
                    rows.setdefault(kind, []).append({**head, **_prefixed("metric_values", kind, values)})
    return MetricsDataFrames(**{kind: _frame(found, include_empty_columns) for kind, found in rows.items()})


def plots_as_dataframes(
    plots: PlotsForSlice | Iterable[PlotsForSlice], include_empty_columns: bool = False
) -> PlotsDataFrames:
    """The records of the plots file as DataFrames; parameters as those of :func:`metrics_as_dataframes`."""
    rows: dict[str, list[_Row]] = {}
    for record in [plots] if isinstance(plots, PlotsForSlice) else plots:
        for entry in record.plot_keys_and_values:
            head = {**_slice_columns(record), **_key_columns(entry.key, "plot_keys", metric=False)}
            for field, value in entry.value.ListFields():
                for values in _flattened(value):
                    rows.setdefault(field.name, []).append({**head, **_prefixed("plot_data", field.name, values)})
    return PlotsDataFrames(**{kind: _frame(found, include_empty_columns) for kind, found in rows.items()})


def auto_pivot(df: pd.DataFrame, stringify_slices: bool = True, collapse_column_names: bool = True) -> pd.DataFrame:
    """A DataFrame with slices as rows and metrics as columns.

    Args:
        df: ``double_value`` of :func:`metrics_as_dataframes`, or one of its other frames with one value column.
        stringify_slices: one index of texts (``hour:12``) instead of one level per slicing column.
        collapse_column_names: leave out key levels that are the same in every row.

    Raises:
        ConfigError: several value columns, so that what to show is not clear.
    """
    frame = df.copy()
    value_columns = [column for column in frame.columns if column[0] in ("metric_values", "plot_data")]
    if len(value_columns) != 1:
        raise ConfigError(
            "only a DataFrame with one value column can be pivoted",
            value=[name for _, name in value_columns],
            hint="take metrics_as_dataframes(…).double_value, or drop the other value columns",
        )
    slices = [column for column in frame.columns if column[0] == "slices"]
    keys = [column for column in frame.columns if column[0].endswith("_keys")]
    if collapse_column_names:
        keys = [column for column in keys if frame[column].nunique(dropna=False) > 1] or keys[:1]
    index: list[Any] = slices
    if stringify_slices:
        frame["slices", ""] = [_slice_text(row, slices) for _, row in frame.iterrows()]
        index = [("slices", "")]
    frame[keys] = frame[keys].astype(object).where(frame[keys].notna(), None).map(str)
    pivoted = frame.pivot_table(index=index, columns=keys, values=[value_columns[0]], aggfunc="first", observed=True)
    pivoted.columns = pivoted.columns.droplevel([0, 1])
    if stringify_slices:
        pivoted.index.name = "slices"
    return pivoted


def _slice_text(row: Any, columns: list[tuple[str, str]]) -> str:
    import pandas as pd

    shown = [(name, row["slices", name]) for _, name in columns if not pd.isna(row["slices", name])]
    return stringify_slice_key(tuple(pair for pair in shown if pair[0] != "Overall"))


def _slice_columns(record: MetricsForSlice | PlotsForSlice) -> _Row:
    key = slice_key_of(record)
    if is_cross_slice_key(key):
        baseline, comparison = key
        text = f"{stringify_slice_key(baseline)} - {stringify_slice_key(comparison)}"  # type: ignore[arg-type]
        return {("slices", "cross_slice"): text}
    if not key:
        return {("slices", "Overall"): ""}
    return {("slices", str(column)): value for column, value in key}


def _key_columns(key: Any, prefix: str, *, metric: bool) -> _Row:
    sub_key = SubKey.from_proto(key.sub_key) if key.HasField("sub_key") else None
    row: _Row = {
        (prefix, "name"): key.name,
        (prefix, "model_name"): key.model_name,
        (prefix, "output_name"): key.output_name,
        (prefix, "sub_key"): None if sub_key is None else str(sub_key),
        (prefix, "example_weighted"): key.example_weighted.value if key.HasField("example_weighted") else None,
    }
    if metric:
        kind = AggregationType.from_proto(key.aggregation_type) if key.HasField("aggregation_type") else None
        row[prefix, "aggregation_type"] = None if kind is None else str(kind).strip()
        row[prefix, "is_diff"] = key.is_diff
    return row


def _flattened(value: Any) -> Iterator[dict[str, Any]]:
    """The rows of a value: one for a number, one per matrix, bucket or entry otherwise."""
    if hasattr(value, "matrices"):
        for matrix in value.matrices:
            if hasattr(matrix, "entries"):
                for entry in matrix.entries:
                    yield {"threshold": matrix.threshold, **_fields(entry)}
            else:
                yield _fields(matrix)
    elif hasattr(value, "buckets"):
        for bucket in value.buckets:
            yield _fields(bucket)
    elif hasattr(value, "data_type"):
        yield {"": [item for field, found in value.ListFields() if field.name.endswith("_values") for item in found]}
    else:
        yield {"": getattr(value, "value", value)}


def _fields(message: Any) -> dict[str, Any]:
    """Plain numbers of a message, defaults included; wrapped ones unwrapped, unset messages left out."""
    row = {}
    for field in message.DESCRIPTOR.fields:
        if field.message_type is None:
            row[field.name] = getattr(message, field.name)
        elif field.message_type.full_name.startswith("google.protobuf.") and message.HasField(field.name):
            row[field.name] = getattr(message, field.name).value
    return row


def _prefixed(prefix: str, kind: str, values: dict[str, Any]) -> _Row:
    return {(prefix, name or kind): value for name, value in values.items()}


def _dtype(column: tuple[str, str]) -> type | None:
    """Slice values stay as they are: with missing values pandas would make floats of integers."""
    return object if column[0] == "slices" else None


def _frame(rows: list[_Row], include_empty_columns: bool) -> pd.DataFrame:
    import pandas as pd

    columns = list(dict.fromkeys(column for row in rows for column in row))
    order = ("slices", "metric_keys", "plot_keys", "metric_values", "plot_data")
    columns.sort(key=lambda column: order.index(column[0]))
    found = [pd.Series([row.get(column) for row in rows], dtype=_dtype(column)) for column in columns]
    frame = pd.concat(found, axis=1)
    frame.columns = pd.MultiIndex.from_tuples(columns)
    if include_empty_columns:
        return frame
    empty = [
        column
        for column in frame.columns
        if column[0] in ("metric_keys", "plot_keys") and frame[column].map(lambda value: value in (None, "")).all()
    ]
    return frame.drop(columns=empty)
