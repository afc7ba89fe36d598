"""What the signature of a component function says: inputs, outputs, parameters, values and defaults."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from gristmill.dsl.annotations import Kind
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.parameter_value import is_json_type, is_message_type
from gristmill.dsl.user_code import place_of_function
from gristmill.dsl.value_artifacts import Boolean, Bytes, Float, Integer, JsonValue, String, ValueArtifact
from gristmill.errors import ConfigError, NotSupportedError, Place

__all__ = ["FunctionSignature", "read_signature"]

_VALUE_ARTIFACTS: dict[Any, type[ValueArtifact]] = {
    bool: Boolean,
    bytes: Bytes,
    float: Float,
    int: Integer,
    str: String,
}


@dataclass
class FunctionSignature:
    """A component function's signature, by the role of each parameter.

    Attributes:
        artifacts: inputs that the function gets as an artifact, and their class.
        artifact_lists: inputs that the function gets as a list of artifacts, and their class.
        values: inputs that the function gets by value, and the class of the artifact that holds it.
        outputs: artifacts that the function writes, and their class.
        parameters: values given with the pipeline, and their type.
        defaults: defaults of optional inputs and parameters.
        returns: values that the function returns, and the class of the artifact that will hold each.
        nullable: those of the returned values that may be None.
    """

    artifacts: dict[str, type[Artifact]] = field(default_factory=dict)
    artifact_lists: dict[str, type[Artifact]] = field(default_factory=dict)
    values: dict[str, type[ValueArtifact]] = field(default_factory=dict)
    outputs: dict[str, type[Artifact]] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)
    returns: dict[str, type[ValueArtifact]] = field(default_factory=dict)
    nullable: set[str] = field(default_factory=set)


def read_signature(function: Callable[..., Any]) -> FunctionSignature:
    """Read a component function's signature.

    Raises:
        ConfigError: a parameter has no annotation, or one that a component cannot have.
        NotSupportedError: a parameter stands for something that does not exist here.
    """
    hints = typing.get_type_hints(function, include_extras=True)
    result = FunctionSignature()
    for name, parameter in inspect.signature(function).parameters.items():
        place = place_of_function(function, f"{function.__name__}.{name}")
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise ConfigError(
                "a component function takes named parameters only, no *args, **kwargs or /",
                place=place,
                hint=f"name each: {parameter.name}: Parameter[int]",
            )
        if name not in hints:
            raise ConfigError(
                f"the parameter {name!r} of a component function needs an annotation",
                place=place,
                hint="InputArtifact[…], OutputArtifact[…], Parameter[…], or a plain type for an input by value",
            )
        _add_parameter(result, name, hints[name], place)
        if parameter.default is not parameter.empty:
            if name in result.outputs:
                raise ConfigError(
                    f"the output {name!r} cannot have a default",
                    place=place,
                    hint="remove it: an output is always made",
                )
            result.defaults[name] = parameter.default
    _add_returns(result, hints.get("return"), place_of_function(function, f"{function.__name__}.return"))
    return result


def _add_parameter(result: FunctionSignature, name: str, hint: Any, place: Place) -> None:
    inner, _ = _without_none(hint)
    if typing.get_origin(inner) is not Annotated or not isinstance(inner.__metadata__[0], Kind):
        result.values[name] = _value_artifact(inner, place)
        return
    kind, (argument, *_) = inner.__metadata__[0], typing.get_args(inner)
    if kind is Kind.BEAM:
        raise NotSupportedError(
            "component functions do not get a Beam pipeline",
            place=place,
            hint="write a component class whose executor calls self.context.engine",
        )
    if kind is Kind.ASYNC_OUTPUT:
        raise NotSupportedError(
            "outputs are published when the function has returned", place=place, hint="use OutputArtifact"
        )
    if kind is Kind.PARAMETER:
        result.parameters[name] = _parameter_type(argument, place)
    elif kind is Kind.INPUT and typing.get_origin(argument) is list:
        result.artifact_lists[name] = _artifact_class(typing.get_args(argument)[0], place)
    elif kind is Kind.INPUT:
        result.artifacts[name] = _artifact_class(argument, place)
    else:
        result.outputs[name] = _artifact_class(argument, place)


def _add_returns(result: FunctionSignature, hint: Any, place: Place) -> None:
    if hint is None or hint is type(None):
        return
    if not typing.is_typeddict(hint):
        raise ConfigError(
            "a component function returns None, or a dict of values declared by a TypedDict or OutputDict",
            place=place,
            value=hint,
            hint="for example -> OutputDict(rows=int)",
        )
    for name, field_type in typing.get_type_hints(hint, include_extras=True).items():
        if name in (*result.artifacts, *result.artifact_lists, *result.values, *result.outputs, *result.parameters):
            raise ConfigError(
                f"{name!r} is both a parameter and a returned value", place=place, hint="rename one of them"
            )
        inner, may_be_none = _without_none(field_type)
        result.returns[name] = _value_artifact(inner, place)
        if may_be_none:
            result.nullable.add(name)


def _without_none(hint: Any) -> tuple[Any, bool]:
    """The type in ``Optional[type]``, and whether it was optional."""
    if typing.get_origin(hint) not in (typing.Union, types.UnionType):
        return hint, False
    others = [argument for argument in typing.get_args(hint) if argument is not type(None)]
    optional = len(others) < len(typing.get_args(hint))
    return (others[0], optional) if len(others) == 1 else (hint, optional)


def _artifact_class(argument: Any, place: Place) -> type[Artifact]:
    if inspect.isclass(argument) and issubclass(argument, Artifact) and argument.TYPE_NAME:
        return argument
    raise ConfigError(
        "InputArtifact and OutputArtifact take an artifact class",
        place=place,
        value=argument,
        hint="for example InputArtifact[Model], of gristmill.dsl.standard_artifacts",
    )


def _value_artifact(hint: Any, place: Place) -> type[ValueArtifact]:
    if hint in _VALUE_ARTIFACTS:
        return _VALUE_ARTIFACTS[hint]
    if is_json_type(hint):
        return JsonValue
    raise ConfigError(
        "a value is int, float, str, bytes, bool, or a JSON list or dict",
        place=place,
        value=hint,
        hint="for artifacts use InputArtifact[…] and OutputArtifact[…], for messages Parameter[…]",
    )


def _parameter_type(argument: Any, place: Place) -> Any:
    inner, _ = _without_none(argument)
    if inner in _VALUE_ARTIFACTS or is_json_type(inner) or is_message_type(inner):
        return inner
    if inspect.isclass(inner) and issubclass(inner, str):
        return str
    raise ConfigError(
        "Parameter takes int, float, str, bool, bytes, a message class, or a JSON list or dict type",
        place=place,
        value=argument,
        hint="for artifacts use InputArtifact[…] and OutputArtifact[…]",
    )


def known_names(signature: FunctionSignature) -> Mapping[str, Any]:
    """All names that the function takes."""
    return {
        **signature.artifacts,
        **signature.artifact_lists,
        **signature.values,
        **signature.outputs,
        **signature.parameters,
    }
