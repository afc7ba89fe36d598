"""The functions of ``tfx.types.artifact_utils``."""

from __future__ import annotations

from collections.abc import Sequence

from gristmill.dsl import splits
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.splits import decode_split_names, encode_split_names
from gristmill.errors import ConfigError

__all__ = [
    "decode_split_names",
    "encode_split_names",
    "get_single_instance",
    "get_single_uri",
    "get_split_uri",
    "get_split_uris",
]


def get_single_instance(artifact_list: Sequence[Artifact]) -> Artifact:
    """The only artifact of a list.

    Raises:
        ConfigError: there is none, or there are several.
    """
    if len(artifact_list) != 1:
        raise ConfigError("the list must hold exactly one artifact", value=[each.uri for each in artifact_list])
    return artifact_list[0]


def get_single_uri(artifact_list: Sequence[Artifact]) -> str:
    """The URI of the only artifact of a list."""
    return get_single_instance(artifact_list).uri


def get_split_uri(artifact_list: Sequence[Artifact], split: str) -> str:
    """The directory of a split of the only artifact of a list."""
    return splits.split_uri(get_single_instance(artifact_list), split)


def get_split_uris(artifact_list: Sequence[Artifact], split: str) -> list[str]:
    """The directories of a split, one for each artifact."""
    return [splits.split_uri(artifact, split) for artifact in artifact_list]
