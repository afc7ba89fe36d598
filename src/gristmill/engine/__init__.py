"""The engine: full passes over data, as accumulators and maps over shards. See ``contract`` for the two verbs.

``LocalEngine`` is loaded when it is first used: with it come Arrow and the codec, and a run that reuses everything
passes over no data.
"""

from typing import TYPE_CHECKING, Any

from gristmill.engine.contract import Accumulator, Engine, MapFunction, Progress, ProgressCallback, Sink
from gristmill.engine.runner_flags import engine_for

if TYPE_CHECKING:
    from gristmill.engine.local import LocalEngine

__all__ = [
    "Accumulator",
    "Engine",
    "LocalEngine",
    "MapFunction",
    "Progress",
    "ProgressCallback",
    "Sink",
    "engine_for",
]


def __getattr__(name: str) -> Any:
    if name != "LocalEngine":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from gristmill.engine.local import LocalEngine

    return LocalEngine


def __dir__() -> list[str]:
    return __all__
