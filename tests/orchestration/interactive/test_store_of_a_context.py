"""The store of an InteractiveContext is found by those who ask the context for it."""

from __future__ import annotations

from pathlib import Path

from gristmill.metadata import MetadataStore
from gristmill.orchestration.experimental import InteractiveContext


def test_a_context_tells_where_its_store_is_as_notebooks_of_the_family_ask(tmp_path: Path) -> None:
    context = InteractiveContext(pipeline_root=str(tmp_path))
    config = context.metadata_connection_config
    assert config.sqlite.filename_uri == str(tmp_path / "metadata.sqlite")
    with MetadataStore(config) as store:
        assert store.get_artifact_types() == []


def test_a_store_that_was_given_is_told_as_it_was_given(tmp_path: Path) -> None:
    given = str(tmp_path / "elsewhere.sqlite")
    assert (
        InteractiveContext(pipeline_root=str(tmp_path), metadata_connection_config=given).metadata_connection_config
        == given
    )
