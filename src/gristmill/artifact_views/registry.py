"""From an artifact to its view: by the name of its type, else by those of the types that its class derives from.

A view function returns what is special about the type. Around it every artifact has the same frame: where it is, its
properties, and a clear notice instead of an exception where its payload is missing or cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TypeVar

from gristmill.artifact_views.facts import facts
from gristmill.artifact_views.functions import ViewFunction, function_named, registers
from gristmill.artifact_views.plain import plain_view
from gristmill.artifact_views.refusal import refusal
from gristmill.display import View
from gristmill.display.elements import details
from gristmill.dsl.artifact import Artifact
from gristmill.errors import ConfigError

__all__ = ["artifact_view", "register_view"]

_Function = TypeVar("_Function", bound=ViewFunction)

# Modules that register the views of the standard types when they are imported.
_STANDARD = ("anomalies", "blessings", "evaluation", "examples", "hyperparameters", "inference_result", "model",
             "model_run", "pushed_model", "schema", "statistics", "transform_graph", "values")  # fmt: skip


def register_view(artifact_class: type[Artifact]) -> Callable[[_Function], _Function]:
    """Decorator: this function makes the views of artifacts of this class, and of classes derived from it.

    The function takes the artifact and returns a ``display.View``. The last one registered for a type counts, so that
    the view of a standard type can be replaced.

    Args:
        artifact_class: the class; it needs a TYPE_NAME.

    Raises:
        ConfigError: it has none.
    """
    if not artifact_class.TYPE_NAME:
        raise ConfigError("a view is registered for a class with a TYPE_NAME", value=artifact_class.__name__)
    _load_standard_views()  # first, so that they do not come later and win
    return registers(artifact_class)


def artifact_view(artifact: Artifact) -> View:
    """What an artifact looks like.

    Reads only what lies below the artifact's URI, and never more of it than a view shows: of examples, for instance,
    one small batch of each split. A payload that is missing or unreadable is a notice in the view.

    Args:
        artifact: of any type, in a store or not.
    """
    _load_standard_views()
    title = f"{artifact.type_name} {artifact.id}" if artifact.id else artifact.type_name
    frame = details("Properties and place", facts(artifact))
    try:
        body = _function_of(artifact)(artifact).body
    except Exception as error:  # noqa: BLE001 - whatever a payload or a user's view function does, the rest is shown
        body = refusal(artifact, error)
    return View(title, body + frame)


def _function_of(artifact: Artifact) -> ViewFunction:
    names = [artifact.type_name, *(getattr(base, "TYPE_NAME", "") for base in type(artifact).__mro__)]
    found = (function_named(name) for name in names)
    return next((function for function in found if function is not None), plain_view)


@cache
def _load_standard_views() -> None:
    for module in _STANDARD:
        import_module(f"{__package__}.{module}")
