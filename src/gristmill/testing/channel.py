"""Channels for unit tests of components: an input without a pipeline around it."""

from __future__ import annotations

from collections.abc import Iterable

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.channel import BaseChannel

__all__ = ["Channel", "ChannelForTesting"]


class ChannelForTesting(BaseChannel):
    """A channel that stands for some node's output.

    Args:
        artifact_type: the class of the artifacts.
        artifact_ids: ids of the artifacts that the test has in mind.
    """

    def __init__(self, artifact_type: type[Artifact], artifact_ids: Iterable[int] = ()) -> None:
        super().__init__(artifact_type)
        self.artifact_ids = list(artifact_ids)

    def __repr__(self) -> str:
        return f"ChannelForTesting({self.type_name}, {self.artifact_ids})"


Channel = ChannelForTesting
