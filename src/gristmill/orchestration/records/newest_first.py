"""Executions and contexts, newest first, read from the store only as far as somebody looks.

A store grows for years, and nearly always the newest is the one that is looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from gristmill.metadata import ListOptions, MetadataStore, OrderByField
from gristmill.proto import metadata_store_pb2

__all__ = ["newest_contexts", "newest_executions", "newest_first"]

_Node = TypeVar("_Node", metadata_store_pb2.Artifact, metadata_store_pb2.Context, metadata_store_pb2.Execution)
_GROWTH = 10  # each page is so many times as long as the one before
_LONGEST = 1000  # nodes in a page


def newest_executions(
    store: MetadataStore, context_id: int, *, before: int | None = None, passing: str = ""
) -> Iterator[metadata_store_pb2.Execution]:
    """The executions of a context.

    Args:
        before: only those with lower ids than this.
        passing: only those that pass this filter.
    """
    return _pages(lambda options: store.get_executions_by_context(context_id, options), before, passing)


def newest_contexts(store: MetadataStore) -> Iterator[metadata_store_pb2.Context]:
    """All contexts."""
    return _pages(store.get_contexts)


def newest_first(limit: int, passing: str = "") -> ListOptions:
    """The options that list the newest nodes of those that pass a filter."""
    return ListOptions(limit, OrderByField.ID, is_asc=False, filter_query=passing or None)


def _pages(read: Callable[[ListOptions], list[_Node]], before: int | None = None, passing: str = "") -> Iterator[_Node]:
    size = 1
    while True:
        conditions = [f"({passing})"] * bool(passing) + [f"id < {before}"] * (before is not None)
        page = read(newest_first(size, " AND ".join(conditions)))
        yield from page
        if len(page) < size:
            return
        before, size = page[-1].id, min(size * _GROWTH, _LONGEST)
