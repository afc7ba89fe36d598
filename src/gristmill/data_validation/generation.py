"""Statistics of data: examples, CSV files, TFRecord files, and DataFrames."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import statistics_pb2

from gristmill.data_validation.message_files import write_stats_records
from gristmill.data_validation.statistics.accumulator import StatisticsAccumulator
from gristmill.data_validation.stats_options import StatsOptions
from gristmill.engine.contract import Engine
from gristmill.engine.local import LocalEngine
from gristmill.errors import ConfigError, DataError, NotSupportedError, Place
from gristmill.io import filesystem
from gristmill.io.csv import CsvOptions, CsvReader, infer_csv_schema
from gristmill.io.examples import file_shards, read_examples
from gristmill.io.shard import BatchReader, Shard

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]

__all__ = [
    "generate_statistics",
    "generate_statistics_from_csv",
    "generate_statistics_from_dataframe",
    "generate_statistics_from_tfrecord",
]

_log = logging.getLogger(__name__)

_Statistics: TypeAlias = statistics_pb2.DatasetFeatureStatisticsList

_BATCH_ROWS = 65_536  # the fixed cost of a batch vanishes at this size


def generate_statistics(
    shards: Sequence[Shard],
    options: StatsOptions | None = None,
    *,
    engine: Engine | None = None,
    reader: BatchReader | None = None,
    stage: str = "statistics",
) -> _Statistics:
    """Statistics of all rows of all shards.

    Args:
        shards: the input, as ``io.examples.split_shards`` names it.
        options: what to compute.
        engine: where to compute it; all cores of this machine by default.
        reader: how to read a shard; examples in any format by default.
        stage: what to call this work in progress reports.

    Returns:
        One dataset without a name; with slice functions, ``All Examples`` and then each slice by name.

    Raises:
        DataError: the data is damaged or has a feature of several types.
    """
    options = options or StatsOptions()
    return (engine or LocalEngine()).aggregate(
        shards, StatisticsAccumulator(options), reader=reader or _examples_reader(options), stage=stage
    )


def generate_statistics_from_tfrecord(
    data_location: str,
    output_path: str | None = None,
    stats_options: StatsOptions | None = None,
    pipeline_options: Any = None,
) -> _Statistics:
    """Statistics of record files of tf.Examples, plain or gzip.

    Args:
        data_location: a file, or a pattern such as ``data/*.gz``; Parquet files of examples are read as well.
        output_path: file to write the statistics to, as one record; not written by default.
        stats_options: what to compute.
        pipeline_options: must be None: data is read on this machine.

    Raises:
        ConfigError: no file matches.
        DataError: a file is damaged.
    """
    _check_local(pipeline_options)
    result = generate_statistics(file_shards(_files(data_location)), stats_options)
    return _written(result, output_path)


def generate_statistics_from_csv(
    data_location: str,
    column_names: Sequence[str] | None = None,
    delimiter: str = ",",
    output_path: str | None = None,
    stats_options: StatsOptions | None = None,
    pipeline_options: Any = None,
    compression_type: str = "auto",
) -> _Statistics:
    """Statistics of CSV files; an empty field means that the feature is missing.

    A column of numbers that one value makes wider is logged as a warning, with the value's place.

    Args:
        data_location: a file, or a pattern such as ``data/*.csv``.
        column_names: names of the columns, for files without a header.
        delimiter: one character between the fields.
        output_path: file to write the statistics to, as one record; not written by default.
        stats_options: what to compute.
        pipeline_options: must be None: data is read on this machine.
        compression_type: must be ``"auto"``, for files that are not compressed.

    Raises:
        ConfigError: no file matches.
        DataError: a file is damaged: names file, line and column.
    """
    _check_local(pipeline_options)
    if compression_type != "auto":
        raise NotSupportedError(
            "Compressed CSV files cannot be read", value=compression_type, hint="decompress the files first"
        )
    options = stats_options or StatsOptions()
    schema = infer_csv_schema(_files(data_location), CsvOptions(delimiter=delimiter, column_names=column_names))
    for note in schema.notes():
        _log.warning(note)
    csv_reader = CsvReader(schema)

    def read(shard: Shard) -> Iterator[pa.RecordBatch]:
        return map(_empty_as_missing, csv_reader(shard))

    return _written(generate_statistics(schema.shards(), options, reader=read), output_path)


def generate_statistics_from_dataframe(
    dataframe: pd.DataFrame, stats_options: StatsOptions | None = None, n_jobs: int = 1
) -> _Statistics:
    """Statistics of a DataFrame; NaN, None and NaT mean that the feature is missing.

    Booleans count as 0 and 1, dates and times as texts. Columns of lists hold several values per row.

    Args:
        dataframe: a row per example.
        stats_options: what to compute.
        n_jobs: threads to use; -1 for all cores.

    Raises:
        TypeError: ``dataframe`` is none.
        ConfigError: ``n_jobs`` is 0 or below -1.
        DataError: a column mixes types or has one that no feature can have, or two columns have one name.
    """
    import pandas as pd

    if not isinstance(dataframe, pd.DataFrame):
        raise TypeError(f"dataframe must be a pandas DataFrame, and is a {type(dataframe).__name__}")
    if n_jobs < -1 or n_jobs == 0:
        raise ConfigError("n_jobs is the number of threads, or -1 for all cores", value=n_jobs)
    batch = _record_batch(dataframe)
    size = _BATCH_ROWS
    shards = [Shard("dataframe", "memory", start, start + size) for start in range(0, len(dataframe), size)]

    def read(shard: Shard) -> Iterator[pa.RecordBatch]:
        yield batch.slice(shard.start, size)

    engine = LocalEngine(None if n_jobs == -1 else n_jobs)
    return generate_statistics(shards, stats_options, engine=engine, reader=read)


def _examples_reader(options: StatsOptions) -> BatchReader:
    return partial(
        read_examples, features=_wanted_features(options), batch_rows=options.desired_batch_size or _BATCH_ROWS
    )


def _wanted_features(options: StatsOptions) -> list[str] | None:
    """The features to decode; None for all, which a slice function may look at."""
    if options.feature_allowlist is None or options.experimental_slice_functions:
        return None
    names = {path.steps()[0] for path in options.feature_allowlist}
    weights = {options.weight_feature, *(options.per_feature_weight_override or {}).values()}
    return sorted(names | {name for name in weights if name is not None})


def _files(data_location: str) -> list[str]:
    files = filesystem.glob(data_location) if any(mark in data_location for mark in "*?[") else [data_location]
    if not files:
        raise ConfigError("No file matches the data location", value=data_location)
    return files


def _check_local(pipeline_options: Any) -> None:
    if pipeline_options is not None:
        raise NotSupportedError(
            "Beam pipeline options are not used here", hint="call generate_statistics(shards, options, engine=...)"
        )


def _written(statistics: _Statistics, output_path: str | None) -> _Statistics:
    if output_path is not None:
        write_stats_records(statistics, output_path)
    return statistics


def _empty_as_missing(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = []
    for column in batch.columns:
        if not pa.types.is_null(column.type):
            empty = pc.equal(pc.list_value_length(column), 0)
            column = pc.if_else(empty, pa.scalar(None, column.type), column) if pc.any(empty).as_py() else column
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def _record_batch(dataframe: pd.DataFrame) -> pa.RecordBatch:
    """The DataFrame in Arrow's form, without its index."""
    columns: dict[str, pa.Array] = {}
    for position, label in enumerate(dataframe.columns):
        name = str(label)
        if name in columns:
            raise DataError(
                "Each column of a DataFrame needs a name of its own, as text",
                place=Place(column=name),
                hint="rename it, for example with dataframe.set_axis([...], axis=1)",
            )
        columns[name] = _arrow_column(name, dataframe.iloc[:, position])
    if not columns:
        return pa.RecordBatch.from_struct_array(pa.array([{}] * len(dataframe), pa.struct([])))
    return pa.record_batch(columns)


def _arrow_column(name: str, series: pd.Series) -> pa.Array:
    try:
        column = pa.array(series, from_pandas=True)
    except (pa.ArrowException, OverflowError) as error:
        raise DataError(
            "A column of a DataFrame has values of one type, and whole numbers of 64 bits",
            place=Place(column=name),
            value=str(series.dtype),
            hint=f"cast it first, for example with dataframe[{name!r}].astype(str); {error}",
        ) from error
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_temporal(column.type) or pa.types.is_decimal(column.type):
        return column.cast(pa.string())
    return column
