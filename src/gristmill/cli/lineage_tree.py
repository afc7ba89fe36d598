"""A lineage as a tree on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from rich.tree import Tree

from gristmill.cli.wording import moment, near_path

if TYPE_CHECKING:
    from gristmill.metadata.lineage import Lineage

__all__ = ["lineage_tree"]

_SEEN = (" (see above)", "dim")


def lineage_tree(traced: Lineage, start: int, *, downstream: bool) -> Tree:
    """What made an artifact, or what was made from it, step by step; what was told already is only named."""
    tree = Tree(_artifact_text(traced, start, is_told=False), guide_style="dim")
    told = {(True, start)}
    left = [(tree, False, key) for key in reversed(_next(traced, start, is_artifact=True, downstream=downstream))]
    while left:
        branch, is_artifact, key = left.pop()
        is_told = (is_artifact, key) in told
        leaf = branch.add((_artifact_text if is_artifact else _execution_text)(traced, key, is_told=is_told))
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


def _artifact_text(traced: Lineage, key: int, *, is_told: bool) -> Text:
    message = traced.artifacts[key].message
    place = (f"  {near_path(str(getattr(message, 'uri', '')))}", "cyan")
    return Text.assemble((message.type, "bold"), f" {key}", _SEEN if is_told else place)


def _execution_text(traced: Lineage, key: int, *, is_told: bool) -> Text:
    from gristmill.orchestration.records.record_names import NODE_NAME, NUMBER
    from gristmill.orchestration.records.run_records import int_of, text_of

    message = traced.executions[key].message
    name = text_of(message, NODE_NAME) or message.type.rpartition(".")[2]
    run = f", run {int_of(message, NUMBER)}" if int_of(message, NUMBER) else ""
    more = _SEEN if is_told else (f"{run}, {moment(message.create_time_since_epoch)}", "dim")
    return Text.assemble((name, "green"), (f"  execution {key}", "dim"), more)
