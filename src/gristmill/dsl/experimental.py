"""Resolver strategies, runtime parameters and container components."""

from gristmill.dsl.container_component import create_container_component
from gristmill.dsl.runtime_parameter import RuntimeParameter
from gristmill.dsl.strategies import (
    LatestArtifactStrategy,
    LatestBlessedModelStrategy,
    ResolverStrategy,
    SpanRangeStrategy,
)

__all__ = [
    "LatestArtifactStrategy",
    "LatestBlessedModelStrategy",
    "ResolverStrategy",
    "RuntimeParameter",
    "SpanRangeStrategy",
    "create_container_component",
]
