"""SchemaGen: a schema inferred from statistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2

import gristmill.data_validation as tfdv
from gristmill.components.artifact_access import only
from gristmill.components.split_selection import included_splits, names_or_json
from gristmill.components.statistics_gen import STATISTICS_FILE
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.channel import BaseChannel
from gristmill.dsl.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter
from gristmill.dsl.executor import BaseExecutor
from gristmill.dsl.executor_spec import ExecutorClassSpec
from gristmill.dsl.standard_artifacts import ExampleStatistics, Schema
from gristmill.io import filesystem

__all__ = ["SCHEMA_FILE", "SchemaGen", "SchemaGenExecutor", "SchemaGenSpec"]

SCHEMA_FILE = "schema.pbtxt"


class SchemaGenSpec(ComponentSpec):
    """Inputs, outputs and parameters of SchemaGen."""

    PARAMETERS = {
        "infer_feature_shape": ExecutionParameter(type=int, optional=True),
        "exclude_splits": ExecutionParameter(type=list, optional=True),
    }
    INPUTS = {"statistics": ChannelParameter(type=ExampleStatistics)}
    OUTPUTS = {"schema": ChannelParameter(type=Schema)}


class SchemaGenExecutor(BaseExecutor):
    """Writes ``schema.pbtxt``: inferred from the first split and widened by each further one."""

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Infers and writes the schema."""
        statistics = only(input_dict, "statistics", ExampleStatistics)
        infer_shape = bool(exec_properties.get("infer_feature_shape"))
        schema: schema_pb2.Schema | None = None
        for split in included_splits(statistics.splits, exec_properties.get("exclude_splits")):
            stats = tfdv.load_stats_binary(filesystem.join(statistics.path(split=split), STATISTICS_FILE))
            if schema is None:
                schema = tfdv.infer_schema(stats, infer_feature_shape=infer_shape)
            else:
                schema = tfdv.update_schema(schema, stats, infer_feature_shape=infer_shape)
        assert schema is not None  # there is at least one split
        tfdv.write_schema_text(schema, filesystem.join(output_dict["schema"][0].uri, SCHEMA_FILE))
        self.context.report(f"{len(schema.feature)} features, {len(schema.string_domain)} string domains")


class SchemaGen(BaseComponent):
    """Infers a schema from the statistics of all splits.

    Outputs: ``schema``.
    """

    SPEC_CLASS = SchemaGenSpec
    EXECUTOR_SPEC = ExecutorClassSpec(SchemaGenExecutor)

    def __init__(
        self,
        statistics: BaseChannel,
        infer_feature_shape: bool = True,
        exclude_splits: Sequence[str] | None = None,
    ) -> None:
        """
        Args:
            statistics: channel of ExampleStatistics.
            infer_feature_shape: whether features that always have the same number of values get a fixed shape.
            exclude_splits: names of splits to leave out.
        """
        super().__init__(
            SchemaGenSpec(
                statistics=statistics,
                infer_feature_shape=int(infer_feature_shape),
                exclude_splits=names_or_json(exclude_splits),
            )
        )
