"""A store that TFX 1.16 filled while it ran the taxi pipeline opens here, and its lineage reads right."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from gristmill.metadata import MetadataStore
from gristmill.metadata.lineage import Direction, Lineage, trace

pytestmark = pytest.mark.shared


@pytest.fixture
def store(shared: Path, tmp_path: Path) -> Iterator[MetadataStore]:
    path = tmp_path / "metadata.db"
    database = sqlite3.connect(path)
    database.executescript((shared / "reference" / "taxi" / "metadata.sql").read_text())
    database.close()
    with MetadataStore(path) as store:
        yield store


def steps(lineage: Lineage) -> set[str]:
    return {node.message.type.rsplit(".", 1)[-1] for node in lineage.executions.values()}


def test_the_pushed_model_comes_from_the_whole_chain(store: MetadataStore) -> None:
    [pushed] = store.get_artifacts_by_type("PushedModel")
    lineage = trace(store, [pushed.id])
    made_it = {"CsvExampleGen", "StatisticsGen", "SchemaGen", "Transform", "Trainer", "Evaluator", "Resolver", "Pusher"}
    assert steps(lineage) <= made_it
    assert steps(lineage) >= made_it - {"Resolver"}
    assert {"Examples", "Schema", "Model", "ModelBlessing", "TransformGraph"} <= {
        node.message.type for node in lineage.artifacts.values()
    }
    assert not lineage.missing
    [producer] = lineage.producers(pushed.id)
    assert lineage.executions[producer].hops == 1


def test_everything_was_made_from_the_examples(store: MetadataStore) -> None:
    [examples] = [a for a in store.get_artifacts_by_type("Examples") if "CsvExampleGen" in a.uri]
    lineage = trace(store, [examples.id], Direction.DOWNSTREAM)
    assert steps(lineage) >= {"StatisticsGen", "SchemaGen", "ExampleValidator", "Transform", "Trainer", "Pusher"}
    assert "CsvExampleGen" not in steps(lineage)


def test_events_name_the_channel_and_its_index(store: MetadataStore) -> None:
    [pushed] = store.get_artifacts_by_type("PushedModel")
    [edge] = trace(store, [pushed.id], max_hops=1).edges
    assert edge.is_output
    assert edge.keys == ("pushed_model", 0)


def test_every_artifact_has_its_type_and_pipeline(store: MetadataStore) -> None:
    [pipeline] = store.get_contexts_by_type("pipeline")
    artifacts = store.get_artifacts()
    assert {a.id for a in store.get_artifacts_by_context(pipeline.id)} == {a.id for a in artifacts}
    assert all(a.type and a.uri for a in artifacts)
