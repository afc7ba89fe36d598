"""The functions of ``tfx.types.channel_utils``."""

from __future__ import annotations

from collections.abc import Iterable

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.channel import BaseChannel, Channel, union
from gristmill.errors import ConfigError

__all__ = ["as_channel", "get_individual_channels", "union"]


def as_channel(source: BaseChannel | Iterable[Artifact]) -> BaseChannel:
    """A channel as it is; a channel of the type of new artifacts, as components declare their outputs.

    Raises:
        ConfigError: there are no artifacts to tell the type from.
        NotSupportedError: the artifacts have payloads, which no node of the pipeline made.
    """
    if isinstance(source, BaseChannel):
        return source
    artifacts = list(source)
    if not artifacts:
        raise ConfigError("a channel's type is that of its artifacts", value=source, hint="Channel(type=…)")
    return Channel(type=type(artifacts[0]), artifacts=artifacts)


def get_individual_channels(input_channel: BaseChannel) -> list[BaseChannel]:
    """The channels that a union consists of; any other channel as a list of one."""
    return list(input_channel.parts)
