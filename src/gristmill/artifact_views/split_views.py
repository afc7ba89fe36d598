"""One view for each split of an artifact; a split that cannot be read does not hide the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gristmill.artifact_views.payload_files import payload_path
from gristmill.artifact_views.refusal import refusal
from gristmill.display import View
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.splits import decode_split_names, split_uri
from gristmill.io import filesystem

__all__ = ["loaded_splits", "split_folders", "split_title"]

_PREFIX = "Split-"
_Loaded = TypeVar("_Loaded")


def split_folders(artifact: Artifact) -> dict[str, str]:
    """The folder of each split, relative to the artifact's URI, in the order of the artifact.

    Where the artifact names no splits, those that are there; where there are none, the payload as a whole, under the
    name ``""``.

    Raises:
        ConfigError: the names are malformed.
        UnsafePathError: a name leads out of the artifact.
    """
    names = decode_split_names(getattr(artifact, "split_names", ""))
    if names:
        return {name: filesystem.relative(artifact.uri, split_uri(artifact, name)) for name in names}
    root = payload_path(artifact)
    present = filesystem.list_dir(root) if filesystem.is_dir(root) else []
    found = {name.removeprefix(_PREFIX): name for name in present if name.startswith(_PREFIX)}
    return found or {"": ""}


def loaded_splits(artifact: Artifact, load: Callable[[str], _Loaded]) -> tuple[dict[str, _Loaded], dict[str, View]]:
    """What each split holds, and a notice for each that cannot be read.

    Args:
        artifact: the artifact.
        load: takes the folder of a split, relative to the artifact's URI.
    """
    loaded: dict[str, _Loaded] = {}
    refused: dict[str, View] = {}
    for name, folder in split_folders(artifact).items():
        try:
            loaded[name] = load(folder)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one split, the others are shown
            refused[name] = View(split_title(name), refusal(artifact, error))
    return loaded, refused


def split_title(name: str) -> str:
    """How a split is headed."""
    return f"Split {name}" if name else "All examples"
