"""Trainer: runs the user's ``run_fn``, which trains a model and exports it."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from google.protobuf import json_format

import gristmill.data_validation as tfdv
from gristmill.components.artifact_access import each, only_or_none
from gristmill.components.fn_args import FnArgs, data_accessor
from gristmill.components.model_directory import EVAL_FORMAT, SERVING_FORMAT, serving_directory
from gristmill.components.schema_gen import SCHEMA_FILE
from gristmill.components.split_selection import check_splits_exist
from gristmill.components.statistics_gen import STATISTICS_FILE
from gristmill.components.training_progress import TrainingProgress
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.channel import BaseChannel
from gristmill.dsl.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter
from gristmill.dsl.executor import BaseExecutor, ExecutionContext
from gristmill.dsl.executor_spec import ExecutorClassSpec, ExecutorSpec
from gristmill.dsl.standard_artifacts import (
    Examples,
    ExampleStatistics,
    HyperParameters,
    Model,
    ModelRun,
    Schema,
    TransformGraph,
)
from gristmill.dsl.user_code import place_of_function, user_code
from gristmill.dsl.user_module import source_closure, user_function, user_source
from gristmill.errors import ConfigError, UserCodeError
from gristmill.io import filesystem
from gristmill.io.json_object import read_json_object
from gristmill.proto import trainer_pb2

__all__ = ["Trainer", "TrainerExecutor", "TrainerSpec"]

DEFAULT_TRAIN_SPLITS = ("train",)
DEFAULT_EVAL_SPLITS = ("eval",)
HYPERPARAMETERS_FILE = "best_hyperparameters.txt"


class TrainerSpec(ComponentSpec):
    """Inputs, outputs and parameters of Trainer."""

    PARAMETERS = {
        "train_args": ExecutionParameter(type=trainer_pb2.TrainArgs),
        "eval_args": ExecutionParameter(type=trainer_pb2.EvalArgs),
        "module_file": ExecutionParameter(type=str, optional=True),
        "run_fn": ExecutionParameter(type=str, optional=True),
        "custom_config": ExecutionParameter(type=dict, optional=True),
    }
    INPUTS = {
        "examples": ChannelParameter(type=Examples),
        "transform_graph": ChannelParameter(type=TransformGraph, optional=True),
        "schema": ChannelParameter(type=Schema, optional=True),
        "base_model": ChannelParameter(type=Model, optional=True),
        "hyperparameters": ChannelParameter(type=HyperParameters, optional=True),
        "statistics": ChannelParameter(type=ExampleStatistics, optional=True),
    }
    OUTPUTS = {"model": ChannelParameter(type=Model), "model_run": ChannelParameter(type=ModelRun)}


class TrainerExecutor(BaseExecutor):
    """Calls ``run_fn(FnArgs)`` and checks that it left a model."""

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Trains."""
        _load_tensorflow_if_used(exec_properties)
        run_fn = user_function(exec_properties, "run_fn", ("fn_args",))
        fn_args = _fn_args(input_dict, output_dict, exec_properties, self.context)
        with user_code("run_fn"):
            run_fn(fn_args)
        _check_model_written(run_fn, str(fn_args.serving_model_dir), output_dict["model"][0].uri)
        if fn_args.train_steps:
            self.context.report(f"{fn_args.train_steps:,} steps")


def _check_model_written(run_fn: Callable[..., Any], serving_dir: str, model_uri: str) -> None:
    """Refuse a run_fn that left no file where the model belongs."""
    if filesystem.exists(serving_dir) and filesystem.walk_files(serving_dir):
        return
    elsewhere = filesystem.walk_files(model_uri) if filesystem.exists(model_uri) else []
    raise UserCodeError(
        "run_fn must write a model into fn_args.serving_model_dir, and there is no file in it",
        place=place_of_function(run_fn),
        value=f"it wrote {', '.join(elsewhere)} beside it" if elsewhere else None,
        hint="export the model there, e.g. model.export(fn_args.serving_model_dir)",
    )


def _load_tensorflow_if_used(exec_properties: dict[str, Any]) -> None:
    """Load TensorFlow before the user's module does it, so that its start-up chatter stays off the terminal."""
    source, _ = user_source(exec_properties, "run_fn")
    texts = source_closure(source).values() if source.endswith(".py") else []
    if find_spec("tensorflow") and any(b"tensorflow" in text or b"keras" in text for text in texts):
        from gristmill.io.tensors import quiet_import

        quiet_import.load_tensorflow_quietly()


