"""ModelValidator: the older name of the gate in front of the Pusher."""

from __future__ import annotations

from typing import Any

from google.protobuf import json_format

import gristmill.model_analysis as tfma
from gristmill.components.artifact_access import each, only, only_or_none
from gristmill.components.model_gate import bless, evaluate_model
from gristmill.components.split_selection import shards_of
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.base_component import BaseBeamComponent
from gristmill.dsl.channel import BaseChannel
from gristmill.dsl.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter
from gristmill.dsl.executor import BaseBeamExecutor
from gristmill.dsl.executor_spec import BeamExecutorSpec
from gristmill.dsl.standard_artifacts import Examples, Model, ModelBlessing
from gristmill.io import filesystem

__all__ = ["ModelValidator", "ModelValidatorExecutor", "ModelValidatorSpec"]

SPLIT = "eval"


class ModelValidatorSpec(ComponentSpec):
    """Inputs, outputs and parameters of ModelValidator."""

    PARAMETERS = {"eval_config": ExecutionParameter(type=tfma.EvalConfig)}
    INPUTS = {
        "examples": ChannelParameter(type=Examples),
        "model": ChannelParameter(type=Model),
        "baseline_model": ChannelParameter(type=Model, optional=True),
    }
    OUTPUTS = {"blessing": ChannelParameter(type=ModelBlessing)}


class ModelValidatorExecutor(BaseBeamExecutor):
    """Evaluates like the Evaluator and keeps the verdict alone."""

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Evaluates on the split ``eval`` and blesses."""
        model, [blessing] = only(input_dict, "model", Model), output_dict["blessing"]
        baseline = only_or_none(input_dict, "baseline_model", Model)
        config = json_format.Parse(exec_properties["eval_config"], tfma.EvalConfig())
        shards = shards_of(each(input_dict, "examples", Examples), [SPLIT])
        results = filesystem.join(self.context.work_dir, "evaluation")
        evaluation = evaluate_model(shards, config, model, baseline, self.context.engine, results)
        passed = evaluation.validation.validation_ok
        bless(blessing, passed, self.context.node_id, model, baseline)
        self.context.report("blessed" if passed else "NOT blessed")


class ModelValidator(BaseBeamComponent):
    """Blesses a model that passes its thresholds, and keeps no evaluation. New pipelines use the Evaluator.

    Outputs: ``blessing``.
    """

    SPEC_CLASS = ModelValidatorSpec
    EXECUTOR_SPEC = BeamExecutorSpec(ModelValidatorExecutor)

    def __init__(
        self,
        examples: BaseChannel,
        model: BaseChannel,
        baseline_model: BaseChannel | None = None,
        eval_config: tfma.EvalConfig | dict[str, Any] | None = None,
    ) -> None:
        """
        Args:
            examples: channel of Examples; the split ``eval`` is used.
            model: channel of a Model.
            baseline_model: channel of a Model to compare with; may be empty when the node runs.
            eval_config: thresholds; by default the model must predict for every example, of which there must be one.
        """
        super().__init__(
            ModelValidatorSpec(
                examples=examples,
                model=model,
                baseline_model=baseline_model,
                eval_config=eval_config if eval_config is not None else _it_predicts(),
            )
        )


def _it_predicts() -> tfma.EvalConfig:
    threshold = tfma.MetricThreshold(value_threshold=tfma.GenericValueThreshold(lower_bound={"value": 1}))
    count = tfma.MetricConfig(class_name="ExampleCount", threshold=threshold)
    return tfma.EvalConfig(model_specs=[tfma.ModelSpec()], metrics_specs=[tfma.MetricsSpec(metrics=[count])])
