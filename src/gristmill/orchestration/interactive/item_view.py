"""What ``context.show`` shows of an item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from gristmill.artifact_views import artifact_view
from gristmill.display import View, compose
from gristmill.display.elements import notice
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.channel import BaseChannel
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
        return _artifacts_view(f"Artifacts of {item!r}", item.get())
    if isinstance(item, BaseNode):
        outputs = {key: channel.get() for key, channel in item.outputs.items()}
        return compose(item.id, [_artifacts_view(key, artifacts) for key, artifacts in outputs.items()])
    if isinstance(item, ExecutionResult):
        views = [_artifacts_view(key, artifacts) for key, artifacts in item.outputs.items()]
        return compose(item.component.id, views)
    if isinstance(item, Sequence) and item and all(isinstance(each, Artifact) for each in item):
        return _artifacts_view("Artifacts", item)
    raise ConfigError(
        "what can be shown is a channel, a component, an execution result, or artifacts",
        value=item,
        hint="context.show(component.outputs['key'])",
    )


def _artifacts_view(title: str, artifacts: Sequence[Artifact]) -> View:
    if not artifacts:
        return View(title, notice("no artifacts"))
    views = [artifact_view(artifact) for artifact in artifacts]
    return View(title, views[0].body) if len(views) == 1 else compose(title, views)
