"""Pusher: a blessed model goes to where a model server picks it up."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import json_format

from gristmill.components.artifact_access import only
from gristmill.components.model_directory import serving_directory
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.channel import BaseChannel
from gristmill.dsl.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter
from gristmill.dsl.executor import BaseExecutor
from gristmill.dsl.executor_spec import ExecutorClassSpec, ExecutorSpec
from gristmill.dsl.standard_artifacts import InfraBlessing, Model, ModelBlessing, PushedModel
from gristmill.errors import ConfigError, NotSupportedError
from gristmill.io import filesystem
from gristmill.proto import pusher_pb2
from gristmill.serving import push_model

__all__ = ["Pusher", "PusherExecutor", "PusherSpec"]

BLESSED_KEY = "blessed"
HAS_MODEL_KEY = "has_model"
STAMPED_MODEL = "stamped_model"


class PusherSpec(ComponentSpec):
    """Inputs, outputs and parameters of Pusher."""

    PARAMETERS = {
        "push_destination": ExecutionParameter(type=pusher_pb2.PushDestination, optional=True),
        "custom_config": ExecutionParameter(type=dict, optional=True),
    }
    INPUTS = {
        "model": ChannelParameter(type=Model, optional=True),
        "model_blessing": ChannelParameter(type=ModelBlessing, optional=True),
        "infra_blessing": ChannelParameter(type=InfraBlessing, optional=True),
    }
    OUTPUTS = {"pushed_model": ChannelParameter(type=PushedModel)}


class PusherExecutor(BaseExecutor):
    """Copies the model into a numbered version directory, when every blessing that is an input says so."""

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Pushes, or reports why not."""
        [pushed] = output_dict["pushed_model"]
        refusal = _refusal(input_dict)
        if refusal:
            pushed.set_int_custom_property("pushed", 0)
            self.context.report(f"not pushed: {refusal}")
            return
        model_uri = _model_to_push(input_dict)
        destination = json_format.Parse(exec_properties["push_destination"], pusher_pb2.PushDestination())
        filesystem.copy_tree(model_uri, pushed.uri)
        result = push_model(model_uri, destination.filesystem.base_directory, int(time.time()))
        pushed.set_int_custom_property("pushed", 1)
        pushed.set_string_custom_property("pushed_destination", result.uri)
        pushed.set_string_custom_property("pushed_version", str(result.version))
        self.context.report(f"pushed to {result.uri}")

    @classmethod
    def reuse_refusal(cls, exec_properties: dict[str, Any], outputs: Mapping[str, Sequence[Artifact]]) -> str:
        """Says when a pushed version is gone from where it was served."""
        destinations = [pushed.get_string_custom_property("pushed_destination") for pushed in outputs["pushed_model"]]
        gone = [destination for destination in destinations if destination and not filesystem.exists(destination)]
        return f"the pushed version {gone[0]} is gone" if gone else ""


def _refusal(input_dict: dict[str, list[Artifact]]) -> str:
    """Why nothing may be pushed; empty when it may."""
    for key in ("model_blessing", "infra_blessing"):
        if key in input_dict and not input_dict[key]:
            return f"there is no {key.replace('_', ' ')}"
        for blessing in input_dict.get(key, []):
            if blessing.get_int_custom_property(BLESSED_KEY) != 1:
                return f"the {key.replace('_', ' ')} does not bless the model"
    return ""


def _model_to_push(input_dict: dict[str, list[Artifact]]) -> str:
    """The model's serving directory, or the stamped model that an InfraValidator made of it."""
    for blessing in input_dict.get("infra_blessing") or []:
        if blessing.get_int_custom_property(HAS_MODEL_KEY) == 1:
            return filesystem.join(blessing.uri, STAMPED_MODEL)
    return serving_directory(only(input_dict, "model", Model))


class Pusher(BaseComponent):
    """Pushes a model to a directory that a model server watches.

    Outputs: ``pushed_model``, with the custom properties ``pushed`` (1 or 0), ``pushed_destination`` and
    ``pushed_version``.
    """

    SPEC_CLASS = PusherSpec
    EXECUTOR_SPEC = ExecutorClassSpec(PusherExecutor)

    def __init__(
        self,
        model: BaseChannel | None = None,
        model_blessing: BaseChannel | None = None,
        infra_blessing: BaseChannel | None = None,
        push_destination: pusher_pb2.PushDestination | dict[str, Any] | None = None,
        custom_config: dict[str, Any] | None = None,
        custom_executor_spec: ExecutorSpec | None = None,
    ) -> None:
        """
        Args:
            model: channel of a Model.
            model_blessing: channel of a ModelBlessing; without it the model counts as blessed.
            infra_blessing: channel of an InfraBlessing; its stamped model, where it has one, is what is pushed.
            push_destination: where to push to; needed unless ``custom_executor_spec`` is given.
            custom_config: values for a custom executor.
            custom_executor_spec: an executor of your own.

        Raises:
            ConfigError: no destination, or nothing that could be pushed.
        """
        if push_destination is None and custom_executor_spec is None:
            raise ConfigError(
                "Pusher needs push_destination, or a custom_executor_spec that knows where to push",
                hint="push_destination={'filesystem': {'base_directory': 'serving'}}",
            )
        if custom_config is not None and custom_executor_spec is None:
            raise NotSupportedError(
                "custom_config is for custom executors; the file-system push takes none",
                hint="drop custom_config, or give custom_executor_spec",
            )
        if model is None and infra_blessing is None:
            raise ConfigError(
                "Pusher needs the input 'model' or 'infra_blessing'", hint="pass model=<trainer>.outputs['model']"
            )
        super().__init__(
            PusherSpec(
                model=model,
                model_blessing=model_blessing,
                infra_blessing=infra_blessing,
                push_destination=push_destination,
                custom_config=custom_config,
            ),
            custom_executor_spec=custom_executor_spec,
        )
