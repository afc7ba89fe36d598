"""Runs pipelines: in parallel, resumable, with every decision on record.

    from gristmill.orchestration import LocalDagRunner
    result = LocalDagRunner().run(pipeline)

Names load when they are first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gristmill.orchestration import experimental, metadata
    from gristmill.orchestration.local_dag_runner import LocalDagRunner
    from gristmill.orchestration.plans.planning import plan
    from gristmill.orchestration.plans.run_plan import PlannedNode, PlannedState, RunPlan
    from gristmill.orchestration.run_result import NodeResult, NodeState, RunResult
    from gristmill.orchestration.run_settings import RunOptions

_HOMES = {
    "LocalDagRunner": "gristmill.orchestration.local_dag_runner",
    "NodeResult": "gristmill.orchestration.run_result",
    "NodeState": "gristmill.orchestration.run_result",
    "PlannedNode": "gristmill.orchestration.plans.run_plan",
    "PlannedState": "gristmill.orchestration.plans.run_plan",
    "RunOptions": "gristmill.orchestration.run_settings",
    "RunPlan": "gristmill.orchestration.plans.run_plan",
    "RunResult": "gristmill.orchestration.run_result",
    "plan": "gristmill.orchestration.plans.planning",
}
_MODULES = ("experimental", "metadata")

__all__ = [
    "LocalDagRunner",
    "NodeResult",
    "NodeState",
    "PlannedNode",
    "PlannedState",
    "RunOptions",
    "RunPlan",
    "RunResult",
    "experimental",
    "metadata",
    "plan",
]


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
