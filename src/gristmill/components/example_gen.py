"""What all file-based ExampleGens share: which files are read, how rows are dealt out to splits, what is recorded."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import json_format

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.base_component import BaseBeamComponent
from gristmill.dsl.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter
from gristmill.dsl.executor import BaseBeamExecutor
from gristmill.dsl.standard_artifacts import Examples
from gristmill.errors import ConfigError, DataError, NotSupportedError, Place
from gristmill.io import filesystem, spans
from gristmill.io.shard import BatchReader, Shard
from gristmill.proto import example_gen_pb2, range_config_pb2

__all__ = ["ExampleGenExecutor", "ExampleGenSpec", "FileBasedExampleGen", "Source"]

SINGLE_SPLIT = "single_split"
FILES_PREFIX = "data_tfrecord"
PARQUET_PREFIX = "data_parquet"
FILE_FORMATS = {
    example_gen_pb2.FILE_FORMAT_UNSPECIFIED: "tfrecords_gzip",
    example_gen_pb2.FORMAT_TFRECORDS_GZIP: "tfrecords_gzip",
    example_gen_pb2.FILE_FORMAT_PARQUET: "parquet",
}


class ExampleGenSpec(ComponentSpec):
    """Outputs and parameters of a file-based ExampleGen."""

    PARAMETERS = {
        "input_base": ExecutionParameter(type=str),
        "input_config": ExecutionParameter(type=example_gen_pb2.Input),
        "output_config": ExecutionParameter(type=example_gen_pb2.Output),
        "output_data_format": ExecutionParameter(type=int),
        "output_file_format": ExecutionParameter(type=int),
        "range_config": ExecutionParameter(type=range_config_pb2.RangeConfig, optional=True),
    }
    OUTPUTS = {"examples": ChannelParameter(type=Examples)}


@dataclass(frozen=True)
class Source:
    """The files of one input split, ready for the engine.

    Attributes:
        shards: what to read.
        reader: how to read it.
        notes: lines for people, about what is unusual in the files.
    """

    shards: Sequence[Shard]
    reader: BatchReader
    notes: Sequence[str] = field(default_factory=tuple)


class ExampleGenExecutor(BaseBeamExecutor):
    """Reads the newest span of the input and writes its rows as ``Split-<name>/`` files of examples."""

    @abstractmethod
    def source(self, files: Sequence[str], exec_properties: dict[str, Any]) -> Source:
        """How the files of one input split are read."""

    @classmethod
    def external_inputs(cls, exec_properties: dict[str, Any]) -> list[str]:
        """The files that would be read: they decide the output as much as any parameter."""
        files = _files(exec_properties, _resolve(exec_properties))
        return [uri for uris in files.values() for uri in uris]

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Reads, splits and writes."""
        [examples] = output_dict["examples"]
        resolved = _resolve(exec_properties)
        files = _files(exec_properties, resolved)
        config = json_format.Parse(exec_properties["output_config"], example_gen_pb2.Output()).split_config
        rows: dict[str, int] = {}
        notes: list[str] = []
        for name, uris in files.items():
            source = self.source(uris, exec_properties)
            written = self._write(source, name, config, examples.uri, exec_properties)
            _require_rows(written, name, uris)
            rows.update(written)
            notes.extend(source.notes)
        _describe(examples, resolved, list(rows), spans.fingerprint(files), exec_properties)
        self.context.report(_summary(rows))
        for note in notes:
            self.context.report(note)

    def _write(
        self,
        source: Source,
        input_split: str,
        config: example_gen_pb2.SplitConfig,
        uri: str,
        exec_properties: dict[str, Any],
    ) -> dict[str, int]:
        """Deal the rows of one input split out; the number of rows of each output split."""
        from gristmill.io.examples import ExamplesSink  # loads Arrow, as the next does
        from gristmill.io.splits import HashSplitter, Split

        file_format = FILE_FORMATS[exec_properties["output_file_format"]]
        splits = [Split(split.name, split.hash_buckets) for split in config.splits] or [Split(input_split, 1)]
        parquet = file_format == "parquet"
        sink = ExamplesSink(
            {split.name: filesystem.join(uri, f"Split-{split.name}") for split in splits},
            prefix=PARQUET_PREFIX if parquet else FILES_PREFIX,
            file_format=file_format,
        )
        splitter = HashSplitter(splits, partition_feature=config.partition_feature_name or None, as_records=not parquet)
        stage = "examples" if input_split == SINGLE_SPLIT else f"examples of {input_split}"
        written = self.context.engine.map(source.shards, splitter, sink, reader=source.reader, stage=stage)
        return {split.name: sum(shard.rows or 0 for shard in written[split.name]) for split in splits}


def _require_rows(written: dict[str, int], split: str, uris: Sequence[str]) -> None:
    if not sum(written.values()):
        raise DataError(
            f"the split {split!r} must have rows, and there are none in its files",
            place=Place(uri=uris[0]),
            value=None if len(uris) == 1 else f"and {len(uris) - 1:,} more, all without rows",
            hint="check what wrote them, or name other files in the pattern of the input",
        )


