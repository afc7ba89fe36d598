"""What a strategy is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING

from gristmill.dsl.artifact import Artifact

if TYPE_CHECKING:
    from gristmill.metadata import MetadataStore

__all__ = ["ResolverStrategy"]


class ResolverStrategy(ABC):
    """Chooses artifacts. Its constructor takes the Resolver's ``config`` as keyword arguments."""

    @abstractmethod
    def resolve_artifacts(
        self, store: MetadataStore, input_dict: dict[str, list[Artifact]]
    ) -> dict[str, list[Artifact]] | None:
        """The chosen artifacts by key.

        Args:
            store: for strategies that need more than the artifacts themselves, such as their lineage.
            input_dict: all published artifacts of each of the resolver's channels, of all runs of the pipeline.

        Returns:
            The chosen artifacts, an empty list where the nodes behind may go on without; None where they may not:
            the resolver then fails for want of inputs.
        """

    def is_decided_by(self, input_dict: Mapping[str, list[Artifact]]) -> bool:
        """Whether it would choose the same, were artifacts added that are older than all of these.

        A strategy that says so spares a pipeline with a long history the reading of it. By default all artifacts are
        given to it.
        """
        return False
