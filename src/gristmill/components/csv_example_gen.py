"""CsvExampleGen: CSV files become examples."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gristmill.components.example_gen import ExampleGenExecutor, ExampleGenSpec, FileBasedExampleGen, Source
from gristmill.dsl.component_spec import ExecutionParameter
from gristmill.dsl.executor_spec import BeamExecutorSpec
from gristmill.proto import example_gen_pb2, range_config_pb2

if TYPE_CHECKING:
    from gristmill.io.csv import CsvOptions

__all__ = ["CsvExampleGen", "CsvExampleGenExecutor", "CsvExampleGenSpec"]


class CsvExampleGenSpec(ExampleGenSpec):
    """Outputs and parameters of CsvExampleGen."""

    PARAMETERS = {**ExampleGenSpec.PARAMETERS, "csv_options": ExecutionParameter(type=dict, optional=True)}


class CsvExampleGenExecutor(ExampleGenExecutor):
    """Infers the types of all columns from all rows, then converts."""

    def source(self, files: Sequence[str], exec_properties: dict[str, Any]) -> Source:
        """The blocks of the files, with their common columns and types."""
        from gristmill.io.csv import CsvReader, infer_csv_schema  # loads Arrow

        schema = infer_csv_schema(files, _options(exec_properties.get("csv_options")))
        return Source(schema.shards(), CsvReader(schema), schema.notes())


def _options(text: str | None) -> CsvOptions:
    from gristmill.io.csv import ColumnType, CsvOptions

    values = json.loads(text) if text else {}
    types = {name: ColumnType[kind] for name, kind in values.pop("column_types", {}).items()}
    return CsvOptions(column_types=types, **values)


def _encoded(options: CsvOptions) -> dict[str, Any]:
    from gristmill.io.csv import ColumnType

    types = {name: ColumnType(kind).name for name, kind in options.column_types.items()}
    return {**dataclasses.asdict(options), "column_types": types}


class CsvExampleGen(FileBasedExampleGen):
    """Reads CSV files with a header line.

    A column is of the narrowest of INT, FLOAT and STRING that all of its values fit; an empty field is a feature
    without values. Outputs: ``examples``.
    """

    SPEC_CLASS = CsvExampleGenSpec
    EXECUTOR_SPEC = BeamExecutorSpec(CsvExampleGenExecutor)

    def __init__(
        self,
        input_base: str | None = None,
        input_config: example_gen_pb2.Input | dict[str, Any] | None = None,
        output_config: example_gen_pb2.Output | dict[str, Any] | None = None,
        range_config: range_config_pb2.RangeConfig | dict[str, Any] | None = None,
        output_file_format: int = example_gen_pb2.FORMAT_TFRECORDS_GZIP,
        csv_options: CsvOptions | None = None,
    ) -> None:
        """
        Args:
            input_base: directory under which the patterns of the input splits match.
            input_config: the input splits; one split of all files by default.
            output_config: the output splits; train and eval, 2 to 1, by default, where there is one input split.
            range_config: which span to read, where the patterns name one; the newest by default.
            output_file_format: FORMAT_TFRECORDS_GZIP or FILE_FORMAT_PARQUET.
            csv_options: delimiter, markers of missing values, types of columns.
        """
        super().__init__(
            input_base,
            input_config,
            output_config,
            range_config,
            output_file_format=output_file_format,
            csv_options=_encoded(csv_options) if csv_options is not None else None,
        )
