"""Finds the artifact that a person means."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gristmill.errors import ConfigError

if TYPE_CHECKING:
    from gristmill.metadata import MetadataStore
    from gristmill.proto import metadata_store_pb2

__all__ = ["find_artifact"]


def find_artifact(store: MetadataStore, wanted: str) -> metadata_store_pb2.Artifact:
    """The artifact of that id, path or URI, or the one that was pushed there; of several at one place the newest.

    Raises:
        ConfigError: there is none.
    """
    if wanted.isdecimal():
        found = list(store.get_artifacts_by_id([int(wanted)]))
    else:
        place = wanted if "://" in wanted else os.path.abspath(wanted)
        found = [*store.get_artifacts_by_uri(place), *store.get_artifacts_by_uri(wanted)]
        found = found or [known for known in store.get_artifacts() if place in _places(known)]
    if not found:
        raise ConfigError(
            "the store knows no such artifact", value=wanted, hint="`gristmill show` lists the artifacts of a run."
        )
    return max(found, key=lambda known: known.id)


def _places(artifact: metadata_store_pb2.Artifact) -> set[str]:
    """Where an artifact's payload was brought: text properties that are absolute paths or URIs."""
    texts = [value.string_value for value in artifact.custom_properties.values()]
    return {text.rstrip("/") for text in texts if os.path.isabs(text) or "://" in text}
