"""The statistics that Transform keeps beside its graph: of the raw examples, and of the transformed ones."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

import gristmill.data_validation as tfdv
from gristmill.components.example_validator import ANOMALIES_FILE
from gristmill.components.schema_gen import SCHEMA_FILE
from gristmill.components.statistics_gen import STATISTICS_FILE
from gristmill.data_validation.statistics.accumulator import StatisticsAccumulator
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.user_code import place_of_function, user_code
from gristmill.dsl.user_module import check_takes
from gristmill.engine.contract import Engine, Sink
from gristmill.engine.merging import MergeTree
from gristmill.engine.summing_sink import SummingSink
from gristmill.errors import ConfigError
from gristmill.io import filesystem
from gristmill.io.examples import read_examples
from gristmill.io.shard import BatchReader, Shard

if TYPE_CHECKING:
    from gristmill.transform.analysis import TransformFunction

__all__ = ["SideStatistics", "StatsOptionsUpdater", "StatsType", "write_post_transform", "write_pre_transform"]

Statistics: TypeAlias = statistics_pb2.DatasetFeatureStatisticsList


class StatsType(enum.Enum):
    """Which statistics a ``stats_options_updater_fn`` is asked about."""

    UNKNOWN = 0
    PRE_TRANSFORM = 1
    POST_TRANSFORM = 2


StatsOptionsUpdater = Callable[[StatsType, tfdv.StatsOptions], tfdv.StatsOptions]


class SideStatistics:
    """The statistics of the examples on one side of a transform.

    They are added up by a pass that has these rows at hand anyway, where that gives the same figures. A sample is drawn
    by the place of a row in its file, and a batch size that was asked for is that of a pass of its own.

    Args:
        stats_type: which side.
        schema: of the examples there.
        updater: the user's ``stats_options_updater_fn``.

    Attributes:
        schema: with which the statistics are made.
        accumulator: for another pass to feed; None where they need one of their own.

    Raises:
        ConfigError: the user's function returns something else than StatsOptions.
    """

    def __init__(self, stats_type: StatsType, schema: schema_pb2.Schema, updater: StatsOptionsUpdater | None) -> None:
        self._options = _options(stats_type, schema, updater)
        self.schema = self._options.schema or schema
        alone = self._options.sample_rate is not None or self._options.desired_batch_size is not None
        self.accumulator = None if alone else StatisticsAccumulator(self._options)
        self._sinks: list[SummingSink[Any, Any]] = []

    def along_with(self, sink: Sink[Any]) -> Sink[Any]:
        """The sink, made to add up the rows that it is given."""
        if self.accumulator is None:
            return sink
        self._sinks.append(SummingSink(sink, self.accumulator))
        return self._sinks[-1]

    def of_sinks(self) -> Statistics | None:
        """The statistics of the rows that went into sinks, once they are finished; None if there was no such sink."""
        if self.accumulator is None or not self._sinks:
            return None
        states = MergeTree(self.accumulator)
        for sink in self._sinks:
            states.append(sink.merged())
        return self.accumulator.extract(states.merged())

    def of_shards(self, shards: Sequence[Shard], engine: Engine, stage: str, reader: BatchReader | None) -> Statistics:
        """The statistics in a pass of their own."""
        return tfdv.generate_statistics(shards, self._options, engine=engine, reader=reader, stage=stage)


def write_pre_transform(
    outputs: dict[str, list[Artifact]],
    side: SideStatistics,
    found: Statistics | None,
    shards: Sequence[Shard],
    engine: Engine,
) -> None:
    """Write ``pre_transform_stats`` and ``pre_transform_schema``.

    Args:
        outputs: the component's outputs.
        side: what to compute.
        found: the statistics, if the analysis added them up.
        shards: raw examples, for a pass if it did not.
        engine: does the pass.
    """
    statistics = found
    if statistics is None:
        statistics = side.of_shards(shards, engine, "statistics before the transform", None)
    _write_statistics(outputs["pre_transform_stats"][0], statistics)
    _write_schema(outputs["pre_transform_schema"][0], side.schema)


def write_post_transform(
    outputs: dict[str, list[Artifact]],
    side: SideStatistics,
    shards: Sequence[Shard],
    engine: Engine,
    function: TransformFunction | None,
) -> None:
    """Write ``post_transform_stats``, ``post_transform_schema`` and ``post_transform_anomalies``.

    Args:
        outputs: the component's outputs.
        side: what to compute; may have added up the rows when they were written.
        shards: transformed examples, for a pass if it did not; raw ones where there is a ``function``.
        engine: does the pass.
        function: transforms each batch before its rows are counted.
    """
    statistics = side.of_sinks()
    if statistics is None:
        reader = None if function is None else _reader_through(function)
        statistics = side.of_shards(shards, engine, "statistics after the transform", reader)
    _write_statistics(outputs["post_transform_stats"][0], statistics)
    _write_schema(outputs["post_transform_schema"][0], side.schema)
    anomalies = tfdv.validate_statistics(statistics, side.schema)
    target = filesystem.join(outputs["post_transform_anomalies"][0].uri, ANOMALIES_FILE)
    filesystem.write_bytes(target, anomalies.SerializeToString(deterministic=True))


def _options(
    stats_type: StatsType, schema: schema_pb2.Schema, updater: StatsOptionsUpdater | None
) -> tfdv.StatsOptions:
    """The options after the user's function saw them."""
    options = tfdv.StatsOptions(schema=schema)
    if updater is not None:
        check_takes(updater, "stats_options_updater_fn", ("stats_type", "stats_options"))
        with user_code("stats_options_updater_fn"):
            options = updater(stats_type, options)
        if not isinstance(options, tfdv.StatsOptions):
            raise ConfigError(
                "stats_options_updater_fn must return the StatsOptions",
                place=place_of_function(updater),
                value=str(options),
                hint="end it in: return stats_options",
            )
    return options


def _reader_through(function: TransformFunction) -> BatchReader:
    return lambda shard: (function(batch) for batch in read_examples(shard, features=function.columns))


def _write_statistics(artifact: Artifact, statistics: Statistics) -> None:
    target = filesystem.join(artifact.uri, STATISTICS_FILE)
    filesystem.write_bytes(target, statistics.SerializeToString(deterministic=True))


def _write_schema(artifact: Artifact, schema: schema_pb2.Schema) -> None:
    tfdv.write_schema_text(schema, filesystem.join(artifact.uri, SCHEMA_FILE))
