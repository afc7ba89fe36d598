"""Directed graphs as SVG, from left to right in layers.

The layout is Sugiyama's: each node goes into the layer behind its last predecessor; edges that cross layers get an
invisible node in each; the order within layers follows the mean place of the neighbours (barycentre heuristic), swept
forth and back; then nodes move towards their neighbours' height without overtaking each other. An edge that would close
a circle is drawn, and does not count for the layers.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from markupsafe import Markup

from gristmill.display.charts.svg import coordinate, title
from gristmill.display.elements.blocks import is_safe
from gristmill.display.texts import shortened
from gristmill.errors import ConfigError

__all__ = ["Edge", "Node", "directed_graph"]

_WIDTH, _HEIGHT = 168, 44
_GAP_ACROSS, _GAP_DOWN = 56, 18
_MARGIN = 12
_SWEEPS = 8  # crossings rarely fall further after that many
_CHARACTERS = 22
_SMALLEST = 0.8  # of its size, to which a graph shrinks before it scrolls: its texts are still read


@dataclass(frozen=True)
class Node:
    """A node.

    Attributes:
        id: what edges call it.
        label: its text; cut where it is long, then told in full by the tooltip.
        kind: ``artifact`` is round, ``execution`` a box.
        note: a second, smaller line of text.
        link: where a click leads.
        tooltip: what is told when the pointer rests on it.
        state: how to mark it.
    """

    id: str
    label: str
    kind: Literal["artifact", "execution"] = "execution"
    note: str = ""
    link: str = ""
    tooltip: str = ""
    state: Literal["", "good", "warning", "bad", "focus"] = ""


@dataclass(frozen=True)
class Edge:
    """An arrow from one node to another, with what to tell about it."""

    source: str
    target: str
    tooltip: str = ""


@dataclass
class _Layout:
    """Nodes and invisible nodes (tuples of an edge's number and a layer) by layer, with their vertical centres."""

    layers: list[list[object]]
    before: dict[object, list[object]] = field(default_factory=lambda: defaultdict(list))
    after: dict[object, list[object]] = field(default_factory=lambda: defaultdict(list))
    y: dict[object, float] = field(default_factory=dict)


def directed_graph(nodes: Sequence[Node], edges: Sequence[Edge | tuple[str, str]], *, label: str = "Graph") -> Markup:
    """Draws nodes and the arrows between them.

    Raises:
        ConfigError: an edge names a node that is not there.
    """
    arrows = [edge if isinstance(edge, Edge) else Edge(*edge) for edge in edges]
    by_id = {node.id: node for node in nodes}
    for edge in arrows:
        for end in (edge.source, edge.target):
            if end not in by_id:
                raise ConfigError("An edge of a graph joins nodes of the graph", value=end)
    if not nodes:
        return Markup('<span class="gm-muted">nothing to show</span>')
    depth = _depths(list(by_id), arrows)
    layout, chains = _layers(list(by_id), arrows, depth)
    for _ in range(_SWEEPS):
        _order(layout)
    _place(layout)
    width = _MARGIN * 2 + (max(depth.values()) + 1) * (_WIDTH + _GAP_ACROSS) - _GAP_ACROSS
    height = _MARGIN * 2 + max(layout.y.values()) + _HEIGHT / 2
    content = Markup("").join(_arrow(edge, chain, depth, layout) for edge, chain in zip(arrows, chains, strict=True))
    content += Markup("").join(_node(node, depth[node.id], layout.y[node.id]) for node in nodes)
    return Markup(
        '<div class="gm-scroll gm-graph gm-styled" hidden="hidden" tabindex="0" role="region" aria-label="{}">'
        '<svg role="group" aria-label="{}" width="{}" height="{}" viewBox="0 0 {} {}" style="min-width:{}px">{}</svg>'
        "</div>"
    ).format(label, label, width, coordinate(height), width, coordinate(height), round(width * _SMALLEST), content)


def _depths(ids: Sequence[str], edges: Iterable[Edge]) -> dict[str, int]:
    """The layer of each node: the length of the longest way to it, over edges that close no circle."""
    after: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        after[edge.source].append(edge.target)
    order, back = _finished(ids, after)
    depth = dict.fromkeys(ids, 0)
    for node in reversed(order):
        for target in after[node]:
            if (node, target) not in back:
                depth[target] = max(depth[target], depth[node] + 1)
    return depth


def _finished(ids: Sequence[str], after: Mapping[str, Sequence[str]]) -> tuple[list[str], set[tuple[str, str]]]:
    """Nodes in the order a depth-first search leaves them, and the edges that lead back into its path."""
    order: list[str] = []
    back: set[tuple[str, str]] = set()
    seen: set[str] = set()
    path: set[str] = set()
    for start in ids:
        stack = [(start, iter(after.get(start, ())))] if start not in seen else []
        seen.add(start)
        path.add(start)
        while stack:
            node, rest = stack[-1]
            target = next(rest, None)
            if target is None:
                order.append(node)
                path.discard(node)
                stack.pop()
            elif target in path:
                back.add((node, target))
            elif target not in seen:
                seen.add(target)
                path.add(target)
                stack.append((target, iter(after.get(target, ()))))
    return order, back


def _layers(ids: Sequence[str], edges: Sequence[Edge], depth: Mapping[str, int]) -> tuple[_Layout, list[list[object]]]:
    layout = _Layout([[] for _ in range(max(depth.values()) + 1)])
    for node in ids:
        layout.layers[depth[node]].append(node)
    chains: list[list[object]] = []
    for number, edge in enumerate(edges):
        chain: list[object] = [edge.source]
        for layer in range(depth[edge.source] + 1, depth[edge.target]):
            chain.append((number, layer))
            layout.layers[layer].append((number, layer))
        chain.append(edge.target)
        chains.append(chain)
        if depth[edge.target] > depth[edge.source]:
            for one, next_one in itertools.pairwise(chain):
                layout.after[one].append(next_one)
                layout.before[next_one].append(one)
    return layout, chains


def _order(layout: _Layout) -> None:
    for neighbours, layers in ((layout.before, layout.layers[1:]), (layout.after, layout.layers[-2::-1])):
        for layer in layers:
            place = {node: at for row in layout.layers for at, node in enumerate(row)}
            means = {
                node: sum(place[n] for n in neighbours[node]) / len(neighbours[node])
                if neighbours[node]
                else place[node]
                for node in layer
            }
            layer.sort(key=lambda node, means=means: means[node])  # type: ignore[misc]


def _place(layout: _Layout) -> None:
    step = _HEIGHT + _GAP_DOWN
    layout.y = {node: at * step for layer in layout.layers for at, node in enumerate(layer)}
    for _ in range(_SWEEPS):
        for layer in (*layout.layers, *layout.layers[::-1]):
            _settle(layer, layout, step)
    lowest = min(layout.y.values()) - _HEIGHT / 2
    layout.y = {node: y - lowest for node, y in layout.y.items()}


def _settle(layer: Sequence[object], layout: _Layout, step: float) -> None:
    """Moves a layer's nodes towards the mean height of their neighbours, keeping order and distance."""
    wanted = []
    for node in layer:
        near = layout.before[node] + layout.after[node]
        wanted.append(sum(layout.y[n] for n in near) / len(near) if near else layout.y[node])
    down = list(wanted)
    up = list(wanted)
    for at in range(1, len(layer)):
        down[at] = max(down[at], down[at - 1] + step)
    for at in range(len(layer) - 2, -1, -1):
        up[at] = min(up[at], up[at + 1] - step)
    for node, low, high in zip(layer, up, down, strict=True):
        layout.y[node] = (low + high) / 2


def _left(layer: int) -> float:
    return _MARGIN + layer * (_WIDTH + _GAP_ACROSS)


def _arrow(edge: Edge, chain: Sequence[object], depth: Mapping[str, int], layout: _Layout) -> Markup:
    x, y = _left(depth[edge.source]) + _WIDTH, layout.y[edge.source] + _MARGIN
    path = [f"M{coordinate(x)} {coordinate(y)}"]
    for node in chain[1:]:
        layer = depth[node] if isinstance(node, str) else node[1]  # type: ignore[index]
        to_x, to_y = _left(layer) - (7 if node == chain[-1] else 0), layout.y[node] + _MARGIN
        bend = abs(to_x - x) / 2
        points = (x + bend, y), (to_x - bend, to_y), (to_x, to_y)
        path.append("C" + " ".join(f"{coordinate(px)} {coordinate(py)}" for px, py in points))
        x, y = to_x, to_y
        if node != chain[-1]:
            x += _WIDTH
            path.append(f"H{coordinate(x)}")
    head = f"M{coordinate(x + 7)} {coordinate(y)}l-8 -4v8z"
    told = title(edge.tooltip) if edge.tooltip else Markup("")
    return Markup('<g class="gm-edge">{}<path class="gm-wire" d="{}"/><path class="gm-tip" d="{}"/></g>').format(
        told, "".join(path), head
    )


def _node(node: Node, layer: int, y: float) -> Markup:
    top = y + _MARGIN - _HEIGHT / 2
    left = _left(layer)
    name = shortened(node.label, _CHARACTERS)
    told = "\n".join(part for part in (node.label, node.note, node.tooltip) if part)
    shape = Markup('<rect x="{}" y="{}" width="{}" height="{}" rx="{}"/>').format(
        coordinate(left), coordinate(top), _WIDTH, _HEIGHT, _HEIGHT // 2 if node.kind == "artifact" else 5
    )
    text = Markup('<text class="gm-name" x="{}" y="{}">{}</text>').format(
        coordinate(left + _WIDTH / 2), coordinate(top + _HEIGHT / 2 + (-2 if node.note else 4)), name
    )
    if node.note:
        note = shortened(node.note, _CHARACTERS + 4)
        text += Markup('<text class="gm-tick gm-middle" x="{}" y="{}">{}</text>').format(
            coordinate(left + _WIDTH / 2), coordinate(top + _HEIGHT / 2 + 13), note
        )
    drawn = Markup('<g class="gm-node gm-{}{}">{}{}{}</g>').format(
        node.kind, f" gm-{node.state}" if node.state else "", title(told), shape, text
    )
    if not is_safe(node.link):
        return drawn
    return Markup('<a href="{}" aria-label="{}">{}</a>').format(node.link, node.label, drawn)
