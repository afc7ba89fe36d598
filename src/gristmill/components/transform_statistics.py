"""The statistics that Transform keeps beside its graph: of the raw examples, and of the transformed ones."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from gristmill.transform.analysis import TransformFunction

__all__ = ["StatsOptionsUpdater", "StatsType", "write_post_transform", "write_pre_transform"]


class StatsType(enum.Enum):
    """Which statistics a ``stats_options_updater_fn`` is asked about."""

    UNKNOWN = 0
    PRE_TRANSFORM = 1
    POST_TRANSFORM = 2


StatsOptionsUpdater = Callable[[StatsType, tfdv.StatsOptions], tfdv.StatsOptions]


def write_pre_transform(
    outputs: dict[str, list[Artifact]],
    shards: Sequence[Shard],
    schema: schema_pb2.Schema,
    engine: Engine,
    updater: StatsOptionsUpdater | None,
) -> None:
    """Write ``pre_transform_stats`` and ``pre_transform_schema``.

    Args:
        outputs: the component's outputs.
        shards: raw examples.
        schema: of the raw examples.
        engine: does the pass.
        updater: the user's ``stats_options_updater_fn``.

    Raises:
        ConfigError: the user's function returns something else than StatsOptions.
    """
    options = _options(StatsType.PRE_TRANSFORM, schema, updater)
    statistics = tfdv.generate_statistics(shards, options, engine=engine, stage="statistics before the transform")
    _write_statistics(outputs["pre_transform_stats"][0], statistics)
    _write_schema(outputs["pre_transform_schema"][0], options.schema or schema)


def write_post_transform(
    outputs: dict[str, list[Artifact]],
    shards: Sequence[Shard],
    schema: schema_pb2.Schema,
    engine: Engine,
    updater: StatsOptionsUpdater | None,
    function: TransformFunction | None,
) -> None:
    """Write ``post_transform_stats``, ``post_transform_schema`` and ``post_transform_anomalies``.

    Args:
        outputs: the component's outputs.
        shards: transformed examples; raw ones where there is a ``function``.
        schema: of the transformed examples.
        engine: does the pass.
        updater: the user's ``stats_options_updater_fn``.
        function: transforms each batch before its rows are counted.

    Raises:
        ConfigError: the user's function returns something else than StatsOptions.
    """
    options = _options(StatsType.POST_TRANSFORM, schema, updater)
    reader = None if function is None else _reader_through(function)
    statistics = tfdv.generate_statistics(
        shards, options, engine=engine, reader=reader, stage="statistics after the transform"
    )
    _write_statistics(outputs["post_transform_stats"][0], statistics)
    _write_schema(outputs["post_transform_schema"][0], options.schema or schema)
    anomalies = tfdv.validate_statistics(statistics, options.schema or schema)
    target = filesystem.join(outputs["post_transform_anomalies"][0].uri, ANOMALIES_FILE)
    filesystem.write_bytes(target, anomalies.SerializeToString(deterministic=True))


def _options(
    stats_type: StatsType, schema: schema_pb2.Schema, updater: StatsOptionsUpdater | None
) -> tfdv.StatsOptions:
    """The options after the user's function saw them."""
    options = tfdv.StatsOptions(schema=schema)
    if updater is not None:
        with user_code("stats_options_updater_fn"):
            options = updater(stats_type, options)
        if not isinstance(options, tfdv.StatsOptions):
            raise ConfigError("stats_options_updater_fn must return the StatsOptions", value=options)
    return options


def _reader_through(function: TransformFunction) -> BatchReader:
    return lambda shard: (function(batch) for batch in read_examples(shard, features=function.columns))


def _write_statistics(artifact: Artifact, statistics: statistics_pb2.DatasetFeatureStatisticsList) -> None:
    target = filesystem.join(artifact.uri, STATISTICS_FILE)
    filesystem.write_bytes(target, statistics.SerializeToString(deterministic=True))


def _write_schema(artifact: Artifact, schema: schema_pb2.Schema) -> None:
    tfdv.write_schema_text(schema, filesystem.join(artifact.uri, SCHEMA_FILE))
