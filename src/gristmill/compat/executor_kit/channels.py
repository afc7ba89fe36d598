"""The functions of ``tfx.types.channel_utils``."""

from __future__ import annotations

from typing import Any

from gristmill.dsl.channel import BaseChannel, union
from gristmill.errors import NotSupportedError

__all__ = ["as_channel", "get_individual_channels", "union"]


def as_channel(source: Any) -> BaseChannel:
    """A channel as it is.

    Raises:
        NotSupportedError: for artifacts that no node made.
    """
    if isinstance(source, BaseChannel):
        return source
    raise NotSupportedError("artifacts become channels through a node", value=source, hint="use an Importer")


def get_individual_channels(input_channel: BaseChannel) -> list[BaseChannel]:
    """The channels that a union consists of; any other channel as a list of one."""
    return list(input_channel.parts)
