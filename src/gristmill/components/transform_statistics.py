"""The statistics that Transform keeps beside its graph: of the raw examples, and of the transformed ones."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence

import pyarrow as pa
from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

import gristmill.data_validation as tfdv
from gristmill.components.example_validator import ANOMALIES_FILE
from gristmill.components.schema_gen import SCHEMA_FILE
from gristmill.components.statistics_gen import STATISTICS_FILE
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.user_module import user_code
from gristmill.engine.contract import Engine
from gristmill.errors import ConfigError
from gristmill.io import filesystem
from gristmill.io.examples import read_examples
from gristmill.io.shard import BatchReader, Shard

__all__ = ["StatsOptionsUpdater", "StatsType", "statistics_of", "write_post_transform", "write_pre_transform"]


class StatsType(enum.Enum):
    """Which statistics a ``stats_options_updater_fn`` is asked about."""

    UNKNOWN = 0
    PRE_TRANSFORM = 1
    POST_TRANSFORM = 2


StatsOptionsUpdater = Callable[[StatsType, tfdv.StatsOptions], tfdv.StatsOptions]


def statistics_of(
    stats_type: StatsType,
    shards: Sequence[Shard],
    schema: schema_pb2.Schema,
    engine: Engine,
    updater: StatsOptionsUpdater | None,
    through: Callable[[pa.RecordBatch], pa.RecordBatch] | None = None,
) -> tuple[statistics_pb2.DatasetFeatureStatisticsList, schema_pb2.Schema]:
    """The statistics, and the schema that the options carry after the user's function saw them.

    Args:
        stats_type: told to the user's function.
        shards: raw examples.
        schema: of the examples whose statistics are wanted.
        engine: does the pass.
        updater: the user's ``stats_options_updater_fn``.
        through: applied to each batch before its rows are counted.

    Raises:
        ConfigError: the user's function returns something else than StatsOptions.
    """
    options = tfdv.StatsOptions(schema=schema)
    if updater is not None:
        with user_code("stats_options_updater_fn"):
            options = updater(stats_type, options)
        if not isinstance(options, tfdv.StatsOptions):
            raise ConfigError("stats_options_updater_fn must return the StatsOptions", value=options)
    stage = "statistics before the transform" if stats_type is StatsType.PRE_TRANSFORM else "statistics after it"
    reader = _reader_through(through) if through is not None else None
    statistics = tfdv.generate_statistics(shards, options, engine=engine, stage=stage, reader=reader)
    return statistics, options.schema or schema


def _reader_through(function: Callable[[pa.RecordBatch], pa.RecordBatch]) -> BatchReader:
    return lambda shard: (function(batch) for batch in read_examples(shard))


def write_pre_transform(
    outputs: dict[str, list[Artifact]],
    statistics: statistics_pb2.DatasetFeatureStatisticsList,
    schema: schema_pb2.Schema,
) -> None:
    """Write ``pre_transform_stats`` and ``pre_transform_schema``."""
    _write_statistics(outputs["pre_transform_stats"][0], statistics)
    tfdv.write_schema_text(schema, filesystem.join(outputs["pre_transform_schema"][0].uri, SCHEMA_FILE))


def write_post_transform(
    outputs: dict[str, list[Artifact]],
    statistics: statistics_pb2.DatasetFeatureStatisticsList,
    schema: schema_pb2.Schema,
) -> None:
    """Write ``post_transform_stats``, ``post_transform_schema`` and ``post_transform_anomalies``."""
    _write_statistics(outputs["post_transform_stats"][0], statistics)
    tfdv.write_schema_text(schema, filesystem.join(outputs["post_transform_schema"][0].uri, SCHEMA_FILE))
    anomalies = tfdv.validate_statistics(statistics, schema)
    target = filesystem.join(outputs["post_transform_anomalies"][0].uri, ANOMALIES_FILE)
    filesystem.write_bytes(target, anomalies.SerializeToString(deterministic=True))


def _write_statistics(artifact: Artifact, statistics: statistics_pb2.DatasetFeatureStatisticsList) -> None:
    target = filesystem.join(artifact.uri, STATISTICS_FILE)
    filesystem.write_bytes(target, statistics.SerializeToString(deterministic=True))
