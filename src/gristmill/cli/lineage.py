"""``gristmill lineage ARTIFACT``: what made an artifact, and what was made from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text
from rich.tree import Tree

from gristmill.cli.find_artifact import find_artifact
from gristmill.cli.store_location import StoreOption, open_store
from gristmill.cli.tables import JsonOption, console, print_json
from gristmill.cli.wording import moment, near_path
from gristmill.errors import ConfigError

if TYPE_CHECKING:
    from gristmill.metadata.lineage import Lineage
    from gristmill.proto import metadata_store_pb2

__all__ = ["lineage"]


def lineage(
    artifact: Annotated[
        str, typer.Argument(metavar="ARTIFACT", help="Its id, its path or URI, or the path that a model was pushed to.")
    ],
    store: StoreOption = None,
    downstream: Annotated[
        bool, typer.Option("--downstream", help="Show what was made from it, instead of what made it.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write it as a graph, in one self-contained page.")
    ] = None,
    as_dot: Annotated[bool, typer.Option("--dot", help="Print it as a graph for Graphviz.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what made an artifact, back to the data; or what was made from it."""
    from gristmill.metadata.lineage import Direction, trace

    if as_dot and as_json:
        raise ConfigError("one thing is printed", hint="give --dot or --json.")

    with open_store(store) as opened:
        start = find_artifact(opened, artifact)
        traced = trace(opened, [start.id], Direction.DOWNSTREAM if downstream else Direction.UPSTREAM)
    if html is not None:
        _write_page(traced, start, html, downstream=downstream)
    if as_json:
        print_json(_json(traced, start.id))
    elif as_dot:
        _print_dot(traced)
    elif html is None:
        console().print(_tree(traced, start.id, downstream=downstream))


def _write_page(traced: Lineage, start: metadata_store_pb2.Artifact, path: Path, *, downstream: bool) -> None:
    from gristmill.metadata.lineage_view import lineage_view

    what = "What was made from" if downstream else "What made"
    lineage_view(traced, title=f"{what} {start.type} {start.id}").save(path)


def _print_dot(traced: Lineage) -> None:
    from gristmill.metadata.lineage_dot import lineage_dot

    print(lineage_dot(traced), end="")


def _tree(traced: Lineage, start: int, *, downstream: bool) -> Tree:
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
    from gristmill.orchestration.record_names import NODE_NAME, NUMBER
    from gristmill.orchestration.run_records import int_of, text_of

    message = traced.executions[execution_id].message
    name = text_of(message, NODE_NAME) or message.type.rpartition(".")[2]
    run = f", run {int_of(message, NUMBER)}" if int_of(message, NUMBER) else ""
    return Text.assemble((name, "green"), (f"  execution {execution_id}{run}, "
                                           f"{moment(message.create_time_since_epoch)}", "dim"))  # fmt: skip


def _json(traced: Lineage, start: int) -> dict[str, Any]:
    return {
        "start": start,
        "artifacts": [
            {"id": key, "type": node.message.type, "uri": _uri(node.message)} for key, node in traced.artifacts.items()
        ],
        "executions": [{"id": key, "type": node.message.type} for key, node in traced.executions.items()],
        "edges": [
            {
                "artifact": edge.artifact_id,
                "execution": edge.execution_id,
                "kind": "output" if edge.is_output else "input",
                "path": list(edge.keys),
            }
            for edge in traced.edges
        ],
    }
