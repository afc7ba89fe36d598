"""How a pipeline is to be run, apart from what the pipeline itself says.

``gristmill run`` executes the user's file, which calls ``LocalDagRunner().run(pipeline)`` somewhere inside. What the
command line says reaches that call as *overriding* settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from enum import Enum

from gristmill.orchestration.observer import RunObserver
from gristmill.orchestration.stops.chaos import Chaos

__all__ = ["DEFAULT_WORKERS", "Caching", "RunOptions", "RunSettings", "overridden", "overriding"]

# A node's heavy work already uses all cores, so more nodes at once gain little and each holds its batches in memory;
# a second one fills the cores while the first reads, waits or finishes on one core.
DEFAULT_WORKERS = 2


class Caching(Enum):
    """Whether unchanged nodes are reused."""

    PIPELINE = "as the pipeline's enable_cache says"
    ON = "whatever the pipeline says, except nodes with enable_cache=False"
    FORBIDDEN = "nothing is reused"


@dataclass(frozen=True)
class RunOptions:
    """Runs a part of a pipeline: what lies behind ``from_nodes`` and before ``to_nodes``, both included.

    Attributes:
        from_nodes: ids to begin at; None begins everywhere.
        to_nodes: ids to end at; None ends everywhere.
        base_pipeline_run_id: the run whose outputs stand for the nodes before; None takes each node's newest.
    """

    from_nodes: Sequence[str] | None = None
    to_nodes: Sequence[str] | None = None
    base_pipeline_run_id: str | None = None


@dataclass(frozen=True)
class RunSettings:
    """See the module's description.

    Attributes:
        caching: whether unchanged nodes are reused.
        parameters: values of runtime parameters, by name.
        options: which part of the pipeline is run.
        workers: how many nodes may run at once; None lets DEFAULT_WORKERS decide.
        observer: sees the run.
        chaos: what is to happen at named points. The runner checks it against the pipeline; who made it listens.
        only_plan: whether nothing is to be run: what would be is told, by raising PlanMade.
    """

    caching: Caching = Caching.PIPELINE
    parameters: Mapping[str, int | float | str] = field(default_factory=dict)
    options: RunOptions = RunOptions()
    workers: int | None = None
    observer: RunObserver = field(default_factory=RunObserver)
    chaos: Chaos = field(default_factory=Chaos)
    only_plan: bool = False


_overrides: ContextVar[RunSettings | None] = ContextVar("gristmill_run_settings", default=None)


@contextmanager
def overriding(settings: RunSettings) -> Iterator[None]:
    """Runs that start in the block follow these settings where they say something."""
    token = _overrides.set(settings)
    try:
        yield
    finally:
        _overrides.reset(token)


def overridden(settings: RunSettings) -> RunSettings:
    """The settings, with those of the surrounding ``overriding`` blocks over them."""
    over = _overrides.get()
    if over is None:
        return settings
    return replace(
        over,
        caching=settings.caching if over.caching is Caching.PIPELINE else over.caching,
        parameters={**settings.parameters, **over.parameters},
        options=settings.options if over.options == RunOptions() else over.options,
        workers=over.workers or settings.workers,
    )
