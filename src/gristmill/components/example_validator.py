"""ExampleValidator: what in the statistics contradicts the schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tensorflow_metadata.proto.v0 import anomalies_pb2

import gristmill.data_validation as tfdv
from gristmill.components.artifact_access import only
from gristmill.components.schema_gen import SCHEMA_FILE
from gristmill.components.split_selection import included_splits, names_or_json
from gristmill.components.statistics_gen import STATISTICS_FILE
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.channel import BaseChannel
from gristmill.dsl.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter
from gristmill.dsl.executor import BaseExecutor
from gristmill.dsl.executor_spec import ExecutorClassSpec
from gristmill.dsl.standard_artifacts import ExampleAnomalies, ExampleStatistics, Schema
from gristmill.io import filesystem

__all__ = ["ANOMALIES_FILE", "ExampleValidator", "ExampleValidatorExecutor", "ExampleValidatorSpec"]

ANOMALIES_FILE = "SchemaDiff.pb"
BLESSED_KEY = "blessed"


class ExampleValidatorSpec(ComponentSpec):
    """Inputs, outputs and parameters of ExampleValidator."""

    PARAMETERS = {"exclude_splits": ExecutionParameter(type=list, optional=True)}
    INPUTS = {
        "statistics": ChannelParameter(type=ExampleStatistics),
        "schema": ChannelParameter(type=Schema),
    }
    OUTPUTS = {"anomalies": ChannelParameter(type=ExampleAnomalies)}


class ExampleValidatorExecutor(BaseExecutor):
    """Writes ``Split-<name>/SchemaDiff.pb`` for each split; anomalies are reported and do not fail the run."""

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Validates each split and writes what was found."""
        statistics = only(input_dict, "statistics", ExampleStatistics)
        anomalies = only(output_dict, "anomalies", ExampleAnomalies)
        schema = tfdv.load_schema_text(filesystem.join(only(input_dict, "schema", Schema).uri, SCHEMA_FILE))
        splits = included_splits(statistics.splits, exec_properties.get("exclude_splits"))
        found: dict[str, anomalies_pb2.Anomalies] = {}
        for split in splits:
            stats = tfdv.load_stats_binary(filesystem.join(statistics.path(split=split), STATISTICS_FILE))
            found[split] = tfdv.validate_statistics(stats, schema)
            target = filesystem.join(anomalies.uri, f"Split-{split}", ANOMALIES_FILE)
            filesystem.write_bytes(target, found[split].SerializeToString(deterministic=True))
        anomalies.splits = splits
        anomalies.span = statistics.span
        blessed = {split: int(not _has_anomalies(result)) for split, result in found.items()}
        anomalies.set_json_value_custom_property(BLESSED_KEY, blessed)
        self.context.report(_summary(found))


def _has_anomalies(result: anomalies_pb2.Anomalies) -> bool:
    return bool(result.anomaly_info) or result.HasField("dataset_anomaly_info") or result.data_missing


def _summary(found: dict[str, anomalies_pb2.Anomalies]) -> str:
    lines = [
        f"{split}: " + (", ".join(sorted(result.anomaly_info)) or "the dataset as a whole")
        for split, result in found.items()
        if _has_anomalies(result)
    ]
    return "anomalies in " + "; ".join(lines) if lines else "no anomalies"


class ExampleValidator(BaseComponent):
    """Checks the statistics of each split against the schema.

    Outputs: ``anomalies``.
    """

    SPEC_CLASS = ExampleValidatorSpec
    EXECUTOR_SPEC = ExecutorClassSpec(ExampleValidatorExecutor)

    def __init__(
        self, statistics: BaseChannel, schema: BaseChannel, exclude_splits: Sequence[str] | None = None
    ) -> None:
        """
        Args:
            statistics: channel of ExampleStatistics.
            schema: channel of a Schema.
            exclude_splits: names of splits to leave out.
        """
        super().__init__(
            ExampleValidatorSpec(statistics=statistics, schema=schema, exclude_splits=names_or_json(exclude_splits))
        )
