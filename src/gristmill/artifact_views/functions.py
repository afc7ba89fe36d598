"""The functions that make views, by the name of the artifact type that each is for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from gristmill.display import View
from gristmill.dsl.artifact import Artifact

__all__ = ["ViewFunction", "function_named", "registers"]

ViewFunction = Callable[[Any], View]
_Function = TypeVar("_Function", bound=ViewFunction)

_functions: dict[str, ViewFunction] = {}


def registers(*artifact_classes: type[Artifact]) -> Callable[[_Function], _Function]:
    """Decorator: this function makes the views of artifacts of these classes."""

    def registered(function: _Function) -> _Function:
        for artifact_class in artifact_classes:
            _functions[artifact_class.TYPE_NAME] = function
        return function

    return registered


def function_named(type_name: str) -> ViewFunction | None:
    """The function for a type; None where there is none."""
    return _functions.get(type_name)
