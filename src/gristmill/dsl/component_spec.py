"""ComponentSpec: the typed contract of a component. What it reads, what it produces, what parameters it takes.

    class SplitterSpec(ComponentSpec):
        PARAMETERS = {"ratio": ExecutionParameter(type=float, optional=True)}
        INPUTS = {"examples": ChannelParameter(type=standard_artifacts.Examples)}
        OUTPUTS = {"parts": ChannelParameter(type=standard_artifacts.Examples)}

    spec = SplitterSpec(examples=example_gen.outputs["examples"], ratio=0.5)

Making one checks every argument. An output that is not passed is made; an optional one is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from gristmill.did_you_mean import did_you_mean
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.channel import BaseChannel, Channel
from gristmill.dsl.parameter_value import stored_value
from gristmill.dsl.system_executions import SystemExecution
from gristmill.errors import ConfigError, NotSupportedError

__all__ = ["ChannelParameter", "ComponentSpec", "ExecutionParameter"]


class ExecutionParameter:
    """Declares a parameter.

    Args:
        type: int, float, str, bool or bytes; a message class; ``list``, ``list[T]``, ``dict`` or ``dict[str, T]``.
            A message becomes proto3 JSON text with the field names as declared, a list or dict becomes JSON text.
        optional: whether it may be left out; the executor then receives None.
        use_proto: not supported; executors receive JSON text.
    """

    def __init__(self, type: Any = None, optional: bool = False, use_proto: bool = False) -> None:
        if use_proto:
            raise NotSupportedError(
                "use_proto is not supported: executors receive messages as proto3 JSON text",
                value=type,
                hint="leave it out and call google.protobuf.json_format.Parse(text, Message()) in the executor",
            )
        self.type = type
        self.optional = optional

    def __repr__(self) -> str:
        return f"ExecutionParameter(type={self.type!r}, optional={self.optional})"


class ChannelParameter:
    """Declares an input or output.

    Args:
        type: the artifact class.
        optional: whether it may be left out.
        allow_empty: whether a connected input may hold no artifacts when the node runs; None means as ``optional``.
        is_async: not supported.
    """

    def __init__(
        self,
        type: type[Artifact],
        optional: bool = False,
        allow_empty: bool | None = None,
        is_async: bool = False,
    ) -> None:
        if is_async:
            raise NotSupportedError("outputs are published when the node has finished", hint="leave is_async out")
        self.type = type
        self.optional = optional
        self.allow_empty = optional if allow_empty is None else allow_empty

    def __repr__(self) -> str:
        return f"ChannelParameter(type={self.type.__name__}, optional={self.optional})"


class ComponentSpec:
    """Base of the specs; see the module's description.

    Attributes:
        PARAMETERS: the declared parameters by key.
        INPUTS: the declared inputs by key.
        OUTPUTS: the declared outputs by key.
        TYPE_ANNOTATION: a system execution class (``gristmill.dsl.standard_annotations``), or None.
        exec_properties: the parameters' values as the executor receives them, None where left out.
        inputs: the connected channels by key.
        outputs: what each output is, by key.
    """

    PARAMETERS: ClassVar[Mapping[str, ExecutionParameter]] = {}
    INPUTS: ClassVar[Mapping[str, ChannelParameter]] = {}
    OUTPUTS: ClassVar[Mapping[str, ChannelParameter]] = {}
    TYPE_ANNOTATION: ClassVar[type[SystemExecution] | None] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        keys = [*cls.PARAMETERS, *cls.INPUTS, *cls.OUTPUTS]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ConfigError(
                f"{cls.__name__} declares a key twice among PARAMETERS, INPUTS and OUTPUTS",
                value=twice,
                hint="rename one of them",
            )

    def __init__(self, **arguments: Any) -> None:
        self._refuse_unknown(arguments)
        self.exec_properties = {
            key: self._parameter(key, declared, arguments.get(key)) for key, declared in self.PARAMETERS.items()
        }
        self.inputs: dict[str, BaseChannel] = {}
        for key, declared in self.INPUTS.items():
            channel = self._input(key, declared, arguments.get(key))
            if channel is not None:
                self.inputs[key] = channel
        self.outputs: dict[str, Channel] = {}
        for key, declared in self.OUTPUTS.items():
            output = self._output(key, declared, arguments.get(key))
            if output is not None:
                self.outputs[key] = output

    @property
    def component_name(self) -> str:
        """What this is the spec of, for messages: the class name without its ending."""
        name = type(self).__name__
        return name.removesuffix("Spec").removesuffix("Component") or name

    def _refuse_unknown(self, arguments: Mapping[str, Any]) -> None:
        known = {*self.PARAMETERS, *self.INPUTS, *self.OUTPUTS}
        for key in arguments:
            if key not in known:
                raise ConfigError(
                    f"{self.component_name} has no parameter {key!r}", hint=did_you_mean(key, known, "its parameters")
                )

    def _parameter(self, key: str, declared: ExecutionParameter, value: Any) -> Any:
        if value is None:
            if not declared.optional:
                raise ConfigError(f"{self.component_name} needs the parameter {key!r}", hint=f"pass {key}=…")
            return None
        return stored_value(value, declared.type, f"{self.component_name}: parameter {key!r}")

    def _input(self, key: str, declared: ChannelParameter, value: Any) -> BaseChannel | None:
        if value is None:
            if not declared.optional:
                raise ConfigError(
                    f"{self.component_name} needs the input {key!r}, a channel of {declared.type.TYPE_NAME}",
                    hint=f"pass {key}=<node>.outputs['…']",
                )
            return None
        channel = self._checked_channel(key, declared, value)
        return channel.as_optional() if declared.allow_empty and not channel.is_optional else channel

    def _output(self, key: str, declared: ChannelParameter, value: Any) -> Channel | None:
        if value is None:
            return None if declared.optional else Channel(type=declared.type)
        channel = self._checked_channel(key, declared, value)
        if not isinstance(channel, Channel):
            raise ConfigError(
                f"{self.component_name}: the output {key!r} is not described by another node's output",
                value=value,
                hint=f"pass Channel(type={declared.type.__name__}), or leave it out",
            )
        return channel

    def _checked_channel(self, key: str, declared: ChannelParameter, value: Any) -> BaseChannel:
        rule = f"{self.component_name}: {key!r} must be a channel of {declared.type.TYPE_NAME}"
        if not isinstance(value, BaseChannel):
            raise ConfigError(rule, value=value, hint="pass <node>.outputs['…'], not the node, a path or an artifact")
        same_name = value.type_name == declared.type.TYPE_NAME
        if not same_name and not issubclass(value.type, declared.type):
            raise ConfigError(
                rule + f", not of {value.type_name}",
                value=value,
                hint="connect an output of that type: <node>.outputs['…']",
            )
        return value
