"""InteractiveContext; and the names of the family's runners for other platforms, which say what to use here instead."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gristmill.errors import NotSupportedError

if TYPE_CHECKING:
    from gristmill.orchestration import interactive
    from gristmill.orchestration.interactive.interactive_context import InteractiveContext

__all__ = [
    "FinalStatusStr",
    "InteractiveContext",
    "KubeflowV2DagRunner",
    "KubeflowV2DagRunnerConfig",
    "exit_handler",
    "interactive",
]

_HINT = "run the pipeline with LocalDagRunner, inside one container if need be."


class FinalStatusStr(str):
    """The type of the parameter through which an exit handler gets the run's final status."""


class KubeflowV2DagRunnerConfig:
    """Not supported."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotSupportedError("pipelines cannot be compiled for Kubeflow", hint=_HINT)


class KubeflowV2DagRunner:
    """Not supported."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotSupportedError("pipelines cannot be compiled for Kubeflow", hint=_HINT)


def exit_handler(func: Callable[..., Any]) -> Callable[..., Any]:
    """Not supported."""
    raise NotSupportedError(
        "exit handlers belong to Kubeflow", value=func, hint="look at the RunResult that LocalDagRunner().run returns."
    )


def __getattr__(name: str) -> Any:
    if name not in ("InteractiveContext", "interactive"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    package = import_module("gristmill.orchestration.interactive")  # with all views: when it is asked for
    return package if name == "interactive" else package.InteractiveContext
