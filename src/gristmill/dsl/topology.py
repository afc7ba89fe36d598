"""The order in which nodes can run."""

from __future__ import annotations

from collections.abc import Sequence

from gristmill.dsl.node import BaseNode
from gristmill.errors import ConfigError

__all__ = ["in_running_order"]


def in_running_order(nodes: Sequence[BaseNode], pipeline_name: str) -> list[BaseNode]:
    """The nodes, each behind its upstream nodes; those that do not depend on each other keep their order.

    Raises:
        ConfigError: some nodes need each other; the message shows the circle.
    """
    waiting = list(nodes)
    ordered: list[BaseNode] = []
    done: set[BaseNode] = set()
    while waiting:
        ready = next((node for node in waiting if done.issuperset(node.upstream_nodes)), None)
        if ready is None:
            circle = _circle(waiting)
            raise ConfigError(
                f"nodes of pipeline {pipeline_name!r} need each other, so that none can run first",
                value=" → ".join(circle),
                hint="remove one of these connections or add_upstream_node calls",
            )
        waiting.remove(ready)
        ordered.append(ready)
        done.add(ready)
    return ordered


def _circle(waiting: Sequence[BaseNode]) -> list[str]:
    """Ids along one circle, downstream to upstream, the first repeated at the end. All lead into one."""
    path = [waiting[0]]
    while True:
        following = next(node for node in path[-1].upstream_nodes if node in waiting)
        if following in path:
            return [node.id for node in [*path[path.index(following) :], following]]
        path.append(following)
