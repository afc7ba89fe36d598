"""StatisticsGen: descriptive statistics of each split of the examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gristmill.data_validation as tfdv
from gristmill.components.artifact_access import only, only_or_none
from gristmill.components.split_selection import included_splits, names_or_json
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.base_component import BaseBeamComponent
from gristmill.dsl.channel import BaseChannel
from gristmill.dsl.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter
from gristmill.dsl.executor import BaseExecutor
from gristmill.dsl.executor_spec import BeamExecutorSpec
from gristmill.dsl.standard_artifacts import Examples, ExampleStatistics, Schema
from gristmill.errors import ConfigError
from gristmill.io import filesystem

__all__ = ["STATISTICS_FILE", "StatisticsGen", "StatisticsGenExecutor", "StatisticsGenSpec"]

STATISTICS_FILE = "FeatureStats.pb"


class StatisticsGenSpec(ComponentSpec):
    """Inputs, outputs and parameters of StatisticsGen."""

    PARAMETERS = {
        "stats_options_json": ExecutionParameter(type=str, optional=True),
        "exclude_splits": ExecutionParameter(type=list, optional=True),
    }
    INPUTS = {
        "examples": ChannelParameter(type=Examples),
        "schema": ChannelParameter(type=Schema, optional=True),
    }
    OUTPUTS = {"statistics": ChannelParameter(type=ExampleStatistics)}


class StatisticsGenExecutor(BaseExecutor):
    """Writes ``Split-<name>/FeatureStats.pb`` for each split."""

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Computes and writes the statistics."""
        from gristmill.io.examples import split_shards  # loads Arrow

        examples = only(input_dict, "examples", Examples)
        statistics = only(output_dict, "statistics", ExampleStatistics)
        options = _options(exec_properties.get("stats_options_json"), only_or_none(input_dict, "schema", Schema))
        splits = included_splits(examples.splits, exec_properties.get("exclude_splits"))
        features = 0
        for split in splits:
            result = tfdv.generate_statistics(
                split_shards(examples.uri, split), options, engine=self.context.engine, stage=f"statistics of {split}"
            )
            features = max(features, len(result.datasets[0].features))
            target = filesystem.join(statistics.uri, f"Split-{split}", STATISTICS_FILE)
            filesystem.write_bytes(target, result.SerializeToString(deterministic=True))
        statistics.splits = splits
        statistics.span = examples.span
        self.context.report(f"{features} features × {len(splits)} splits")


def _options(options_json: str | None, schema: Artifact | None) -> tfdv.StatsOptions:
    options = tfdv.StatsOptions.from_json(options_json) if options_json else tfdv.StatsOptions()
    if schema is not None:
        if options.schema is not None:
            raise ConfigError(
                "a schema may come from the input 'schema' or from stats_options, not from both",
                hint="leave one of them out",
            )
        options.schema = tfdv.load_schema_text(filesystem.join(schema.uri, "schema.pbtxt"))
    return options


class StatisticsGen(BaseBeamComponent):
    """Computes statistics over each split of the examples.

    Outputs: ``statistics``.
    """

    SPEC_CLASS = StatisticsGenSpec
    EXECUTOR_SPEC = BeamExecutorSpec(StatisticsGenExecutor)

    def __init__(
        self,
        examples: BaseChannel,
        schema: BaseChannel | None = None,
        stats_options: tfdv.StatsOptions | None = None,
        exclude_splits: Sequence[str] | None = None,
    ) -> None:
        """
        Args:
            examples: channel of Examples.
            schema: channel of a Schema that says how to treat the features; not together with ``stats_options.schema``.
            stats_options: what to compute.
            exclude_splits: names of splits to leave out.
        """
        super().__init__(
            StatisticsGenSpec(
                examples=examples,
                schema=schema,
                stats_options_json=stats_options.to_json() if stats_options else None,
                exclude_splits=names_or_json(exclude_splits),
            )
        )
