"""A lineage in the language of Graphviz, for its tools: ``dot -Tsvg lineage.dot``."""

from __future__ import annotations

from gristmill.metadata.lineage import Lineage
from gristmill.metadata.lineage_names import NodeName, artifact_names, execution_names

__all__ = ["lineage_dot"]

_COLORS = {"failed": "red3", "canceled": "orange3", "running": "blue3"}


def lineage_dot(lineage: Lineage) -> str:
    """The graph as DOT: ellipses for artifacts, boxes for executions, dashed where an execution only reused outputs."""
    lines = ["digraph lineage {", "  rankdir=LR;", '  node [fontname="sans-serif"];']
    for key, name in sorted(artifact_names(lineage).items()):
        style = ", penwidth=3" if lineage.artifacts[key].hops == 0 else ""
        lines.append(f"  a{key} [shape=ellipse, {_texts(name)}{style}];")
    for key, name in sorted(execution_names(lineage).items()):
        style = ", style=dashed" if name.state == "reused" else ""
        color = f", color={_COLORS[name.state]}" if name.state in _COLORS else ""
        lines.append(f"  e{key} [shape=box, {_texts(name)}{style}{color}];")
    for edge in lineage.edges:
        ends = (f"e{edge.execution_id}", f"a{edge.artifact_id}")
        source, target = ends if edge.is_output else ends[::-1]
        tooltip = _quoted(*map(str, edge.keys[:1]))
        lines.append(f"  {source} -> {target} [tooltip={tooltip}];")
    return "\n".join([*lines, "}"]) + "\n"


def _texts(name: NodeName) -> str:
    return f"label={_quoted(name.title, name.note)}, tooltip={_quoted(*name.in_words().splitlines())}"


def _quoted(*lines: str) -> str:
    """A quoted string of lines; in DOT a backslash begins an escape, ``\\n`` ends a line."""
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'
