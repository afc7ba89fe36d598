"""Lineage without the executions that only took over what an earlier one had made, as a cached re-run records them."""

from __future__ import annotations

import pytest

from gristmill.cli.lineage_tree import lineage_tree
from gristmill.metadata import Artifact, ArtifactType, Event, Execution, ExecutionType, MetadataStore
from gristmill.metadata.lineage import Direction, Lineage, trace

REUSES = 5
EXAMPLES, MODEL, BLESSING, LATER_BLESSING = 1, 2, 3, 4


@pytest.fixture
def store() -> MetadataStore:
    """Examples, a model of them, its blessing; then runs that took these over, and a second blessing."""
    store = MetadataStore("sqlite://")
    kind = store.put_artifact_type(ArtifactType(name="Thing"))
    steps = {name: store.put_execution_type(ExecutionType(name=name)) for name in ("Gen", "Train", "Bless", "Resolve")}

    def run(step: str, state: int, used: list[int], made: list[int]) -> None:
        known = {artifact.id for artifact in store.get_artifacts()}
        store.put_artifacts([Artifact(type_id=kind) for artifact in made if artifact not in known])
        events = [Event(type=Event.INPUT, artifact_id=artifact) for artifact in used]
        events += [Event(type=Event.OUTPUT, artifact_id=artifact) for artifact in made]
        execution = Execution(type_id=steps[step], last_known_state=state)
        store.put_execution(execution, [(None, event) for event in events], [])

    run("Gen", Execution.COMPLETE, [], [EXAMPLES])
    run("Train", Execution.COMPLETE, [EXAMPLES], [MODEL])
    run("Bless", Execution.COMPLETE, [MODEL], [BLESSING])
    run("Bless", Execution.COMPLETE, [MODEL, BLESSING], [LATER_BLESSING])
    for _ in range(REUSES):
        run("Resolve", Execution.COMPLETE, [], [MODEL, BLESSING])
        run("Gen", Execution.CACHED, [], [EXAMPLES])
        run("Train", Execution.CACHED, [EXAMPLES], [MODEL])
        run("Bless", Execution.CACHED, [MODEL, LATER_BLESSING], [BLESSING])
    return store


def steps(lineage: Lineage) -> list[str]:
    return sorted(node.message.type for node in lineage.executions.values())


def test_upstream_an_artifact_has_the_one_maker_that_made_it(store: MetadataStore) -> None:
    made = trace(store, [BLESSING], reused=False)
    assert steps(made) == ["Bless", "Gen", "Train"]
    assert set(made.artifacts) == {EXAMPLES, MODEL, BLESSING}
    assert len(made.edges) == 5
    whole = trace(store, [BLESSING])
    assert len(whole.executions) == 4 + 4 * REUSES
    assert LATER_BLESSING in whole.artifacts


def test_downstream_what_used_an_artifact_to_take_others_over_is_left_out(store: MetadataStore) -> None:
    made = trace(store, [EXAMPLES], Direction.DOWNSTREAM, reused=False)
    assert steps(made) == ["Bless", "Bless", "Train"]
    assert set(made.artifacts) == {EXAMPLES, MODEL, BLESSING, LATER_BLESSING}
    assert len(trace(store, [EXAMPLES], Direction.DOWNSTREAM).executions) == 3 + 2 * REUSES


def test_both_ways(store: MetadataStore) -> None:
    assert steps(trace(store, [MODEL], Direction.BOTH, reused=False)) == ["Bless", "Bless", "Gen", "Train"]


def test_what_was_only_taken_over_here_has_the_first_that_did_as_its_maker() -> None:
    with MetadataStore("sqlite://") as store:
        kind = store.put_artifact_type(ArtifactType(name="Thing"))
        step = store.put_execution_type(ExecutionType(name="Train"))
        for _ in range(2):
            taken = Execution(type_id=step, last_known_state=Execution.CACHED)
            artifact = Artifact(type_id=kind, external_id="elsewhere")
            store.put_execution(
                taken,
                [(artifact, Event(type=Event.OUTPUT))],
                [],
                reuse_artifact_if_already_exist_by_external_id=True,
            )
        assert list(trace(store, [1], reused=False).executions) == [1]


def test_a_tree_names_each_node_in_full_once_and_grows_as_deep_as_the_lineage() -> None:
    depth = 1200  # beyond the depth to which Python's functions call themselves
    with MetadataStore("sqlite://") as store:
        kind = store.put_artifact_type(ArtifactType(name="Thing"))
        step = store.put_execution_type(ExecutionType(name="Step"))
        edges = [(n, n, Event(type=Event.INPUT)) for n in range(depth)]
        edges += [(n, n + 1, Event(type=Event.OUTPUT)) for n in range(depth)]
        store.put_lineage_subgraph(
            [Execution(type_id=step) for _ in range(depth)],
            [Artifact(type_id=kind, state=Artifact.LIVE if n else Artifact.DELETED) for n in range(depth + 1)],
            [],
            [*edges, (depth - 1, 0, Event(type=Event.INPUT))],
        )
        branch = lineage_tree(trace(store, [depth + 1]), depth + 1, downstream=False)
    length = 0
    while branch.children:
        branch, length = branch.children[0], length + 1
    assert length == 2 * depth
    assert str(branch.label).split() == ["Thing", "1", "deleted"]
