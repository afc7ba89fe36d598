"""A lineage as something to look at: the graph of artifacts and executions, and both as tables."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

from markupsafe import Markup

from gristmill.display import Cell, Column, View
from gristmill.display.elements import Kind, notice, section, table
from gristmill.display.graph import Edge, Node, directed_graph
from gristmill.metadata.lineage import Edge as Event
from gristmill.metadata.lineage import Lineage
from gristmill.metadata.lineage_folding import Folding, fold
from gristmill.metadata.lineage_names import NodeName, artifact_names, execution_names

__all__ = ["lineage_view"]

_DRAWN = 400  # nodes; beyond that a drawing is a thicket, and the tables have everything
_KINDS: dict[str, Kind] = {"failed": "bad", "canceled": "warning", "running": "warning", "deleted": "warning",
                           "marked for deletion": "warning", "abandoned": "warning"}  # fmt: skip


def lineage_view(lineage: Lineage, *, title: str = "Lineage") -> View:
    """The graph, from data on the left to what was made of it on the right, with tables of all nodes below.

    Artifacts are round, executions are boxes; the artifacts that the lineage starts from have a thick border.
    Executions that only took over what an earlier one had made say ``reused``; those of one step are drawn as one node.
    A click on a node leads to its row.

    Args:
        lineage: what ``gristmill.metadata.lineage.trace`` gives.
        title: of the view.
    """
    prefix = f"gm-lineage-{secrets.token_hex(4)}"  # several lineages in one notebook have anchors of their own
    artifacts, executions = artifact_names(lineage), execution_names(lineage)
    body = _graph(lineage, artifacts, executions, prefix)
    body += section("Executions", _executions_table(lineage, executions, artifacts, prefix))
    body += section("Artifacts", _artifacts_table(lineage, artifacts, executions, prefix))
    if lineage.missing:
        listed = ", ".join(map(str, sorted(lineage.missing)))
        body += notice(f"Events name nodes that the store does not hold: {listed}.", "warning")
    return View(title, body)


def _graph(lineage: Lineage, artifacts: dict[int, NodeName], executions: dict[int, NodeName], prefix: str) -> Markup:
    folding = fold(lineage, executions)
    hops = {f"a{key}": node.hops for key, node in lineage.artifacts.items()}
    hops |= {f"e{key}": lineage.executions[key].hops for key in folding.counts}
    names = {f"a{key}": name for key, name in artifacts.items()}
    names |= {f"e{key}": _folded(executions[key], count) for key, count in folding.counts.items()}
    nearest = sorted(hops, key=lambda key: hops[key])[:_DRAWN]
    drawn = set(nearest)
    nodes = [_node(key, names[key], prefix, is_start=not hops[key]) for key in nearest]
    edges = {(edge.source, edge.target): edge for edge in (_edge(event, folding) for event in lineage.edges)}
    shown = directed_graph(
        nodes,
        [edge for edge in edges.values() if edge.source in drawn and edge.target in drawn],
        label="Lineage graph",
    )
    if len(nearest) == len(hops):
        return shown
    left_out = f"The graph shows the nearest {_DRAWN} of {len(hops):,} nodes; the tables below have all."
    return notice(left_out, "warning") + shown


def _folded(name: NodeName, count: int) -> NodeName:
    if count == 1:
        return name
    return replace(name, note=f"≡ reused {count:,} times" if name.state == "reused" else f"the same {count:,} times")


def _node(identifier: str, name: NodeName, prefix: str, *, is_start: bool) -> Node:
    return Node(
        id=identifier,
        label=name.title,
        kind="artifact" if identifier.startswith("a") else "execution",
        note=name.note,
        link=f"#{prefix}-{identifier}",
        tooltip=name.in_words(),
        state=_KINDS.get(name.state) or ("focus" if is_start else ""),
    )


def _edge(event: Event, folding: Folding) -> Edge:
    key = ".".join(map(str, event.keys[:1]))
    artifact, execution = f"a{event.artifact_id}", f"e{folding.of[event.execution_id]}"
    if event.is_output:
        return Edge(execution, artifact, tooltip=f"output {key}".rstrip())
    return Edge(artifact, execution, tooltip=f"input {key}".rstrip())


def _executions_table(
    lineage: Lineage, executions: dict[int, NodeName], artifacts: dict[int, NodeName], prefix: str
) -> Markup:
    columns = [Column("execution", numeric=True), Column("step"), Column("run", numeric=True), Column("state"),
               Column("took"), Column("started"), Column("inputs"), Column("outputs")]  # fmt: skip
    used: dict[int, list[int]] = {}
    made: dict[int, list[int]] = {}
    for event in lineage.edges:
        (made if event.is_output else used).setdefault(event.execution_id, []).append(event.artifact_id)
    rows = [
        (
            _anchor(f"{prefix}-e{key}", key),
            _unbroken(name.title),
            name.run or None,
            Cell(name.state, kind=_KINDS.get(name.state, ""), title=name.error),
            name.took,
            _unbroken(name.created),
            _links(used.get(key, []), artifacts, f"{prefix}-a"),
            _links(made.get(key, []), artifacts, f"{prefix}-a"),
        )
        for key, name in sorted(executions.items())
    ]
    return table(columns, rows)


def _artifacts_table(
    lineage: Lineage, artifacts: dict[int, NodeName], executions: dict[int, NodeName], prefix: str
) -> Markup:
    columns = [Column("artifact", numeric=True), Column("type"), Column("state"), Column("made"), Column("made by"),
               Column("used by"), Column("place")]  # fmt: skip
    makers: dict[int, list[int]] = {}
    users: dict[int, list[int]] = {}
    for event in lineage.edges:
        (makers if event.is_output else users).setdefault(event.artifact_id, []).append(event.execution_id)
    rows = [
        (
            _anchor(f"{prefix}-a{key}", key),
            _unbroken(name.title),
            Cell(name.state, kind=_KINDS.get(name.state, "")),
            _unbroken(name.created),
            _links(makers.get(key, []), executions, f"{prefix}-e"),
            _links(users.get(key, []), executions, f"{prefix}-e"),
            name.place,
        )
        for key, name in sorted(artifacts.items())
    ]
    return table(columns, rows)


def _anchor(anchor: str, number: int) -> Cell:
    return Cell(Markup('<span id="{}">{}</span>').format(anchor, number), sort_key=number)


def _unbroken(text: str) -> Markup:
    """A text that stays on one line."""
    return Markup('<span style="white-space:nowrap">{}</span>').format(text)


def _links(keys: Sequence[int], names: dict[int, NodeName], prefix: str) -> Markup:
    """Names of nodes, each leading to its row."""
    each = (
        Markup('<span style="white-space:nowrap"><a href="#{}{}">{}</a> {}</span>').format(
            prefix, key, names[key].title, key
        )
        for key in dict.fromkeys(keys)
    )
    return Markup(", ").join(each)
