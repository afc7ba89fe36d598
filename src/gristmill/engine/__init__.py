"""The engine: full passes over data, as accumulators and maps over shards. See ``contract`` for the two verbs."""

from gristmill.engine.contract import Accumulator, Engine, MapFunction, Progress, ProgressCallback, Sink
from gristmill.engine.local import LocalEngine
from gristmill.engine.runner_flags import engine_for

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
