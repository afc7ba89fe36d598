"""The store of an InteractiveContext is found by those who ask the context for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gristmill.errors import ConfigError
from gristmill.metadata import MetadataStore
from gristmill.orchestration.experimental import InteractiveContext
from gristmill.orchestration.metadata import sqlite_metadata_connection_config


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


@pytest.mark.parametrize("form", [str, Path, sqlite_metadata_connection_config, "sqlite:///{}".format])
def test_a_relative_store_is_the_same_from_every_working_directory(
    form: Callable[[str], Any], tmp_path: Path, steps: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    context = InteractiveContext("notes", "root", metadata_connection_config=form("notes.sqlite"))
    first = steps.start(text="hello")
    context.run(first)
    monkeypatch.chdir("elsewhere")
    context.run(steps.louder(model=first.outputs["model"]))
    with MetadataStore(str(tmp_path / "notes.sqlite")) as store:
        assert [execution.id for execution in store.get_executions()] == [1, 2]
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("config", [":memory:", "file::memory:", "sqlite://", "sqlite:///:memory:"])
def test_a_store_in_memory_is_refused_however_it_is_written(config: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a database that lasts"):
        InteractiveContext(pipeline_root=tmp_path, metadata_connection_config=config)
