"""The named points in a node's life.

A crash can happen anywhere; at these points something has just become durable or is about to, so whoever survives a
crash at each of them survives all. The runner passes each point through :func:`checkpoint`, and a listener may be set
that is called there (to stop a process at a chosen point, for example).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

__all__ = ["Point", "checkpoint", "listen"]


class Point(Enum):
    """In the order in which a node that runs passes them; one that is reused passes RESOLVED, KEYED and PUBLISHED.

    SWEPT is passed by the process that comes after a crash, for each node that was running then.
    """

    RESOLVED = "resolved"  # inputs are known, nothing was written
    KEYED = "keyed"  # the fingerprint is known and the cache was asked
    REGISTERED = "registered"  # the execution is in the store as RUNNING
    STAGED = "staged"  # the staging folders exist
    EXECUTED = "executed"  # the executor has returned, everything lies in staging
    MEASURED = "measured"  # the outputs have their digests
    RENAMED = "renamed"  # the outputs have their final names, the store does not know of them yet
    PUBLISHED = "published"  # the store knows
    SWEPT = "swept"  # what a dead execution had written is removed, the store still calls it RUNNING


Listener = Callable[[str, Point], None]

_listener: Listener | None = None


def checkpoint(node_id: str, point: Point) -> None:
    """Tell the listener, if there is one, that a node has reached a point."""
    if _listener is not None:
        _listener(node_id, point)


def listen(listener: Listener | None) -> None:
    """Set the one listener of this process, or take it away."""
    global _listener
    _listener = listener
