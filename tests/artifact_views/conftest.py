"""Artifacts on disk, as the steps of a pipeline leave them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from gristmill.dsl.artifact import Artifact

_Kind = TypeVar("_Kind", bound=Artifact)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The folder of an artifact."""
    folder = tmp_path / "payload"
    folder.mkdir()
    return folder


@pytest.fixture
def artifact(place: Path) -> Callable[[type[_Kind]], _Kind]:
    """Makes an artifact of a class, at the place."""

    def make(artifact_class: type[_Kind]) -> _Kind:
        made = artifact_class()
        made.uri = str(place)
        return made

    return make
