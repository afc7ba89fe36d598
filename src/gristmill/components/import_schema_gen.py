"""ImportSchemaGen: a schema that a person keeps, brought into the pipeline."""

from __future__ import annotations

from typing import Any

import gristmill.data_validation as tfdv
from gristmill.components.schema_gen import SCHEMA_FILE
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter
from gristmill.dsl.executor import BaseExecutor
from gristmill.dsl.executor_spec import ExecutorClassSpec
from gristmill.dsl.standard_artifacts import Schema
from gristmill.io import filesystem

__all__ = ["ImportSchemaGen", "ImportSchemaGenExecutor", "ImportSchemaGenSpec"]


class ImportSchemaGenSpec(ComponentSpec):
    """Outputs and parameters of ImportSchemaGen."""

    PARAMETERS = {"schema_file": ExecutionParameter(type=str)}
    OUTPUTS = {"schema": ChannelParameter(type=Schema)}


class ImportSchemaGenExecutor(BaseExecutor):
    """Copies the schema file, byte for byte, after it was parsed once."""

    @classmethod
    def external_inputs(cls, exec_properties: dict[str, Any]) -> list[str]:
        """The schema file."""
        return [exec_properties["schema_file"]]

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Parses and copies the schema."""
        source = exec_properties["schema_file"]
        schema = tfdv.load_schema_text(source)
        [output] = output_dict["schema"]
        filesystem.copy_file(source, filesystem.join(output.uri, SCHEMA_FILE))
        self.context.report(f"{len(schema.feature)} features from {source}")


class ImportSchemaGen(BaseComponent):
    """Brings a schema file (text format) into the pipeline.

    Outputs: ``schema``.
    """

    SPEC_CLASS = ImportSchemaGenSpec
    EXECUTOR_SPEC = ExecutorClassSpec(ImportSchemaGenExecutor)

    def __init__(self, schema_file: str) -> None:
        """
        Args:
            schema_file: path of a Schema message in text format.
        """
        super().__init__(ImportSchemaGenSpec(schema_file=schema_file))
