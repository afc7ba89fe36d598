"""How ``put_execution`` and ``put_lineage_subgraph`` treat nodes that may exist already."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Reuse"]


@dataclass(frozen=True)
class Reuse:
    """What to take from the store instead of creating it.

    Attributes:
        contexts: a context without id whose (type, name) exists is taken as it is, not updated.
        contexts_by_id: a context with id is taken as it is, not updated; it needs neither type nor name.
        artifacts_by_external_id: an artifact without id updates the one that has its external id.
    """

    contexts: bool = False
    contexts_by_id: bool = False
    artifacts_by_external_id: bool = False