def _fn_args(
    input_dict: dict[str, list[Artifact]],
    output_dict: dict[str, list[Artifact]],
    exec_properties: dict[str, Any],
    context: ExecutionContext,
) -> FnArgs:
    train = json_format.Parse(exec_properties["train_args"], trainer_pb2.TrainArgs())
    evaluate = json_format.Parse(exec_properties["eval_args"], trainer_pb2.EvalArgs())
    examples = each(input_dict, "examples", Examples)
    [model], [model_run] = output_dict["model"], output_dict["model_run"]
    filesystem.make_dirs(model_run.uri)
    base_model = only_or_none(input_dict, "base_model", Model)
    transform_graph = _uri(only_or_none(input_dict, "transform_graph", TransformGraph))
    schema_dir = _uri(only_or_none(input_dict, "schema", Schema))
    schema_path = filesystem.join(schema_dir, SCHEMA_FILE) if schema_dir else None
    train_files = _file_patterns(examples, train.splits or DEFAULT_TRAIN_SPLITS)
    progress = TrainingProgress(train_files, train.num_steps, context.progress) if train.num_steps else None
    return FnArgs(
        working_dir=context.work_dir,
        train_files=train_files,
        eval_files=_file_patterns(examples, evaluate.splits or DEFAULT_EVAL_SPLITS),
        train_steps=train.num_steps or None,
        eval_steps=evaluate.num_steps or None,
        schema_path=schema_path,
        schema_file=schema_path,
        transform_graph_path=transform_graph,
        transform_output=transform_graph,
        data_accessor=data_accessor(progress),
        serving_model_dir=filesystem.join(model.uri, SERVING_FORMAT),
        eval_model_dir=filesystem.join(model.uri, EVAL_FORMAT),
        model_run_dir=model_run.uri,
        base_model=serving_directory(base_model) if base_model is not None else None,
        hyperparameters=_hyperparameters(_uri(only_or_none(input_dict, "hyperparameters", HyperParameters))),
        custom_config=_json(exec_properties.get("custom_config")),
        num_examples=_num_examples(only_or_none(input_dict, "statistics", ExampleStatistics)),
    )


def _json(text: str | None) -> dict[str, Any] | None:
    return json.loads(text) if text else None


def _uri(artifact: Artifact | None) -> str | None:
    return artifact.uri if artifact is not None else None


def _file_patterns(examples: list[Examples], splits: Any) -> list[str]:
    for artifact in examples:
        check_splits_exist(list(splits), artifact.splits)
    return [filesystem.join(artifact.path(split=split), "*") for artifact in examples for split in splits]


def _hyperparameters(directory: str | None) -> dict[str, Any] | None:
    if directory is None:
        return None
    return read_json_object(filesystem.join(directory, HYPERPARAMETERS_FILE))


def _num_examples(statistics: ExampleStatistics | None) -> dict[str, int] | None:
    if statistics is None:
        return None
    files = {split: filesystem.join(statistics.path(split=split), STATISTICS_FILE) for split in statistics.splits}
    return {split: int(tfdv.load_stats_binary(file).datasets[0].num_examples) for split, file in files.items()}


class Trainer(BaseComponent):
    """Trains a model with the user's ``run_fn``.

    Outputs: ``model`` (``Format-Serving/``, and ``Format-TFMA/`` where ``run_fn`` writes one) and ``model_run``.
    """

    SPEC_CLASS = TrainerSpec
    EXECUTOR_SPEC = ExecutorClassSpec(TrainerExecutor)

    def __init__(
        self,
        statistics: BaseChannel | None = None,
        examples: BaseChannel | None = None,
        transformed_examples: BaseChannel | None = None,
        transform_graph: BaseChannel | None = None,
        schema: BaseChannel | None = None,
        base_model: BaseChannel | None = None,
        hyperparameters: BaseChannel | None = None,
        module_file: str | None = None,
        run_fn: str | None = None,
        train_args: trainer_pb2.TrainArgs | dict[str, Any] | None = None,
        eval_args: trainer_pb2.EvalArgs | dict[str, Any] | None = None,
        custom_config: dict[str, Any] | None = None,
        custom_executor_spec: ExecutorSpec | None = None,
    ) -> None:
        """
        Args:
            statistics: channel of ExampleStatistics; gives ``fn_args.num_examples``.
            examples: channel of Examples to train on.
            transformed_examples: the older name of ``examples``; needs ``transform_graph``.
            transform_graph: channel of a TransformGraph.
            schema: channel of a Schema.
            base_model: channel of a Model to start from (warm start).
            hyperparameters: channel of HyperParameters.
            module_file: Python file that defines ``run_fn``.
            run_fn: dotted path of the function instead.
            train_args: steps and splits of the training; split ``train`` by default.
            eval_args: steps and splits of the evaluation during training; split ``eval`` by default.
            custom_config: JSON values handed to ``run_fn``.
            custom_executor_spec: an executor of your own.

        Raises:
            ConfigError: not exactly one of module_file and run_fn, or of examples and transformed_examples.
        """
        if custom_executor_spec is None and bool(module_file) == bool(run_fn):
            raise ConfigError(
                "Trainer takes exactly one of module_file and run_fn",
                value=(module_file, run_fn),
                hint="pass module_file='model.py', whose run_fn(fn_args) trains",
            )
        if (examples is None) == (transformed_examples is None):
            raise ConfigError(
                "Trainer takes exactly one of examples and transformed_examples",
                hint="pass examples=<transform>.outputs['transformed_examples']",
            )
        if transformed_examples is not None and transform_graph is None:
            raise ConfigError(
                "transformed_examples need the transform_graph that made them",
                hint="pass transform_graph=<transform>.outputs['transform_graph']",
            )
        super().__init__(
            TrainerSpec(
                statistics=statistics,
                examples=examples if examples is not None else transformed_examples,
                transform_graph=transform_graph,
                schema=schema,
                base_model=base_model,
                hyperparameters=hyperparameters,
                module_file=module_file,
                run_fn=run_fn,
                train_args=train_args if train_args is not None else trainer_pb2.TrainArgs(),
                eval_args=eval_args if eval_args is not None else trainer_pb2.EvalArgs(),
                custom_config=custom_config,
            ),
            custom_executor_spec=custom_executor_spec,
        )
