"""Statistics, schemas and anomalies in files: text, binary, and records."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias, TypeVar

from google.protobuf import text_format
from google.protobuf.message import DecodeError, Message
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from gristmill.errors import ConfigError, DataError, Place
from gristmill.io import filesystem, tfrecord

__all__ = [
    "default_sharded_output_suffix",
    "default_sharded_output_supported",
    "load_anomalies_text",
    "load_schema_text",
    "load_sharded_statistics",
    "load_statistics",
    "load_stats_binary",
    "load_stats_text",
    "write_anomalies_text",
    "write_schema_text",
    "write_stats_binary",
    "write_stats_records",
    "write_stats_text",
]

_Statistics: TypeAlias = statistics_pb2.DatasetFeatureStatisticsList
_AnyMessage = TypeVar("_AnyMessage", bound=Message)


def default_sharded_output_supported() -> bool:
    """Whether statistics can be written over several files; they are written as one."""
    return False


def default_sharded_output_suffix() -> str:
    """How the names of sharded statistics files end."""
    return ".tfrecords"


def load_statistics(input_path: str) -> _Statistics:
    """The statistics of a file, whichever way it was written: as a record file, as text or as one binary message.

    Raises:
        DataError: the file is none of these, holds nothing, or is a record file that is damaged.
    """
    for load in (_from_record_file, load_stats_text, load_stats_binary):
        try:
            result = load(input_path)
        except DataError as error:
            if error.place is not None and error.place.record:  # records before it were read: it is a record file
                raise
        else:
            if result.datasets:
                return result
    raise DataError(
        "The file holds no statistics: neither as records, nor as text, nor as one binary message",
        place=Place(uri=input_path),
        hint="write it again, or fetch it again",
    )


def load_stats_text(input_path: str) -> _Statistics:
    """The statistics of a text-format file."""
    return _load_text(input_path, _Statistics())


def load_stats_binary(input_path: str) -> _Statistics:
    """The statistics of a file that is one binary message, such as ``FeatureStats.pb``."""
    return _parsed(filesystem.read_bytes(input_path), Place(uri=input_path))


def load_sharded_statistics(
    input_path_prefix: str | None = None, input_paths: Iterable[str] | None = None
) -> _Statistics:
    """The statistics that are spread over several record files, joined by dataset name.

    Args:
        input_path_prefix: the files are ``<prefix>-SSSSS-of-NNNNN*``.
        input_paths: the files themselves.

    Raises:
        ConfigError: not exactly one of both is given, or no file is there.
    """
    if (input_path_prefix is None) == (input_paths is None):
        raise ConfigError("Sharded statistics are named by a prefix or by their paths", hint="give exactly one of both")
    paths = list(input_paths) if input_paths is not None else filesystem.glob(f"{input_path_prefix}-*-of-*")
    if not paths:
        raise ConfigError("There are no statistics files", value=input_path_prefix)
    return _from_records(paths)


def write_stats_text(stats: _Statistics, output_path: str) -> None:
    """Write statistics in text format.

    Raises:
        TypeError: ``stats`` is another message.
    """
    _write_text(stats, _Statistics, output_path)


def write_stats_binary(stats: _Statistics, output_path: str) -> None:
    """Write statistics as one binary message."""
    filesystem.write_bytes(output_path, stats.SerializeToString(deterministic=True))


def write_stats_records(stats: _Statistics, output_path: str) -> None:
    """Write statistics as a record file of one record."""
    tfrecord.write_records(output_path, [stats.SerializeToString(deterministic=True)], compress=False)


def load_schema_text(input_path: str) -> schema_pb2.Schema:
    """The schema of a text-format file."""
    return _load_text(input_path, schema_pb2.Schema())


def write_schema_text(schema: schema_pb2.Schema, output_path: str) -> None:
    """Write a schema in text format.

    Raises:
        TypeError: ``schema`` is another message.
    """
    _write_text(schema, schema_pb2.Schema, output_path)


def load_anomalies_text(input_path: str) -> anomalies_pb2.Anomalies:
    """The anomalies of a text-format file."""
    return _load_text(input_path, anomalies_pb2.Anomalies())


def write_anomalies_text(anomalies: anomalies_pb2.Anomalies, output_path: str) -> None:
    """Write anomalies in text format.

    Raises:
        TypeError: ``anomalies`` is another message.
    """
    _write_text(anomalies, anomalies_pb2.Anomalies, output_path)


def _load_text(path: str, message: _AnyMessage) -> _AnyMessage:
    name = message.DESCRIPTOR.name
    try:
        text_format.Parse(filesystem.read_text(path), message)
    except text_format.ParseError as error:
        place = Place(uri=path, line=error.GetLine())
        raise DataError(f"The file is not a {name} in text format", place=place, hint=str(error)) from error
    return message


def _write_text(message: Message, kind: type[Message], path: str) -> None:
    if not isinstance(message, kind):
        raise TypeError(f"expected a {kind.DESCRIPTOR.name} message, got {type(message).__name__}")
    filesystem.write_text(path, text_format.MessageToString(message))


def _from_record_file(path: str) -> _Statistics:
    return _from_records([path])


def _from_records(paths: Iterable[str]) -> _Statistics:
    result = _Statistics()
    datasets: dict[str, statistics_pb2.DatasetFeatureStatistics] = {}
    for path in paths:
        for number, record in enumerate(tfrecord.read_records(path)):
            for part in _parsed(record, Place(uri=path, record=number)).datasets:
                _join(result, datasets, part)
    return result


def _parsed(content: bytes, place: Place) -> _Statistics:
    try:
        return _Statistics.FromString(content)
    except DecodeError as error:
        raise DataError(
            "These bytes are not a binary DatasetFeatureStatisticsList",
            place=place,
            hint="load_stats_text reads the text format, load_statistics finds out by itself",
        ) from error


def _join(
    result: _Statistics,
    datasets: dict[str, statistics_pb2.DatasetFeatureStatistics],
    part: statistics_pb2.DatasetFeatureStatistics,
) -> None:
    """Add the features of a partial dataset to the dataset of its name."""
    dataset = datasets.get(part.name)
    if dataset is None:
        result.datasets.append(part)
        datasets[part.name] = result.datasets[-1]
        return
    dataset.features.extend(part.features)
    dataset.cross_features.extend(part.cross_features)
    dataset.num_examples = max(dataset.num_examples, part.num_examples)
    dataset.weighted_num_examples = max(dataset.weighted_num_examples, part.weighted_num_examples)
