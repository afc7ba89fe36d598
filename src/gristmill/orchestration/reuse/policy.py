"""Which earlier executions a run may reuse.

=============================  =======================================================================
caching on                     any execution in the store with the same fingerprint
caching off                    those of the pipeline's previous run, if that run did not finish, and of the
                               runs that this one resumes (so that running again always goes on)
reuse forbidden                none
=============================  =======================================================================

A node's own ``enable_cache`` decides for that node, and over the pipeline's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gristmill.dsl.node import BaseNode
from gristmill.metadata import MetadataStore
from gristmill.orchestration.records.run_records import RunRecord
from gristmill.orchestration.reuse.search import reused_execution
from gristmill.proto import metadata_store_pb2

__all__ = ["NO_REUSE", "ReusePolicy"]

NO_REUSE = "reuse is switched off for this run"

_FINISHED = (metadata_store_pb2.Execution.COMPLETE, metadata_store_pb2.Execution.CACHED)


@dataclass(frozen=True)
class ReusePolicy:
    """See the module's table.

    Attributes:
        caching: whether the cache is on; None forbids any reuse, for all nodes.
        resumable: ids of the executions that the unfinished runs before completed or reused.
    """

    caching: bool | None
    resumable: frozenset[int] = frozenset()

    @classmethod
    def of_run(cls, store: MetadataStore, caching: bool | None, unfinished: Iterable[RunRecord]) -> ReusePolicy:
        """The policy of a run that follows these."""
        if caching is not False:
            return cls(caching)
        executions = [each for run in unfinished for each in store.get_executions_by_context(run.context.id)]
        finished = [execution for execution in executions if execution.last_known_state in _FINISHED]
        return cls(caching, frozenset(reused_execution(execution) for execution in finished))

    def forbids(self, node: BaseNode) -> str:
        """Why nothing at all may be reused for a node; empty when something may."""
        if self.caching is None:
            return NO_REUSE
        return "reuse is switched off for this node" if node.enable_cache is False else ""

    def oldest(self, node: BaseNode) -> int | None:
        """The lowest id of the executions that may be reused for a node; None where there are none."""
        if self.forbids(node):
            return None
        return 0 if self._is_cached(node) else min(self.resumable, default=None)

    def allows(self, node: BaseNode, execution: metadata_store_pb2.Execution) -> bool:
        """Whether this execution may stand for a new one of the node, if it holds up."""
        return not self.forbids(node) and (self._is_cached(node) or execution.id in self.resumable)

    def _is_cached(self, node: BaseNode) -> bool:
        return bool(self.caching or node.enable_cache)
