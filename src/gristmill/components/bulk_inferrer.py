"""BulkInferrer: a model's predictions for every example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from google.protobuf import json_format

from gristmill.components.artifact_access import each, only
from gristmill.components.model_directory import serving_directory
from gristmill.components.split_selection import check_splits_exist, shards_of
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.base_component import BaseBeamComponent
from gristmill.dsl.channel import BaseChannel, Channel
from gristmill.dsl.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter
from gristmill.dsl.executor import BaseBeamExecutor
from gristmill.dsl.executor_spec import BeamExecutorSpec
from gristmill.dsl.standard_artifacts import Examples, InferenceResult, Model, ModelBlessing
from gristmill.errors import ConfigError
from gristmill.io import filesystem
from gristmill.io.examples import ExamplesSink
from gristmill.io.shard import Shard
from gristmill.proto import bulk_inferrer_pb2
from gristmill.serving.inference import (
    NumberedRecords,
    OutputColumn,
    PredictedExamples,
    PredictionLogs,
    ServedModel,
    output_columns,
)

__all__ = ["BulkInferrer", "BulkInferrerExecutor", "BulkInferrerSpec"]

LOGS_PREFIX = "prediction_logs"
EXAMPLES_PREFIX = "examples"
BLESSED_KEY = "blessed"


class BulkInferrerSpec(ComponentSpec):
    """Inputs, outputs and parameters of BulkInferrer."""

    PARAMETERS = {
        "model_spec": ExecutionParameter(type=bulk_inferrer_pb2.ModelSpec, optional=True),
        "data_spec": ExecutionParameter(type=bulk_inferrer_pb2.DataSpec, optional=True),
        "output_example_spec": ExecutionParameter(type=bulk_inferrer_pb2.OutputExampleSpec, optional=True),
    }
    INPUTS = {
        "examples": ChannelParameter(type=Examples),
        "model": ChannelParameter(type=Model, optional=True),
        "model_blessing": ChannelParameter(type=ModelBlessing, optional=True),
    }
    OUTPUTS = {
        "inference_result": ChannelParameter(type=InferenceResult, optional=True),
        "output_examples": ChannelParameter(type=Examples, optional=True),
    }


class BulkInferrerExecutor(BaseBeamExecutor):
    """Writes prediction logs, or examples with predictions, unless the model is not blessed."""

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Predicts, or reports why not."""
        refusal = _refusal(input_dict)
        if refusal:
            self.context.report(f"nothing inferred: {refusal}")
            return
        examples = each(input_dict, "examples", Examples)
        splits = _splits(examples, exec_properties.get("data_spec"))
        model, columns = _what_to_call(only(input_dict, "model", Model), exec_properties)
        if columns:
            written = self._write_examples(
                examples, splits, model, columns, only(output_dict, "output_examples", Examples)
            )
        else:
            written = self._write_logs(examples, splits, model, only(output_dict, "inference_result", InferenceResult))
        rows = sum(shard.rows or 0 for shard in written)
        kind = "examples with predictions" if columns else "prediction logs"
        self.context.report(f"{rows:,} {kind} of {', '.join(splits)} by {', '.join(model.signatures)}")

    def _write_logs(
        self, examples: list[Examples], splits: Sequence[str], model: ServedModel, output: InferenceResult
    ) -> list[Shard]:
        function = PredictionLogs(model)
        function.load()  # a wrong signature is told before a pass begins
        sink = ExamplesSink({function.output: output.uri}, prefix=LOGS_PREFIX)
        shards = shards_of(examples, splits)
        stage = f"inferring {', '.join(splits)}"
        return self.context.engine.map(shards, function, sink, reader=NumberedRecords(), stage=stage)[function.output]

    def _write_examples(
        self,
        examples: list[Examples],
        splits: Sequence[str],
        model: ServedModel,
        columns: Sequence[OutputColumn],
        output: Examples,
    ) -> list[Shard]:
        written: list[Shard] = []
        for split in splits:
            function = PredictedExamples(model, columns, split)
            function.load()
            sink = ExamplesSink({split: filesystem.join(output.uri, f"Split-{split}")}, prefix=EXAMPLES_PREFIX)
            shards, stage = shards_of(examples, [split]), f"inferring {split}"
            written += self.context.engine.map(shards, function, sink, reader=NumberedRecords(), stage=stage)[split]
        output.splits = list(splits)
        output.span = max(artifact.span for artifact in examples)
        return written


