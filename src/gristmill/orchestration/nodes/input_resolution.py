"""Which artifacts a node gets in this run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.channel import BaseChannel, OutputChannel, output_channels
from gristmill.dsl.node import BaseNode
from gristmill.errors import ConfigError
from gristmill.orchestration.run_result import NodeResult, NodeState

__all__ = ["ResultsSoFar", "artifacts_in", "hindrance", "resolve_inputs"]

ResultsSoFar = Mapping[str, NodeResult]


def artifacts_in(channel: BaseChannel, results: ResultsSoFar) -> list[Artifact]:
    """The artifacts that a channel holds in this run, each once.

    Raises:
        ConfigError: the channel names no node of this run; only a resolver may look at the history.
    """
    found = {artifact.id: artifact for part in channel.parts for artifact in _of_part(part, results)}
    return list(found.values())


def _of_part(channel: BaseChannel, results: ResultsSoFar) -> Sequence[Artifact]:
    if not isinstance(channel, OutputChannel):
        raise ConfigError(
            "a channel must come from a node of the same pipeline",
            value=channel,
            hint="put a Resolver in front to find artifacts of earlier runs, or an Importer for a given path.",
        )
    result = results.get(channel.producer.id)
    return () if result is None else result.outputs.get(channel.output_key, ())


def resolve_inputs(node: BaseNode, results: ResultsSoFar) -> dict[str, list[Artifact]]:
    """The artifacts of each of the node's inputs.

    Raises:
        ConfigError: an input that must hold something holds nothing.
    """
    resolved: dict[str, list[Artifact]] = {}
    for key, channel in node.inputs.items():
        resolved[key] = artifacts_in(channel, results)
        if not resolved[key] and not channel.is_optional:
            raise ConfigError(
                f"{node.id}: the input {key!r} holds no {channel.type_name}",
                hint="declare it optional (ChannelParameter(optional=True), or channel.as_optional()) "
                "if the node can do without.",
            )
    return resolved


def hindrance(node: BaseNode, upstream: Sequence[BaseNode], results: ResultsSoFar) -> tuple[NodeState, str] | None:
    """Whether what became of the nodes before it keeps a node from running, and as what it ends then."""
    for before in upstream:
        result = results[before.id]
        if result.state.has_outputs:
            continue
        needed_keys = _keys_that_need(node, before.id, results)
        if result.state is NodeState.SKIPPED:
            if needed_keys:
                return NodeState.SKIPPED, f"its input {needed_keys[0]!r} comes from {before.id}, which was skipped"
        elif needed_keys or not before.execution_options.success_optional:
            return NodeState.BLOCKED, _because(before.id, result)
    return None


def _keys_that_need(node: BaseNode, producer_id: str, results: ResultsSoFar) -> list[str]:
    """The inputs that hold nothing for want of that producer's outputs; conditions and parameters count as inputs."""
    inputs: dict[str, BaseChannel] = {
        **{key: channel for key, channel in node.inputs.items() if not channel.is_optional},
        **{f"condition {number}": channel for number, channel in enumerate(node.referred_channels)},
    }
    producers = {key: _producers(channel) for key, channel in inputs.items()}
    return [
        key
        for key, ids in producers.items()
        if producer_id in ids and not any(results[each].state.has_outputs for each in ids)
    ]


def _producers(channel: BaseChannel) -> set[str]:
    return {part.producer.id for part in output_channels([channel])}


def _because(node_id: str, result: NodeResult) -> str:
    if result.state is NodeState.BLOCKED:
        return result.reason
    if result.state is NodeState.CANCELED:
        return f"{node_id} was stopped"
    return f"{node_id} failed"
