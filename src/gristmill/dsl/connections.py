"""What the inputs of a node are connected to, among the nodes that are at hand."""

from __future__ import annotations

from collections.abc import Mapping

from gristmill.did_you_mean import did_you_mean
from gristmill.dsl.channel import BaseChannel, Channel, OutputChannel, UnionChannel
from gristmill.dsl.node import BaseNode
from gristmill.errors import ConfigError

__all__ = ["check_sources", "connect"]


def connect(node: BaseNode, by_id: Mapping[str, BaseNode]) -> None:
    """Replace producers that the node's inputs name by id with the outputs of those nodes.

    Raises:
        ConfigError: there is no such node, or it has no such output.
    """
    node.inputs = {key: _connected(node, key, channel, by_id) for key, channel in node.inputs.items()}


def check_sources(node: BaseNode) -> None:
    """Refuse channels that no node feeds, where the node may not look at the history.

    Raises:
        ConfigError: an input, a condition or a parameter is connected to nothing.
    """
    for channel in node.referred_channels:
        for part in channel.parts:
            if not isinstance(part, OutputChannel):
                raise ConfigError(
                    f"{node.id}: a condition or parameter refers to a channel that is not the output of a node",
                    value=part,
                    hint="refer to <node>.outputs['…'].future()",
                )
    for key, channel in node.inputs.items():
        for part in channel.parts:
            if not isinstance(part, OutputChannel) and not node.READS_HISTORY:
                raise ConfigError(
                    f"{node.id}: the input {key!r} is not connected to the output of a node",
                    value=part,
                    hint="pass <node>.outputs['…']; for earlier runs' artifacts use a Resolver or Importer",
                )


def _connected(node: BaseNode, key: str, channel: BaseChannel, by_id: Mapping[str, BaseNode]) -> BaseChannel:
    if isinstance(channel, UnionChannel):
        union = UnionChannel([_connected(node, key, part, by_id) for part in channel.channels])
        union.is_optional = channel.is_optional
        return union
    if not isinstance(channel, Channel) or channel.producer_component_id is None:
        return channel
    producer = by_id.get(channel.producer_component_id)
    if producer is None:
        raise ConfigError(
            f"{node.id}: the input {key!r} comes from a node that is not in the pipeline",
            value=channel.producer_component_id,
            hint=did_you_mean(channel.producer_component_id, by_id, "nodes"),
        )
    output_key = channel.output_key or key
    output = producer.outputs.get(output_key)
    if output is None or output.type_name != channel.type_name:
        raise ConfigError(
            f"{producer.id} has no output {output_key!r} of type {channel.type_name}",
            value=f"input {key!r} of {node.id}",
            hint=did_you_mean(output_key, producer.outputs, "outputs"),
        )
    producer.add_downstream_node(node)
    return output.as_optional() if channel.is_optional else output