def _resolve(exec_properties: dict[str, Any]) -> spans.ResolvedInput:
    inputs = json_format.Parse(exec_properties["input_config"], example_gen_pb2.Input())
    patterns = {split.name: split.pattern for split in inputs.splits}
    text = exec_properties.get("range_config")
    wanted = _span_range(json_format.Parse(text, range_config_pb2.RangeConfig())) if text else None
    return spans.resolve_input(exec_properties["input_base"], patterns, wanted)


def _span_range(config: range_config_pb2.RangeConfig) -> spans.SpanRange | None:
    if config.HasField("static_range"):
        return spans.StaticSpans(config.static_range.start_span_number, config.static_range.end_span_number)
    if config.HasField("rolling_range"):
        return spans.RollingSpans(config.rolling_range.num_spans, config.rolling_range.start_span_number)
    return None


def _files(exec_properties: dict[str, Any], resolved: spans.ResolvedInput) -> dict[str, list[str]]:
    base = exec_properties["input_base"]
    return {split: spans.split_files(base, split, pattern) for split, pattern in resolved.patterns.items()}


def _describe(
    examples: Artifact,
    resolved: spans.ResolvedInput,
    splits: list[str],
    fingerprint: str,
    exec_properties: dict[str, Any],
) -> None:
    examples.splits = splits
    examples.span = resolved.span
    examples.set_int_custom_property("span", resolved.span)
    if resolved.version is not None:
        examples.version = resolved.version
        examples.set_int_custom_property("version", resolved.version)
    payload = example_gen_pb2.PayloadFormat.Name(exec_properties["output_data_format"])
    examples.set_string_custom_property("payload_format", payload)
    examples.set_string_custom_property("file_format", FILE_FORMATS[exec_properties["output_file_format"]])
    examples.set_string_custom_property("input_fingerprint", fingerprint)


def _summary(rows: dict[str, int]) -> str:
    parts = " · ".join(f"{split} {count:,}" for split, count in rows.items())
    return f"{sum(rows.values()):,} rows → {parts}"


class FileBasedExampleGen(BaseBeamComponent):
    """Base of the ExampleGens that read files under one directory.

    Outputs: ``examples``.
    """

    SPEC_CLASS = ExampleGenSpec

    def __init__(
        self,
        input_base: str | None = None,
        input_config: example_gen_pb2.Input | dict[str, Any] | None = None,
        output_config: example_gen_pb2.Output | dict[str, Any] | None = None,
        range_config: range_config_pb2.RangeConfig | dict[str, Any] | None = None,
        output_data_format: int = example_gen_pb2.FORMAT_TF_EXAMPLE,
        output_file_format: int = example_gen_pb2.FORMAT_TFRECORDS_GZIP,
        **parameters: Any,
    ) -> None:
        """
        Args:
            input_base: directory under which the patterns of the input splits match.
            input_config: the input splits; one split of all files by default.
            output_config: the output splits; train and eval, 2 to 1, by default, where there is one input split.
            range_config: which span to read, where the patterns name one; the newest by default.
            output_data_format: FORMAT_TF_EXAMPLE.
            output_file_format: FORMAT_TFRECORDS_GZIP or FILE_FORMAT_PARQUET.
            **parameters: further parameters of the component's spec.

        Raises:
            ConfigError: no input_base, or output splits although there are several input splits.
        """
        if input_base is None:
            raise ConfigError(
                f"{type(self).__name__} needs input_base: the directory of the data", hint="pass input_base='data'"
            )
        if output_data_format != example_gen_pb2.FORMAT_TF_EXAMPLE or output_file_format not in FILE_FORMATS:
            raise NotSupportedError(
                "examples are written as tf.Example records or as Parquet files",
                value=(output_data_format, output_file_format),
                hint="set output_file_format to FORMAT_TFRECORDS_GZIP or FILE_FORMAT_PARQUET",
            )
        inputs = _message(input_config, example_gen_pb2.Input()) or _default_input()
        super().__init__(
            self.SPEC_CLASS(
                input_base=input_base,
                input_config=inputs,
                output_config=_output_config(_message(output_config, example_gen_pb2.Output()), len(inputs.splits)),
                range_config=range_config,
                output_data_format=output_data_format,
                output_file_format=output_file_format,
                **parameters,
            )
        )


def _message(given: Any, empty: Any) -> Any:
    return json_format.ParseDict(given, empty) if isinstance(given, dict) else given


def _default_input() -> example_gen_pb2.Input:
    return example_gen_pb2.Input(splits=[example_gen_pb2.Input.Split(name=SINGLE_SPLIT, pattern="*")])


def _output_config(given: example_gen_pb2.Output | None, input_splits: int) -> example_gen_pb2.Output:
    if given is not None and given.split_config.splits and input_splits > 1:
        raise ConfigError(
            "rows can be dealt out to output splits only where there is one input split",
            value=f"{input_splits} input splits",
            hint="leave output_config out: several input splits keep their names",
        )
    if (given is not None and given.split_config.splits) or input_splits > 1:
        return given or example_gen_pb2.Output()
    split_config = example_gen_pb2.SplitConfig() if given is None else given.split_config
    result = example_gen_pb2.Output(split_config=split_config)
    result.split_config.splits.add(name="train", hash_buckets=2)
    result.split_config.splits.add(name="eval", hash_buckets=1)
    return result
