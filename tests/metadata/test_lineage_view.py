"""Lineage as a page and for Graphviz."""

from __future__ import annotations

import re

import pytest

from gristmill.metadata import MetadataStore
from gristmill.metadata import lineage_names as names
from gristmill.metadata.lineage import Direction, Lineage, trace
from gristmill.metadata.lineage_dot import lineage_dot
from gristmill.metadata.lineage_view import lineage_view
from gristmill.orchestration.records import record_names
from gristmill.proto.metadata_store_pb2 import Artifact, ArtifactType, Event, Execution, ExecutionType

SCRIPT = '"<script>\\'


@pytest.fixture
def store() -> MetadataStore:
    return MetadataStore("sqlite://")


def chain(store: MetadataStore, length: int, *, last_state: int = Execution.COMPLETE) -> Lineage:
    """Data through so many steps, each of which makes an artifact of the one before."""
    kind = store.put_artifact_type(ArtifactType(name="Model"))
    step = store.put_execution_type(ExecutionType(name="Step"))
    uri = f"s3://key:hunter2@bucket/{SCRIPT}"
    [artifact] = store.put_artifacts([Artifact(type_id=kind, uri=uri, state=Artifact.LIVE)])
    for number in range(length):
        execution = Execution(type_id=step, last_known_state=last_state if number == length - 1 else Execution.COMPLETE)
        execution.custom_properties[record_names.NODE_NAME].string_value = f"step {number}{SCRIPT}"
        execution.custom_properties[record_names.NUMBER].int_value = 3
        execution.custom_properties[record_names.SECONDS].double_value = 1.5
        execution.custom_properties[record_names.ERROR].string_value = "password=hunter2"
        used, made = Event(type=Event.INPUT, artifact_id=artifact), Event(type=Event.OUTPUT)
        for event, key in ((used, "examples"), (made, "model")):
            event.path.steps.add(key=key)
            event.path.steps.add(index=0)
        made_artifact = Artifact(type_id=kind, uri=uri, state=Artifact.LIVE)
        _, ids, _ = store.put_execution(execution, [(None, used), (made_artifact, made)], [])
        artifact = ids[-1]
    return trace(store, [artifact], Direction.UPSTREAM)


def test_the_names_are_those_that_runs_are_recorded_under() -> None:
    own = (names._STEP, names._RUN_NUMBER, names._SECONDS, names._ERROR)
    assert own == (record_names.NODE_NAME, record_names.NUMBER, record_names.SECONDS, record_names.ERROR)


def test_a_page_has_the_graph_and_a_row_for_each_node(store: MetadataStore) -> None:
    html = lineage_view(chain(store, 2)).html()
    assert html.count("gm-node gm-artifact") == 3
    assert html.count("gm-node gm-execution") == 2
    assert "run 3 · 1.5 s" in html
    assert "gm-focus" in html
    anchors = set(re.findall(r'id="(gm-lineage-[\w-]+)"', html))
    assert set(re.findall(r'href="#(gm-lineage-[\w-]+)"', html)) == anchors
    assert len(anchors) == 5


def test_a_reused_execution_and_a_failed_one_can_be_told_from_others(store: MetadataStore) -> None:
    assert "≡ reused" in lineage_view(chain(store, 1, last_state=Execution.CACHED)).body
    failed = lineage_view(chain(store, 1, last_state=Execution.FAILED)).body
    assert "gm-node gm-execution gm-bad" in failed


def test_a_step_that_was_reused_many_times_is_drawn_once_and_listed_each_time(store: MetadataStore) -> None:
    chain(store, 1)
    [first] = store.get_executions()
    used, given = (Event(type=kind, artifact_id=key) for kind, key in ((Event.INPUT, 1), (Event.OUTPUT, 2)))
    for _ in range(30):
        again = Execution(type_id=first.type_id, last_known_state=Execution.CACHED)
        again.custom_properties[record_names.NODE_NAME].string_value = "step"
        store.put_execution(again, [(None, used), (None, given)], [])
    lineage = trace(store, [2])
    body = lineage_view(lineage).body
    assert "≡ reused 30 times" in body
    assert body.count("gm-node gm-execution") == 2
    assert body.count('<tr><th scope="row"') == 31 + 2


def test_names_are_escaped_and_secrets_masked(store: MetadataStore) -> None:
    lineage = chain(store, 1, last_state=Execution.FAILED)
    body = lineage_view(lineage).body
    assert "<script>" not in body
    assert "hunter2" not in body + lineage_dot(lineage)


def test_hundreds_of_nodes_are_drawn_and_thousands_are_listed(store: MetadataStore) -> None:
    body = lineage_view(chain(store, 150)).body
    assert body.count("gm-node gm-") == 301
    assert "The graph shows the nearest" not in body


def test_a_graph_that_would_be_a_thicket_is_cut_and_says_so(store: MetadataStore) -> None:
    body = lineage_view(chain(store, 250)).body
    assert "The graph shows the nearest 400 of 501 nodes" in body
    assert body.count('<tr><th scope="row"') == 501


def test_dot_has_every_node_and_edge_once_and_is_quoted(store: MetadataStore) -> None:
    dot = lineage_dot(chain(store, 1, last_state=Execution.CACHED))
    assert 'label="step 0\\"<script>\\\\\\nrun 3 · ≡ reused"' in dot
    assert "style=dashed" in dot
    assert re.findall(r"^  (\w+ -> \w+) ", dot, re.MULTILINE) == ["e1 -> a2", "a1 -> e1"]
    assert dot.count("{") == dot.count("}") == 1
