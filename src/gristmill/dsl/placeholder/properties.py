"""Placeholders for a node's parameters, for its invocation, its platform, and the environment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format, message

from gristmill.dsl.placeholder.expression import Placeholder
from gristmill.dsl.placeholder.scope import Scope
from gristmill.errors import ConfigError

__all__ = [
    "EnvironmentVariablePlaceholder",
    "ExecPropertyPlaceholder",
    "InvocationPlaceholder",
    "RuntimeInfoPlaceholder",
]

_INVOCATION_FIELDS = (
    "execution_properties",
    "output_metadata_uri",
    "stateful_working_dir",
    "tmp_dir",
    "execution_id",
    "pipeline_run_id",
    "top_level_pipeline_run_id",
    "pipeline_name",
    "node_id",
    "frontend_url",
)
_RUNTIME_INFO_KEYS = ("executor_spec", "platform_config", "pipeline_platform_config")


@dataclass(frozen=True, eq=False)
class _Structured(Placeholder):
    """Something with fields and items: ``.name`` and ``[key]`` make a placeholder for the part.

    Its own attributes are private, so that a field may have any public name.
    """

    _key: str
    _path: tuple[str | int, ...] = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return type(self)(self._key, (*self._path, name))

    def __getitem__(self, key: str | int) -> Any:
        return type(self)(self._key, (*self._path, key))


@dataclass(frozen=True, eq=False)
class ExecPropertyPlaceholder(_Structured):
    """A parameter of the node, or a part of it."""

    def value_in(self, scope: Scope) -> Any:
        if scope.exec_properties is None or self._key not in scope.exec_properties:
            known = ", ".join(sorted(scope.exec_properties or {})) or "none"
            raise ConfigError(f"there is no parameter {self._key!r} here", hint=f"the parameters are: {known}")
        value = scope.exec_properties[self._key]
        kind = scope.parameter_types.get(self._key)
        if isinstance(value, str) and isinstance(kind, type) and issubclass(kind, message.Message):
            value = json_format.Parse(value, kind())
        elif isinstance(value, str) and self._path:
            value = _parsed(value, self._key)
        return _reach(value, self._path)


@dataclass(frozen=True, eq=False)
class InvocationPlaceholder(_Structured):
    """The invocation of the executor, or a field of it."""

    def __getattr__(self, name: str) -> Any:
        if not self._path and name not in _INVOCATION_FIELDS:
            raise AttributeError(f"an invocation has no field {name!r}; its fields: {', '.join(_INVOCATION_FIELDS)}")
        return super().__getattr__(name)

    def value_in(self, scope: Scope) -> Any:
        if scope.execution_invocation is None:
            raise ConfigError(
                "the invocation is not known before the executor runs", hint="executors find it in their context"
            )
        return _reach(scope.execution_invocation, self._path)


@dataclass(frozen=True, eq=False)
class RuntimeInfoPlaceholder(_Structured):
    """Platform-dependent configuration, or a part of it."""

    def __post_init__(self) -> None:
        if self._key not in _RUNTIME_INFO_KEYS:
            raise ConfigError(
                "runtime_info takes one of " + ", ".join(_RUNTIME_INFO_KEYS),
                value=self._key,
                hint="the keys are those of the platform that runs the pipeline",
            )

    def value_in(self, scope: Scope) -> Any:
        if scope.runtime_info is None or self._key not in scope.runtime_info:
            raise ConfigError(f"this runner has no {self._key}", hint="leave the placeholder out")
        return _reach(scope.runtime_info[self._key], self._path)


@dataclass(frozen=True, eq=False)
class EnvironmentVariablePlaceholder(Placeholder):
    """The value of an environment variable where the node runs; None where it is not set."""

    name: str

    def value_in(self, scope: Scope) -> str | None:
        return scope.environment.get(self.name)


def _parsed(text: str, key: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(
            f"the parameter {key!r} has no parts: it is plain text",
            value=text,
            hint="declare it as a dict or a list to refer to its parts",
        ) from error


def _reach(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = _part(value, step)
    return value


def _part(value: Any, step: str | int) -> Any:
    if isinstance(value, message.Message) and isinstance(step, str) and step in value.DESCRIPTOR.fields_by_name:
        return getattr(value, step)
    if isinstance(value, Mapping) and step in value:
        return value[step]
    if isinstance(step, int) and not isinstance(value, str | bytes | Mapping | message.Message):
        try:
            return value[step]
        except (IndexError, TypeError) as error:
            raise ConfigError(
                f"the value has no item {step}", value=value, hint="look at what the value holds"
            ) from error
    raise ConfigError(f"the value has no field {step!r}", value=value, hint="look at what the value holds")
