"""The language of pipelines: artifacts, channels, components and the pipeline itself.

    from gristmill import dsl

    pipeline = dsl.Pipeline("taxi", pipeline_root="runs", components=[...])

The names are loaded when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gristmill.dsl import components, experimental, io, placeholders, standard_annotations
    from gristmill.dsl.artifact import Artifact
    from gristmill.dsl.channel import Channel
    from gristmill.dsl.condition import Cond
    from gristmill.dsl.importer import Importer
    from gristmill.dsl.pipeline import ExecutionMode, Pipeline
    from gristmill.dsl.resolver import Resolver

__all__ = [
    "Artifact",
    "Channel",
    "Cond",
    "ExecutionMode",
    "Importer",
    "Pipeline",
    "Resolver",
    "components",
    "experimental",
    "io",
    "placeholders",
    "standard_annotations",
]

_HOMES = {
    "Artifact": "artifact",
    "Channel": "channel",
    "Cond": "condition",
    "ExecutionMode": "pipeline",
    "Importer": "importer",
    "Pipeline": "pipeline",
    "Resolver": "resolver",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"gristmill.dsl.{_HOMES[name]}"), name)
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module(f"gristmill.dsl.{name}")


def __dir__() -> list[str]:
    return __all__
