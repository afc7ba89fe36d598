"""What both ends of the wire agree on: the service's name, its methods, and the bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gristmill.metadata.kinds import ARTIFACT, CONTEXT, EXECUTION, AnyKind
from gristmill.proto import metadata_store_service_pb2

__all__ = ["DEFAULT_PAGE", "KINDS", "LARGEST_PAGE", "MAX_MESSAGE_BYTES", "METHODS", "SERVICE", "address_of", "title_of"]

SERVICE = "ml_metadata.MetadataStoreService"

MAX_MESSAGE_BYTES = 64 * 1024 * 1024  # one request or answer: some hundred thousand nodes
DEFAULT_PAGE = 20  # nodes of a page where a request does not say; the published default
LARGEST_PAGE = 1000  # nodes of a page at most: some megabytes

KINDS = (ARTIFACT, EXECUTION, CONTEXT)


def title_of(kind: AnyKind) -> str:
    """How methods name a kind: ``Artifact``."""
    return kind.name.capitalize()


def address_of(host: str, port: int) -> str:
    """``host:port``, with brackets around the colons of IPv6."""
    return f"{f'[{host}]' if ':' in host else host}:{port}"


_OF_EACH_KIND = (
    "Put{}Type",
    "Put{}s",
    "Get{}Type",
    "Get{}Types",
    "Get{}TypesByID",
    "Get{}TypesByExternalIds",
    "Get{}s",
    "Get{}sByID",
    "Get{}sByType",
    "Get{}sByExternalIds",
    "Get{}ByTypeAndName",
)
_OTHERS = (
    "PutTypes",
    "PutEvents",
    "PutExecution",
    "PutLineageSubgraph",
    "PutAttributionsAndAssociations",
    "PutParentContexts",
    "GetArtifactsByURI",
    "GetEventsByExecutionIDs",
    "GetEventsByArtifactIDs",
    "GetContextsByArtifact",
    "GetContextsByExecution",
    "GetArtifactsByContext",
    "GetExecutionsByContext",
    "GetParentContextsByContext",
    "GetChildrenContextsByContext",
    "GetParentContextsByContexts",
    "GetChildrenContextsByContexts",
    "GetLineageGraph",
    "GetLineageSubgraph",
)


def _messages(method: str) -> tuple[Any, Any]:
    return (
        getattr(metadata_store_service_pb2, f"{method}Request"),
        getattr(metadata_store_service_pb2, f"{method}Response"),
    )


METHODS: Mapping[str, tuple[Any, Any]] = {
    method: _messages(method)
    for method in (*(name.format(title_of(kind)) for name in _OF_EACH_KIND for kind in KINDS), *_OTHERS)
}
"""The classes of request and answer of each method."""
