"""Evaluator: metrics over slices, and the blessing of a model that is good enough."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from google.protobuf import json_format
from tensorflow_metadata.proto.v0 import schema_pb2

import gristmill.data_validation as tfdv
import gristmill.model_analysis as tfma
from gristmill.components.artifact_access import each, only, only_or_none
from gristmill.components.model_gate import bless, describe_subjects, evaluate_model
from gristmill.components.schema_gen import SCHEMA_FILE
from gristmill.components.split_selection import names_or_json, shards_of
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.base_component import BaseBeamComponent
from gristmill.dsl.channel import BaseChannel
from gristmill.dsl.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter
from gristmill.dsl.executor import BaseBeamExecutor
from gristmill.dsl.executor_spec import BeamExecutorSpec
from gristmill.dsl.standard_artifacts import Examples, Model, ModelBlessing, ModelEvaluation, Schema
from gristmill.errors import ConfigError, NotSupportedError
from gristmill.io import filesystem

__all__ = ["Evaluator", "EvaluatorExecutor", "EvaluatorSpec"]

DEFAULT_SPLITS = ["eval"]


class EvaluatorSpec(ComponentSpec):
    """Inputs, outputs and parameters of Evaluator."""

    PARAMETERS = {
        "eval_config": ExecutionParameter(type=tfma.EvalConfig),
        "example_splits": ExecutionParameter(type=list, optional=True),
    }
    INPUTS = {
        "examples": ChannelParameter(type=Examples),
        "model": ChannelParameter(type=Model),
        "baseline_model": ChannelParameter(type=Model, optional=True),
        "schema": ChannelParameter(type=Schema, optional=True),
    }
    OUTPUTS = {
        "evaluation": ChannelParameter(type=ModelEvaluation),
        "blessing": ChannelParameter(type=ModelBlessing),
    }


class EvaluatorExecutor(BaseBeamExecutor):
    """Writes the evaluation's files and the blessing."""

    @classmethod
    def user_modules(cls, exec_properties: dict[str, Any]) -> list[str]:
        """The modules of custom metrics."""
        config = json_format.Parse(exec_properties["eval_config"], tfma.EvalConfig())
        named = {metric.module for spec in config.metrics_specs for metric in spec.metrics if metric.module}
        if not named:
            return []
        from gristmill.model_analysis.metrics.keras_names import from_user_module  # loads numpy, which a reuse spares

        return sorted(module for module in named if from_user_module(module))

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Evaluates and blesses."""
        model, [blessing] = only(input_dict, "model", Model), output_dict["blessing"]
        baseline = only_or_none(input_dict, "baseline_model", Model)
        splits = json.loads(exec_properties.get("example_splits") or "null") or DEFAULT_SPLITS
        config = json_format.Parse(exec_properties["eval_config"], tfma.EvalConfig())
        evaluation = evaluate_model(
            shards_of(each(input_dict, "examples", Examples), splits),
            config,
            model,
            baseline,
            self.context.engine,
            output_dict["evaluation"][0].uri,
            _schema(only_or_none(input_dict, "schema", Schema)),
        )
        if evaluation.has_thresholds:
            bless(blessing, evaluation.validation.validation_ok, self.context.node_id, model, baseline)
        else:
            describe_subjects(blessing, self.context.node_id, model, baseline)
        self.context.report(_summary(evaluation, baseline))


def _schema(artifact: Artifact | None) -> schema_pb2.Schema | None:
    return tfdv.load_schema_text(filesystem.join(artifact.uri, SCHEMA_FILE)) if artifact is not None else None


def _summary(evaluation: tfma.Evaluation, baseline: Artifact | None) -> str:
    parts = [f"{len(evaluation.figures)} slices", *_overall_figures(evaluation)]
    parts[-1] += f" (baseline: {'model ' + str(baseline.id) if baseline is not None else 'none'})"
    if not evaluation.has_thresholds:
        return " · ".join([*parts, "no thresholds", *evaluation.notes])
    failures = [
        failure.message for each in evaluation.validation.metric_validations_per_slice for failure in each.failures
    ]
    verdict = "blessed" if evaluation.validation.validation_ok else "NOT blessed"
    return " · ".join([*parts, verdict, *failures[:1], *evaluation.notes])


def _overall_figures(evaluation: tfma.Evaluation) -> list[str]:
    """The plain numbers of the candidate over all examples."""
    overall = evaluation.figures.get(())
    names_of_baseline = {spec.name for spec in evaluation.eval_config.model_specs if spec.is_baseline}
    told = (
        f"{key.name} {int(value):,}" if value.is_integer() and abs(value) > 1 else f"{key.name} {value:.4g}"
        for key, value in (overall.metrics.items() if overall else ())
        if isinstance(value, float) and not key.is_diff and key.model_name not in names_of_baseline
    )
    return list(dict.fromkeys(told))  # a metric that is configured and that the model carries is one


class Evaluator(BaseBeamComponent):
    """Computes metrics over slices and decides whether the model is good enough.

    Outputs: ``evaluation`` and ``blessing``. Where the configuration has thresholds, the blessing holds a file
    ``BLESSED`` or ``NOT_BLESSED`` and the custom property ``blessed`` (1 or 0); without thresholds it holds neither.
    """

    SPEC_CLASS = EvaluatorSpec
    EXECUTOR_SPEC = BeamExecutorSpec(EvaluatorExecutor)

    def __init__(
        self,
        examples: BaseChannel,
        model: BaseChannel | None = None,
        baseline_model: BaseChannel | None = None,
        feature_slicing_spec: Any = None,
        fairness_indicator_thresholds: Sequence[float] | None = None,
        example_splits: Sequence[str] | None = None,
        eval_config: tfma.EvalConfig | dict[str, Any] | str | None = None,
        schema: BaseChannel | None = None,
        module_file: str | None = None,
        module_path: str | None = None,
    ) -> None:
        """
        Args:
            examples: channel of Examples, as they are before Transform.
            model: channel of a Model.
            baseline_model: channel of a Model to compare with; may be empty when the node runs.
            feature_slicing_spec: not supported: slices are part of ``eval_config``.
            fairness_indicator_thresholds: not supported.
            example_splits: names of the splits to evaluate on; ``eval`` by default.
            eval_config: what to compute, on which slices, with which thresholds; a dict of its fields, or its text
                (text format or JSON), do as well.
            schema: channel of a Schema: names in ``eval_config`` are checked against it before the pass, and domains of
                labels are taken from it.
            module_file: not supported.
            module_path: not supported.

        Raises:
            ConfigError: no model or no eval_config.
        """
        unsupported = {
            "feature_slicing_spec": (feature_slicing_spec, "put slicing_specs into eval_config"),
            "fairness_indicator_thresholds": (
                fairness_indicator_thresholds,
                "name the rates as metrics",
            ),
            "module_file": (module_file, "write a component of your own around gristmill.model_analysis"),
            "module_path": (module_path, "write a component of your own around gristmill.model_analysis"),
        }
        for name, (value, hint) in unsupported.items():
            if value is not None:
                raise NotSupportedError(f"Evaluator does not take {name}", hint=hint)
        if model is None or eval_config is None:
            raise ConfigError(
                "Evaluator needs the input 'model' and the parameter 'eval_config'",
                hint="pass model=<trainer>.outputs['model'] and eval_config=EvalConfig(…)",
            )
        super().__init__(
            EvaluatorSpec(
                examples=examples,
                model=model,
                baseline_model=baseline_model,
                schema=schema,
                eval_config=tfma.parse_eval_config(eval_config) if isinstance(eval_config, str) else eval_config,
                example_splits=None if example_splits is None else names_or_json(example_splits),
            )
        )