def _refusal(input_dict: dict[str, list[Artifact]]) -> str:
    """Why the model must not be used; empty when it may."""
    if "model_blessing" not in input_dict:
        return ""
    if not input_dict["model_blessing"]:
        return "there is no model blessing"
    blessed = all(found.get_int_custom_property(BLESSED_KEY) == 1 for found in input_dict["model_blessing"])
    return "" if blessed else "the model blessing does not bless the model"


def _splits(examples: Sequence[Examples], data_spec: str | None) -> list[str]:
    """The splits to work on, sorted: those that are named, or all that every artifact has."""
    known = [split for split in examples[0].splits if all(split in artifact.splits for artifact in examples)]
    spec = json_format.Parse(data_spec, bulk_inferrer_pb2.DataSpec()) if data_spec else bulk_inferrer_pb2.DataSpec()
    check_splits_exist(spec.example_splits, known)
    return sorted(set(spec.example_splits or known))


def _what_to_call(artifact: Model, exec_properties: dict[str, Any]) -> tuple[ServedModel, tuple[OutputColumn, ...]]:
    """The model with the signatures to call, and the columns to write; no columns for prediction logs."""
    text, wanted = exec_properties.get("model_spec"), exec_properties.get("output_example_spec")
    spec = json_format.Parse(text, bulk_inferrer_pb2.ModelSpec()) if text else bulk_inferrer_pb2.ModelSpec()
    columns: tuple[OutputColumn, ...] = ()
    signatures = tuple(spec.model_signature_name)
    if wanted:
        columns = output_columns(json_format.Parse(wanted, bulk_inferrer_pb2.OutputExampleSpec()), signatures)
        signatures = tuple(dict.fromkeys(column.signature for column in columns))
    chosen = {"signatures": signatures} if signatures else {}
    tags = {"tags": tuple(spec.tag)} if spec.tag else {}
    uri = filesystem.absolute(serving_directory(artifact))  # workers have another working directory
    return ServedModel(uri, **chosen, **tags), columns


class BulkInferrer(BaseBeamComponent):
    """Applies a model to examples.

    Outputs: ``inference_result`` (prediction logs), or ``output_examples`` when ``output_example_spec`` is given.
    """

    SPEC_CLASS = BulkInferrerSpec
    EXECUTOR_SPEC = BeamExecutorSpec(BulkInferrerExecutor)

    def __init__(
        self,
        examples: BaseChannel,
        model: BaseChannel | None = None,
        model_blessing: BaseChannel | None = None,
        data_spec: bulk_inferrer_pb2.DataSpec | dict[str, Any] | None = None,
        model_spec: bulk_inferrer_pb2.ModelSpec | dict[str, Any] | None = None,
        output_example_spec: bulk_inferrer_pb2.OutputExampleSpec | dict[str, Any] | None = None,
    ) -> None:
        """
        Args:
            examples: channel of Examples.
            model: channel of a Model.
            model_blessing: channel of a ModelBlessing; without it the model counts as blessed.
            data_spec: the splits to work on; all by default.
            model_spec: the signatures to call (``serving_default`` by default) and the SavedModel's tags.
            output_example_spec: which outputs become which features; without it, prediction logs are written.

        Raises:
            ConfigError: there is no model.
        """
        if model is None:
            raise ConfigError("BulkInferrer needs the input 'model'", hint="pass model=<trainer>.outputs['model']")
        kind = {"inference_result": InferenceResult} if output_example_spec is None else {"output_examples": Examples}
        super().__init__(
            BulkInferrerSpec(
                examples=examples,
                model=model,
                model_blessing=model_blessing,
                data_spec=data_spec,
                model_spec=model_spec,
                output_example_spec=output_example_spec,
                **{key: Channel(type=each_type) for key, each_type in kind.items()},
            )
        )
