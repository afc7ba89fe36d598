"""``extra_options``: taken by every method, without effect, and refused when it is something else."""

from __future__ import annotations

import inspect

import pytest

from gristmill.metadata import ArtifactType, ListOptions, MetadataStore, errors
from gristmill.metadata.extra_options import ExtraOptions

METHODS = sorted(name for name in dir(MetadataStore) if name.startswith(("put_", "get_")))


@pytest.fixture(scope="module")
def store() -> MetadataStore:
    return MetadataStore("sqlite://")


def test_options_and_none_change_nothing_by_name_or_by_place(store: MetadataStore) -> None:
    options = ExtraOptions(euc="any")
    type_id = store.put_artifact_type(ArtifactType(name="A"), extra_options=options)
    assert store.get_artifact_type("A", None, options).id == type_id
    assert store.get_artifacts(ListOptions(), extra_options=None) == store.get_artifacts(None, options) == []


@pytest.mark.parametrize("name", METHODS)
def test_anything_else_is_refused_by_every_method(store: MetadataStore, name: str) -> None:
    method = getattr(store, name)
    *others, last = inspect.signature(method).parameters.values()
    assert (last.name, last.default) == ("extra_options", None)
    given = [None for each in others]
    with pytest.raises(errors.InvalidArgumentError, match=f"extra_options of {name}"):
        method(*given, {"timeout": 5})
    with pytest.raises(errors.InvalidArgumentError, match=f"extra_options of {name}"):
        method(*given, extra_options=False)


def test_the_pipeline_asset_is_none_with_a_warning(store: MetadataStore) -> None:
    with pytest.warns(UserWarning, match="pipeline_asset"):
        assert store.pipeline_asset is None  # type: ignore[func-returns-value]
