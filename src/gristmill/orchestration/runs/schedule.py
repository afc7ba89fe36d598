"""Runs a graph of nodes in threads: each when everything before it has ended, as many at once as allowed."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

__all__ = ["Schedule"]

Result = TypeVar("Result")

_NO_NODE = ""


@dataclass
class Schedule(Generic[Result]):
    """The state of one walk over the graph.

    Attributes:
        upstream: for each node, in the order in which ready nodes are taken, the nodes that must have ended before it.
        run_node: called in a thread of its own for each node; must return, not raise.
        limit: how many nodes may run at once.
        started: called before a node's thread starts, in the thread that walks.
    """

    upstream: Mapping[str, Collection[str]]
    run_node: Callable[[str], Result]
    limit: int
    started: Callable[[str], None]
    running: set[str] = field(default_factory=set, init=False)
    _ended: set[str] = field(default_factory=set, init=False)
    _results: queue.SimpleQueue[tuple[str, Result | BaseException]] = field(
        default_factory=queue.SimpleQueue, init=False
    )

    def walk(self) -> Iterator[Result]:
        """Run all nodes; yields each result as it comes, in the calling thread.

        An exception that strikes the calling thread (KeyboardInterrupt), or was given to ``interrupt``, leaves the
        nodes that run running; see ``drain``.
        """
        while len(self._ended) < len(self.upstream):
            self._start_ready()
            yield self._next_result(timeout=None)

    def drain(self, grace_seconds: float) -> Iterator[Result]:
        """Start nothing more; yield the results of running nodes that end within the time given.

        Afterwards ``running`` holds those that did not.
        """
        while self.running:
            try:
                yield self._next_result(timeout=grace_seconds)
            except queue.Empty:
                return

    def interrupt(self, error: BaseException) -> None:
        """Have ``walk`` or ``drain`` raise an error when it has yielded the results that came before.

        A signal's handler may call it: the queue's ``put`` is made for that.
        """
        self._results.put((_NO_NODE, error))

    def _start_ready(self) -> None:
        for node_id, before in self.upstream.items():
            if len(self.running) >= self.limit:
                return
            if node_id in self._ended or node_id in self.running or not self._ended.issuperset(before):
                continue
            self.running.add(node_id)
            self.started(node_id)
            # Daemon threads: a stopped run must be able to leave a call that does not come back.
            threading.Thread(target=self._work, args=(node_id,), name=f"node {node_id}", daemon=True).start()

    def _work(self, node_id: str) -> None:
        try:
            self._results.put((node_id, self.run_node(node_id)))
        except BaseException as error:  # noqa: BLE001 - handed over to the walking thread, which raises it
            self._results.put((node_id, error))

    def _next_result(self, timeout: float | None) -> Result:
        node_id, result = self._results.get(timeout=timeout)
        if node_id != _NO_NODE:
            self.running.discard(node_id)
            self._ended.add(node_id)
        if isinstance(result, BaseException):
            raise result
        return result
