"""Pipelines step by step: in a notebook, or in any Python.

    from gristmill.orchestration.interactive import InteractiveContext

    context = InteractiveContext()

``%load_ext gristmill.orchestration.interactive`` makes a notebook know ``%%skip_for_export`` before it has a context.
Names load when they are first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gristmill.orchestration.interactive import interactive_context
    from gristmill.orchestration.interactive.execution_result import ExecutionResult
    from gristmill.orchestration.interactive.interactive_context import InteractiveContext
    from gristmill.orchestration.interactive.skip_for_export import load_ipython_extension, unload_ipython_extension

__all__ = [
    "ExecutionResult",
    "InteractiveContext",
    "interactive_context",
    "load_ipython_extension",
    "unload_ipython_extension",
]

_HOMES = {
    "ExecutionResult": "execution_result",
    "InteractiveContext": "interactive_context",
    "load_ipython_extension": "skip_for_export",
    "unload_ipython_extension": "skip_for_export",
}


def __getattr__(name: str) -> Any:
    if name == "interactive_context":  # the module by whose path TFX users know the class
        return import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
