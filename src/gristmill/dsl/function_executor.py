"""Runs a component function: artifacts and parameters in, returned values out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from google.protobuf import json_format

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.executor import BaseExecutor
from gristmill.dsl.function_signature import FunctionSignature
from gristmill.dsl.parameter_value import is_json_type, is_message_type
from gristmill.dsl.user_code import place_of_function, user_code
from gristmill.dsl.value_artifacts import ValueArtifact
from gristmill.errors import ConfigError

__all__ = ["FunctionExecutor", "check_returned"]


class FunctionExecutor(BaseExecutor):
    """Base of the executors of component functions; each has a subclass of its own."""

    FUNCTION: ClassVar[Callable[..., Any]]
    SIGNATURE: ClassVar[FunctionSignature]

    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        function, signature = type(self).FUNCTION, self.SIGNATURE
        arguments = {
            **self._inputs(input_dict),
            **{name: output_dict[name][0] for name in signature.outputs},
            **self._parameters(exec_properties),
        }
        with user_code(f"the component function {function.__name__}"):
            returned = function(**arguments)
        check_returned(function, signature, returned)
        for name in signature.returns:
            artifact = output_dict[name][0]
            assert isinstance(artifact, ValueArtifact), "the spec declares a value artifact"
            artifact.write(returned[name])

    def _inputs(self, input_dict: Mapping[str, list[Artifact]]) -> dict[str, Any]:
        signature = self.SIGNATURE
        arguments: dict[str, Any] = {}
        for name in (*signature.artifacts, *signature.values):
            artifacts = input_dict.get(name) or []
            if len(artifacts) > 1:
                raise ConfigError(
                    f"the input {name!r} of {type(self).__name__} takes one artifact, but its channel holds "
                    f"{len(artifacts)}",
                    hint=f"declare it as {name}: InputArtifact[list[…]]",
                )
            if artifacts:
                arguments[name] = _value(artifacts[0]) if name in signature.values else artifacts[0]
            elif name in signature.defaults:
                arguments[name] = signature.defaults[name]
            else:
                raise ConfigError(
                    f"the input {name!r} of {type(self).__name__} holds no artifact",
                    hint="give the parameter a default, or see why the node before made nothing",
                )
        for name in signature.artifact_lists:
            arguments[name] = list(input_dict.get(name) or [])
        return arguments

    def _parameters(self, exec_properties: Mapping[str, Any]) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        for name, kind in self.SIGNATURE.parameters.items():
            value = exec_properties.get(name)
            arguments[name] = self.SIGNATURE.defaults.get(name) if value is None else _parameter(value, kind)
        return arguments


def check_returned(function: Callable[..., Any], signature: FunctionSignature, returned: Any) -> None:
    """Refuse what the function must not return.

    Raises:
        ConfigError: keys are missing or too many, or a value is None or of another type.
    """
    expected = signature.returns
    place = place_of_function(function)
    if not expected:
        if returned is not None:
            raise ConfigError(
                f"{function.__name__} declares no returned values, so it must return None",
                place=place,
                value=returned,
                hint="annotate the function with -> OutputDict(name=type)",
            )
        return
    if not isinstance(returned, Mapping) or set(returned) != set(expected):
        raise ConfigError(
            f"{function.__name__} must return a dict with exactly the declared keys: {', '.join(expected)}",
            place=place,
            value=str(returned) if not isinstance(returned, Mapping) else sorted(map(str, returned)),
            hint=f"end it in: return {{{', '.join(f'{name!r}: …' for name in expected)}}}",
        )
    for name, cls in expected.items():
        if returned[name] is None and name not in signature.nullable:
            raise ConfigError(
                f"{function.__name__} must not return None for {name!r}",
                place=place,
                hint=f"declare it Optional if there may be no value: {name}: … | None",
            )
        if returned[name] is not None:
            with user_code(function.__name__, source=place):
                cls().checked_payload(returned[name], f"{name!r} returned by {function.__name__}")


def _value(artifact: Artifact) -> Any:
    assert isinstance(artifact, ValueArtifact), "the spec declares a value artifact"
    return artifact.read()


def _parameter(value: Any, kind: Any) -> Any:
    """The parameter as the function wants it: messages and JSON values out of their text."""
    if is_message_type(kind) and isinstance(value, str):
        return json_format.Parse(value, kind())
    return json.loads(value) if is_json_type(kind) and isinstance(value, str) else value
