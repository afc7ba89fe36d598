"""A lineage as a tree on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from rich.tree import Tree

from gristmill.cli.wording import moment, near_path

if TYPE_CHECKING:
    from gristmill.metadata.lineage import Lineage
    from gristmill.proto import metadata_store_pb2

__all__ = ["lineage_tree"]


def lineage_tree(traced: Lineage, start: int, *, downstream: bool) -> Tree:
    """What made an artifact, or what was made from it, step by step; what was told already is only named."""
    tree = Tree(_artifact_text(traced, start), guide_style="dim")
    _grow(traced, tree, start, downstream=downstream, seen={start})
    return tree


def _grow(traced: Lineage, branch: Tree, artifact_id: int, *, downstream: bool, seen: set[int]) -> None:
    executions = traced.consumers(artifact_id) if downstream else _makers(traced, artifact_id)
    for execution_id in dict.fromkeys(executions):
        twig = branch.add(_execution_text(traced, execution_id))
        following = traced.outputs(execution_id) if downstream else traced.inputs(execution_id)
        for next_id in dict.fromkeys(following):
            known = next_id in seen
            leaf = twig.add(_seen_text(traced, next_id) if known else _artifact_text(traced, next_id))
            if not known:
                seen.add(next_id)
                _grow(traced, leaf, next_id, downstream=downstream, seen=seen)


def _makers(traced: Lineage, artifact_id: int) -> list[int]:
    """The execution that made an artifact; those that only took it over again say nothing more."""
    makers = traced.producers(artifact_id)
    return makers[:0] if not makers else [min(makers)]


def _artifact_text(traced: Lineage, artifact_id: int) -> Text:
    message = traced.artifacts[artifact_id].message
    return Text.assemble((message.type, "bold"), f" {artifact_id}  ", (near_path(_uri(message)), "cyan"))


def _seen_text(traced: Lineage, artifact_id: int) -> Text:
    return Text.assemble(
        (traced.artifacts[artifact_id].message.type, "bold"), f" {artifact_id}", (" (see above)", "dim")
    )


def _uri(message: metadata_store_pb2.Artifact | metadata_store_pb2.Execution) -> str:
    return str(getattr(message, "uri", ""))


def _execution_text(traced: Lineage, execution_id: int) -> Text:
    from gristmill.orchestration.records.record_names import NODE_NAME, NUMBER
    from gristmill.orchestration.records.run_records import int_of, text_of

    message = traced.executions[execution_id].message
    name = text_of(message, NODE_NAME) or message.type.rpartition(".")[2]
    run = f", run {int_of(message, NUMBER)}" if int_of(message, NUMBER) else ""
    return Text.assemble((name, "green"), (f"  execution {execution_id}{run}, "
                                           f"{moment(message.create_time_since_epoch)}", "dim"))  # fmt: skip
