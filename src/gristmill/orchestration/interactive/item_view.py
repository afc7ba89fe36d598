"""What ``context.show`` shows of an item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from gristmill.artifact_views import artifact_view
from gristmill.display import Markup, View, compose
from gristmill.display.elements import notice, tabs
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.channel import BaseChannel, OutputChannel
from gristmill.dsl.node import BaseNode
from gristmill.errors import ConfigError
from gristmill.orchestration.interactive.execution_result import ExecutionResult

__all__ = ["Showable", "item_view"]

Showable: TypeAlias = BaseChannel | BaseNode | ExecutionResult | Artifact | Sequence[Artifact] | View


def item_view(item: Showable) -> View:
    """The view of artifacts, or of all that a channel, node or result holds.

    Raises:
        ConfigError: a node has not been run, or the item is something else.
    """
    if isinstance(item, View):
        return item
    if isinstance(item, Artifact):
        return artifact_view(item)
    if isinstance(item, BaseChannel):
        return _artifacts_view(_title(item), item.get())
    if isinstance(item, BaseNode):
        return _outputs_view(item, {key: channel.get() for key, channel in item.outputs.items()})
    if isinstance(item, ExecutionResult):
        return _outputs_view(item.component, item.outputs)
    if isinstance(item, Sequence) and item and all(isinstance(each, Artifact) for each in item):
        return _artifacts_view("Artifacts", item)
    raise ConfigError(
        "what can be shown is a channel, a component, an execution result, or artifacts",
        value=item,
        hint="context.show(component.outputs['key'])",
    )


def _title(channel: BaseChannel) -> str:
    if isinstance(channel, OutputChannel):
        return f"{channel.output_key} of {channel.producer.id}"
    return f"{channel.type_name} artifacts"


def _outputs_view(node: BaseNode, outputs: Mapping[str, Sequence[Artifact]]) -> View:
    bodies = {key: _artifacts_view(key, artifacts).body for key, artifacts in outputs.items()}
    return View(f"Outputs of {node.id}", tabs(bodies) if len(bodies) > 1 else Markup("").join(bodies.values()))


def _artifacts_view(title: str, artifacts: Sequence[Artifact]) -> View:
    if not artifacts:
        return View(title, notice("no artifacts"))
    views = [artifact_view(artifact) for artifact in artifacts]
    return View(title, views[0].body) if len(views) == 1 else compose(title, views)
