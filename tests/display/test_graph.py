"""A graph is drawn from left to right, whatever its edges."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gristmill.display.graph import Edge, Node, directed_graph
from gristmill.errors import ConfigError

NAMES = [f"n{number}" for number in range(8)]
EDGES = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=20)


def boxes(html: str) -> dict[str, tuple[float, float]]:
    """The left upper corners of the nodes by their labels."""
    root = ElementTree.fromstring(html)
    found = {}
    for group in root.iter("g"):
        box, name = group.find("rect"), group.find("text")
        if box is not None and name is not None:
            found[name.text or ""] = (float(box.get("x", "")), float(box.get("y", "")))
    return found


@given(EDGES)
def test_every_node_has_a_place_of_its_own_and_every_edge_an_arrow(edges: list[tuple[str, str]]) -> None:
    html = directed_graph([Node(name, name) for name in NAMES], edges)
    places = sorted(boxes(html).values())
    assert len(places) == len(NAMES)
    for (x, y), (next_x, next_y) in itertools.pairwise(places):
        assert next_x - x >= 168 or abs(next_y - y) >= 43
    assert html.count('class="gm-tip"') == len(edges)


@given(EDGES)
def test_without_circles_arrows_point_to_the_right(edges: list[tuple[str, str]]) -> None:
    forward = [(a, b) for a, b in edges if a < b]
    places = boxes(directed_graph([Node(name, name) for name in NAMES], forward))
    assert all(places[a][0] < places[b][0] for a, b in forward)


def test_kinds_links_and_tooltips_are_drawn() -> None:
    html = directed_graph(
        [Node("a", "Trainer", link="#trainer", tooltip="12 s", state="good"), Node("b", "Model", "artifact", "id 3")],
        [Edge("a", "b", "model")],
    )
    assert '<a href="#trainer"' in html
    assert re.search(r"gm-execution gm-good.*12 s", html, re.DOTALL)
    assert re.search(r"gm-artifact.*id 3", html, re.DOTALL)
    assert "<title>model</title>" in html


def test_a_link_that_would_run_code_is_left_out() -> None:
    assert "<a " not in directed_graph([Node("a", "a", link="javascript:alert(1)")], [])


def test_an_edge_to_nowhere_is_an_error_and_no_nodes_are_none() -> None:
    with pytest.raises(ConfigError, match="joins nodes"):
        directed_graph([Node("a", "a")], [("a", "b")])
    assert "nothing to show" in directed_graph([], [])
