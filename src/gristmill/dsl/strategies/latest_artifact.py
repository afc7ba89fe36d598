"""LatestArtifactStrategy: the newest artifacts of each channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.strategies.contract import ResolverStrategy
from gristmill.errors import ConfigError

if TYPE_CHECKING:
    from gristmill.metadata import MetadataStore

__all__ = ["LatestArtifactStrategy"]


class LatestArtifactStrategy(ResolverStrategy):
    """Chooses the newest artifacts (those with the highest ids) of each channel; None where a channel has none.

    Args:
        desired_num_of_artifacts: how many of each channel, where there are that many.
    """

    def __init__(self, desired_num_of_artifacts: int = 1) -> None:
        if desired_num_of_artifacts < 1:
            raise ConfigError(
                "desired_num_of_artifacts must be at least 1",
                value=desired_num_of_artifacts,
                hint="leave it out for the latest one",
            )
        self._count = desired_num_of_artifacts

    def resolve_artifacts(
        self, store: MetadataStore, input_dict: dict[str, list[Artifact]]
    ) -> dict[str, list[Artifact]] | None:
        newest = {
            key: sorted(artifacts, key=lambda artifact: artifact.id, reverse=True)[: self._count]
            for key, artifacts in input_dict.items()
        }
        return newest if all(newest.values()) else None

    def is_decided_by(self, input_dict: Mapping[str, list[Artifact]]) -> bool:
        if type(self) is not LatestArtifactStrategy:  # a subclass may choose by other things than age
            return False
        return all(len(artifacts) >= self._count for artifacts in input_dict.values())
