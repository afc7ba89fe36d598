"""Arguments of the wrong kind are refused by every method before it does anything, and told by name."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from gristmill.metadata import (
    Artifact,
    ArtifactType,
    Association,
    Attribution,
    Context,
    ContextType,
    Event,
    Execution,
    ExecutionType,
    LineageSubgraphQueryOptions,
    ListOptions,
    MetadataStore,
    ParentContext,
    errors,
)
from gristmill.metadata.extra_options import ExtraOptions

METHODS = sorted(name for name in dir(MetadataStore) if name.startswith(("put_", "get_")))

RIGHT_AND_WRONG: dict[str, tuple[Any, list[Any]]] = {
    "artifact_type": (ArtifactType(name="A"), [ExecutionType(name="E"), None, "A"]),
    "execution_type": (ExecutionType(name="E"), [ArtifactType(name="A")]),
    "context_type": (ContextType(name="C"), [ArtifactType(name="A")]),
    "artifacts": ([], [[Execution()], Artifact(), None]),
    "executions": ([], [[Artifact()], None]),
    "contexts": ([], [[Artifact()], Context()]),
    "execution": (Execution(type_id=11), [[Execution()], Artifact(), None]),
    "events": ([], [[Artifact()], Event()]),
    "attributions": ([], [[Association()]]),
    "associations": ([], [[Attribution()]]),
    "parent_contexts": ([], [[Context()], ParentContext()]),
    "artifact_and_events": ([], [[Artifact()], [(Artifact(),)], [(Event(), Artifact())], [(Execution(), None)]]),
    "event_edges": ([], [[(0, Event())], [("0", 0, Event())], [(0, 0, None)]]),
    "query_options": (LineageSubgraphQueryOptions(), [ListOptions(), None]),
    "list_options": (
        ListOptions(),
        [{"limit": 1}, ListOptions(limit="1"), ListOptions(order_by="ID"), ListOptions(filter_query=b"id = 1")],  # type: ignore[arg-type]
    ),
    "field_mask_paths": ([], ["uri", [1]]),
    "artifact_ids": ([], [1, ["1"], [1.0], [None]]),
    "execution_ids": ([], [1, ["1"]]),
    "context_ids": ([], [1, ["1"]]),
    "type_ids": ([], [1, ["1"], "1"]),
    "artifact_id": (1, ["1", None, [1]]),
    "execution_id": (1, ["1", 1.5]),
    "context_id": (1, ["1", Context(id=1)]),
    "external_ids": ([], ["abc", [1], [b"x"]]),
    "type_name": ("A", [None, 1, b"A"]),
    "type_version": (None, [1, 2.0]),
    "artifact_name": ("a", [None, 1]),
    "execution_name": ("e", [None]),
    "context_name": ("c", [None]),
    "uri": ("u", [None, b"u"]),
    "extra_options": (None, [{"timeout": 5}, False]),
}
"""By parameter: an argument that is taken, and some that are not."""

PARAMETERS = {name: list(inspect.signature(getattr(MetadataStore, name)).parameters.values())[1:] for name in METHODS}
CASES = [
    (method, parameter.name)
    for method, parameters in PARAMETERS.items()
    for parameter in parameters
    if not isinstance(parameter.default, bool)
]


@pytest.fixture(scope="module")
def store() -> MetadataStore:
    store = MetadataStore("sqlite://")
    store.put_artifact_type(ArtifactType(name="A"))
    store.put_execution_type(ExecutionType(name="E"))
    return store


@pytest.mark.parametrize(("method", "name"), CASES)
def test_an_argument_of_the_wrong_kind_is_told_by_its_name(store: MetadataStore, method: str, name: str) -> None:
    call = getattr(store, method)
    right = {each.name: RIGHT_AND_WRONG.get(each.name, (each.default,))[0] for each in PARAMETERS[method]}
    for wrong in RIGHT_AND_WRONG[name][1]:
        arguments = {**right, name: wrong}
        with pytest.raises(errors.InvalidArgumentError, match=rf"{name} of {method} must be"):
            call(**arguments)
        with pytest.raises(errors.InvalidArgumentError, match=rf"{name} of {method} must be"):
            call(*arguments.values())


def test_nothing_was_stored_by_all_these_calls(store: MetadataStore) -> None:
    assert [type_.name for type_ in store.get_artifact_types()] == ["A"]
    assert store.get_artifacts() == store.get_executions() == store.get_contexts() == []


def test_integers_and_iterables_of_other_libraries_are_taken() -> None:
    numpy = pytest.importorskip("numpy")
    with MetadataStore("sqlite://") as store:
        type_id = store.put_artifact_type(ArtifactType(name="A"))
        ids = store.put_artifacts(Artifact(type_id=type_id) for _ in range(3))
        assert [artifact.id for artifact in store.get_artifacts_by_id(numpy.array(ids))] == ids
        assert len(store.get_artifacts(ListOptions(limit=numpy.int64(2)))) == 2
        assert store.get_artifacts_by_context(numpy.int32(7)) == []


def test_arguments_that_no_method_has_are_pythons_to_refuse(store: MetadataStore) -> None:
    with pytest.raises(TypeError, match="unexpected keyword"):
        store.get_artifacts_by_id([], ids=[])  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="positional"):
        store.get_artifacts_by_uri("u", None, "more")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="multiple values"):
        store.get_artifacts_by_uri("u", uri="v")  # type: ignore[misc]


def test_extra_options_change_nothing_by_name_or_by_place(store: MetadataStore) -> None:
    options = ExtraOptions(euc="any")
    type_id = store.get_artifact_type("A", None, options).id
    assert store.put_artifact_type(ArtifactType(name="A"), extra_options=options) == type_id
    assert store.get_artifacts(ListOptions(), extra_options=None) == store.get_artifacts(None, options) == []


def test_the_pipeline_asset_is_none_with_a_warning(store: MetadataStore) -> None:
    with pytest.warns(UserWarning, match="pipeline_asset"):
        assert store.pipeline_asset is None  # type: ignore[func-returns-value]
