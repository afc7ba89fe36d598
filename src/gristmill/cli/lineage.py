"""``gristmill lineage ARTIFACT``: what made an artifact, and what was made from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gristmill.cli.find_artifact import find_artifact
from gristmill.cli.store_location import StoreOption, open_store
from gristmill.cli.tables import JsonOption, console, new_table, print_json
from gristmill.cli.wording import near_path
from gristmill.did_you_mean import did_you_mean
from gristmill.errors import ConfigError
from gristmill.size_in_words import bytes_in_words

if TYPE_CHECKING:
    from gristmill.metadata import MetadataStore
    from gristmill.metadata.lineage import Lineage

__all__ = ["lineage"]

_DIGEST_SHOWN = 12  # hex digits: enough to compare by eye


def lineage(
    artifact: Annotated[
        str,
        typer.Argument(
            metavar="ARTIFACT",
            help="Its id, its path or URI, where a model was pushed to, or a file or folder of data that a step read.",
        ),
    ],
    store: StoreOption = None,
    downstream: Annotated[
        bool, typer.Option("--downstream", help="Show what was made from it, instead of what made it.")
    ] = False,
    data: Annotated[
        bool, typer.Option("--data", help="List the data files that it was made from, with their digests.")
    ] = False,
    types: Annotated[
        list[str] | None, typer.Option("--type", metavar="TYPE", help="List only artifacts of this type. Repeatable.")
    ] = None,
    as_table: Annotated[bool, typer.Option("--table", help="List the artifacts, one on a line.")] = False,
    reused: Annotated[
        bool, typer.Option("--reused", help="Also show the steps that only took over what an earlier run had made.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write it as a graph, in one self-contained page.")
    ] = None,
    as_dot: Annotated[bool, typer.Option("--dot", help="Print it as a graph for Graphviz.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what made an artifact, back to the data; or what was made from it."""
    if sum((as_table or bool(types), data, as_dot, as_json)) > 1:
        raise ConfigError("one thing is printed", hint="give one of --table (or --type), --data, --dot and --json.")
    with open_store(store) as opened:
        if types:
            _check_types(opened, types)
        traced, title, downstream = _traced(opened, artifact, downstream=downstream, reused=reused)
    if html is not None:
        _write_page(traced, title, html)
    if as_json:
        print_json(_json(traced))
    elif as_dot:
        _print_dot(traced)
    elif data:
        _print_data(traced)
    elif as_table or types:
        _print_table(traced, types)
    elif html is None:
        _print_trees(traced, downstream=downstream)


def _check_types(store: MetadataStore, types: list[str]) -> None:
    known = {type_.name for type_ in store.get_artifact_types()}
    for name in types:
        if name not in known:
            raise ConfigError("the store has no artifacts of that type", value=name, hint=did_you_mean(name, known))


def _traced(store: MetadataStore, wanted: str, *, downstream: bool, reused: bool) -> tuple[Lineage, str, bool]:
    """The lineage of what a person means, what it is, and whether it leads downstream: from data it does."""
    from gristmill.metadata.lineage import Direction, trace
    from gristmill.orchestration.data_sources import artifacts_made_from

    try:
        start = find_artifact(store, wanted)
    except ConfigError:
        if made := artifacts_made_from(store, wanted):
            traced = trace(store, made, Direction.DOWNSTREAM, reused=reused)
            return traced, f"What was made from {near_path(wanted)}", True
        raise
    what = "What was made from" if downstream else "What made"
    direction = Direction.DOWNSTREAM if downstream else Direction.UPSTREAM
    return trace(store, [start.id], direction, reused=reused), f"{what} {start.type} {start.id}", downstream


def _write_page(traced: Lineage, title: str, path: Path) -> None:
    from gristmill.metadata.lineage_view import lineage_view

    lineage_view(traced, title=title).save(path)


def _print_dot(traced: Lineage) -> None:
    from gristmill.metadata.lineage_dot import lineage_dot

    print(lineage_dot(traced), end="")


def _print_data(traced: Lineage) -> None:
    from gristmill.orchestration.data_sources import data_sources

    table = new_table("file", "size", "sha256", "read by", "run", right=("size", "run"))
    for source in data_sources(traced):
        run = str(source.run or "")
        digest = source.digest[:_DIGEST_SHOWN]
        table.add_row(near_path(source.uri), bytes_in_words(source.size), digest, source.step, run)
    console().print(table if table.row_count else "no step of it read data from outside")


def _print_table(traced: Lineage, types: list[str] | None) -> None:
    from gristmill.metadata.lineage_table import lineage_table

    table = new_table("artifact", "type", "state", "made", "by", "run", "where", right=("artifact", "run"))
    for row in lineage_table(traced):
        if types is None or row["type"] in types:
            cells = [row[key] for key in ("artifact", "type", "state", "created", "step", "run")]
            table.add_row(*(str(cell or "") for cell in cells), near_path(str(row["uri"])))
    console().print(table if table.row_count else "no such artifacts")


def _print_trees(traced: Lineage, *, downstream: bool) -> None:
    from gristmill.cli.lineage_tree import lineage_tree

    for start in _starts(traced):
        console().print(lineage_tree(traced, start, downstream=downstream))


def _starts(traced: Lineage) -> list[int]:
    return [key for key, node in traced.artifacts.items() if node.hops == 0]


def _json(traced: Lineage) -> dict[str, Any]:
    from gristmill.metadata.lineage_names import artifact_names

    return {
        "start": _starts(traced),
        "artifacts": [
            {"id": key, "type": name.title, "uri": name.place, "state": name.state}
            for key, name in artifact_names(traced).items()
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
