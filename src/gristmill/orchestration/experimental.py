"""Names of the family's runners for other platforms. They are known, and say what to use here instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gristmill.errors import NotSupportedError

__all__ = ["FinalStatusStr", "KubeflowV2DagRunner", "KubeflowV2DagRunnerConfig", "exit_handler"]

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
