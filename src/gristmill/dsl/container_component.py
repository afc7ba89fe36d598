"""A component whose work is done by a command in a container.

grep = create_container_component(
    name="Grep",
    image="alpine",
    inputs={"text": ExternalArtifact},
    outputs={"lines": ExternalArtifact},
    parameters={"pattern": None},
    command=["sh", "-c", 'grep "$0" "$1/data" > "$2/data"',
             ph.exec_property("pattern"), ph.input("text")[0].uri, ph.output("lines")[0].uri],
)
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from gristmill.did_you_mean import did_you_mean
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter
from gristmill.dsl.container_executor import ContainerExecutor
from gristmill.dsl.executor_spec import ExecutorClassSpec
from gristmill.dsl.placeholder.artifacts import ArtifactListPlaceholder
from gristmill.dsl.placeholder.expression import Placeholder, sub_expressions
from gristmill.dsl.placeholder.functions import join
from gristmill.dsl.placeholder.properties import ExecPropertyPlaceholder
from gristmill.dsl.placeholder.scope import Scope
from gristmill.errors import ConfigError

__all__ = [
    "ConcatPlaceholder",
    "ContainerComponent",
    "InputUriPlaceholder",
    "InputValuePlaceholder",
    "OutputUriPlaceholder",
    "TemplatedExecutorContainerSpec",
    "create_container_component",
]

IMAGE_KEY = "container_image"
COMMAND_KEY = "container_command"


def InputValuePlaceholder(input_name: str) -> Placeholder:  # noqa: N802 - the family's name
    """The value of an input that is a value artifact, or of a parameter, of that name."""
    return _ValueOrParameter(input_name)


def InputUriPlaceholder(input_name: str) -> Placeholder:  # noqa: N802 - the family's name
    """The URI of an input."""
    return ArtifactListPlaceholder.of_input(input_name).uri


def OutputUriPlaceholder(output_name: str) -> Placeholder:  # noqa: N802 - the family's name
    """The URI of an output."""
    return ArtifactListPlaceholder.of_output(output_name).uri


def ConcatPlaceholder(items: Sequence[str | Placeholder]) -> Placeholder | str:  # noqa: N802 - the family's name
    """Text put together from constants and placeholders."""
    return join(items)


class _ValueOrParameter(ExecPropertyPlaceholder):
    """A parameter, or the value of an input: which of both is known when the scope is."""

    def value_in(self, scope: Scope) -> Any:
        if self._key in (scope.inputs or {}):
            return ArtifactListPlaceholder.of_input(self._key).value.value_in(scope)
        return super().value_in(scope)


class TemplatedExecutorContainerSpec(ExecutorClassSpec):
    """The work is done by a command in a container.

    Args:
        image: the container image.
        command: the command line: text and placeholders.
        args: more of the command line, behind ``command``.
    """

    def __init__(self, image: str, command: Sequence[Any], args: Sequence[Any] = ()) -> None:
        for item in (*command, *args):
            if not isinstance(item, str | Placeholder):
                raise ConfigError(
                    "a container's command consists of text and placeholders",
                    value=item,
                    hint=f"write it as text: {str(item)!r}",
                )
        self.image = image
        self.command = [*command, *args]
        body = {"__module__": ContainerExecutor.__module__, "IMAGE": image, "COMMAND": tuple(self.command)}
        super().__init__(type("TemplatedContainerExecutor", (ContainerExecutor,), body))


class ContainerComponent(BaseComponent):
    """Base of the components that ``create_container_component`` makes. Takes keyword arguments only."""

    DEFAULTS: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, **arguments: Any) -> None:
        given = {key: value for key, value in arguments.items() if value is not None}
        super().__init__(self.SPEC_CLASS(**{**self.DEFAULTS, **given}))
        spec = self.executor_spec
        assert isinstance(spec, TemplatedExecutorContainerSpec), "create_container_component sets it"
        # What the container does is part of what the node does: recorded with the execution, and in its fingerprint.
        self.exec_properties[IMAGE_KEY] = spec.image
        self.exec_properties[COMMAND_KEY] = json.dumps([repr(item) for item in spec.command])


def create_container_component(
    name: str,
    image: str,
    command: Sequence[str | Placeholder],
    inputs: Mapping[str, type[Artifact]] | None = None,
    outputs: Mapping[str, type[Artifact]] | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> type[ContainerComponent]:
    """A component class for a command in a container.

    Args:
        name: of the component.
        image: the container image.
        command: the command line: text and placeholders.
        inputs: the artifact class of each input.
        outputs: the artifact class of each output.
        parameters: the default of each parameter, which also is its type; None makes it a required text.

    Raises:
        ConfigError: the command refers to an input, output or parameter that is not declared.
    """
    inputs, outputs, parameters = dict(inputs or {}), dict(outputs or {}), dict(parameters or {})
    executor_spec = TemplatedExecutorContainerSpec(image, command)
    spec_body = {
        "PARAMETERS": {
            key: ExecutionParameter(type=str if default is None else type(default))
            for key, default in parameters.items()
        },
        "INPUTS": {key: ChannelParameter(type=cls) for key, cls in inputs.items()},
        "OUTPUTS": {key: ChannelParameter(type=cls) for key, cls in outputs.items()},
    }
    spec = type(f"{name}Spec", (ComponentSpec,), spec_body)
    _check_references(name, executor_spec.command, spec)
    body = {
        "__module__": __name__,
        "__doc__": f"Runs a command in the container {image}.",
        "SPEC_CLASS": spec,
        "EXECUTOR_SPEC": executor_spec,
        "DEFAULTS": {key: default for key, default in parameters.items() if default is not None},
    }
    return type(name, (ContainerComponent,), body)


def _check_references(name: str, command: Sequence[Any], spec: type[ComponentSpec]) -> None:
    for part in sub_expressions(list(command)):
        if isinstance(part, _ValueOrParameter):
            what, key, known = "input or parameter", part._key, {**spec.INPUTS, **spec.PARAMETERS}
        elif isinstance(part, ExecPropertyPlaceholder):
            what, key, known = "parameter", part._key, {**spec.PARAMETERS}
        elif isinstance(part, ArtifactListPlaceholder):
            what, key, known = part.source, part.key, {**(spec.INPUTS if part.source == "input" else spec.OUTPUTS)}
        else:
            continue
        if key not in known:
            raise ConfigError(
                f"{name}: the command uses the {what} {key!r}, which is not declared", hint=did_you_mean(key, known)
            )
