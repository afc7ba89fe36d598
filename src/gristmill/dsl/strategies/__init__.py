"""Strategies: how a Resolver chooses among the artifacts of earlier runs. One strategy per file."""

from gristmill.dsl.strategies.contract import ResolverStrategy
from gristmill.dsl.strategies.latest_artifact import LatestArtifactStrategy
from gristmill.dsl.strategies.latest_blessed_model import LatestBlessedModelStrategy
from gristmill.dsl.strategies.span_range import SpanRangeStrategy

__all__ = ["LatestArtifactStrategy", "LatestBlessedModelStrategy", "ResolverStrategy", "SpanRangeStrategy"]
