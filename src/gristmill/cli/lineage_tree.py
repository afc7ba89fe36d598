"""A lineage as a tree on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from rich.tree import Tree

from gristmill.cli.wording import near_path

if TYPE_CHECKING:
    from gristmill.metadata.lineage import Lineage
    from gristmill.metadata.lineage_names import NodeName

__all__ = ["lineage_tree"]

_SEEN = (" (see above)", "dim")
_USUAL = ("live", "complete", "reused", "")  # states that go without saying


def lineage_tree(traced: Lineage, start: int, *, downstream: bool) -> Tree:
    """What made an artifact, or what was made from it, step by step; what was told already is only named."""
    from gristmill.metadata.lineage_names import artifact_names, execution_names

    artifacts, executions = artifact_names(traced), execution_names(traced)
    tree = Tree(_artifact_text(start, artifacts[start], is_told=False), guide_style="dim")
    told = {(True, start)}
    left = [(tree, False, key) for key in reversed(_next(traced, start, is_artifact=True, downstream=downstream))]
    while left:
        branch, is_artifact, key = left.pop()
        is_told = (is_artifact, key) in told
        if is_artifact:
            leaf = branch.add(_artifact_text(key, artifacts[key], is_told=is_told))
        else:
            leaf = branch.add(_execution_text(key, executions[key], is_told=is_told))
        if not is_told:
            told.add((is_artifact, key))
            following = _next(traced, key, is_artifact=is_artifact, downstream=downstream)
            left += [(leaf, not is_artifact, next_key) for next_key in reversed(following)]
    return tree


def _next(traced: Lineage, key: int, *, is_artifact: bool, downstream: bool) -> list[int]:
    """Where the lineage leads from a node."""
    if is_artifact:
        return list(dict.fromkeys(traced.consumers(key) if downstream else traced.producers(key)))
    return list(dict.fromkeys(traced.outputs(key) if downstream else traced.inputs(key)))


def _artifact_text(key: int, name: NodeName, *, is_told: bool) -> Text:
    more = [_SEEN] if is_told else [(f"  {near_path(name.place)}", "cyan"), _state(name)]
    return Text.assemble((name.title, "bold"), f" {key}", *more)


def _execution_text(key: int, name: NodeName, *, is_told: bool) -> Text:
    run = f", run {name.run}" if name.run else ""
    more = [_SEEN] if is_told else [(f"{run}, {name.created}", "dim"), _state(name)]
    return Text.assemble((name.title, "green"), (f"  execution {key}", "dim"), *more)


def _state(name: NodeName) -> tuple[str, str]:
    return ("" if name.state in _USUAL else f"  {name.state}", "yellow")
