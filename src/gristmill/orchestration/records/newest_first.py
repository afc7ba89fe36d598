"""Nodes of the metadata store, newest first, read from the store only as far as somebody looks.

A store grows for years, and nearly always the newest is the one that is looked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TypeVar

from gristmill.metadata import ListOptions, MetadataStore, OrderByField
from gristmill.proto import metadata_store_pb2

__all__ = ["literal", "newest_artifacts", "newest_contexts", "newest_executions", "newest_first"]

_Node = TypeVar("_Node", metadata_store_pb2.Artifact, metadata_store_pb2.Context, metadata_store_pb2.Execution)
_GROWTH = 3  # each page is so many times as long as the one before
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


def newest_artifacts(store: MetadataStore, *, passing: str) -> Iterator[metadata_store_pb2.Artifact]:
    """The artifacts that pass a filter."""
    return _pages(store.get_artifacts, passing=passing)


def newest_contexts(
    store: MetadataStore, *, passing: str = "", first_page: int = 1
) -> Iterator[metadata_store_pb2.Context]:
    """All contexts.

    Args:
        passing: only those that pass this filter.
        first_page: how many are read at once to begin with.
    """
    return _pages(store.get_contexts, passing=passing, size=first_page)


def newest_first(limit: int, passing: str = "") -> ListOptions:
    """The options that list the newest nodes of those that pass a filter."""
    return ListOptions(limit, OrderByField.ID, is_asc=False, filter_query=passing or None)


def literal(text: str) -> str:
    """A text as filters write it."""
    return json.dumps(text, ensure_ascii=False)


def _pages(
    read: Callable[[ListOptions], list[_Node]], before: int | None = None, passing: str = "", size: int = 1
) -> Iterator[_Node]:
    while True:
        conditions = [f"({passing})"] * bool(passing) + [f"id < {before}"] * (before is not None)
        page = read(newest_first(size, " AND ".join(conditions)))
        yield from page
        if len(page) < size:
            return
        before, size = page[-1].id, min(size * _GROWTH, _LONGEST)
