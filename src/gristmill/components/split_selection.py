"""Which splits of the examples a component works on."""

from __future__ import annotations

import json
from collections.abc import Sequence

from gristmill.dsl.standard_artifacts import Examples
from gristmill.errors import ConfigError
from gristmill.io.shard import Shard

__all__ = ["check_splits_exist", "included_splits", "names_or_json", "shards_of"]


def names_or_json(names: Sequence[str] | None) -> list[str] | str:
    """Names of splits as a spec takes them; text, which is no list of its letters, has to be JSON."""
    return names if isinstance(names, str) else list(names or [])


def included_splits(splits: Sequence[str], exclude_splits: str | None) -> list[str]:
    """The splits that are not excluded, in their order.

    Args:
        splits: what there is.
        exclude_splits: a JSON list of names; the value of the parameter of that name.

    Raises:
        ConfigError: nothing is left, or a name to exclude is unknown.
    """
    excluded = json.loads(exclude_splits) if exclude_splits else []
    check_splits_exist(excluded, splits)
    included = [split for split in splits if split not in excluded]
    if not included:
        raise ConfigError(
            "exclude_splits must leave at least one split", value=excluded, hint=f"there are: {', '.join(splits)}"
        )
    return included


def shards_of(examples: Sequence[Examples], splits: Sequence[str]) -> list[Shard]:
    """The shards of these splits, of all artifacts.

    Raises:
        ConfigError: an artifact does not have one of the splits.
    """
    from gristmill.io.examples import split_shards  # loads Arrow

    for artifact in examples:
        check_splits_exist(splits, artifact.splits)
    return [shard for artifact in examples for split in splits for shard in split_shards(artifact.uri, split)]


def check_splits_exist(names: Sequence[str], splits: Sequence[str]) -> None:
    """Refuse the name of a split that the examples do not have.

    Raises:
        ConfigError: naming the first unknown split.
    """
    for name in names:
        if name not in splits:
            raise ConfigError(
                "a split that is named must exist", value=name, hint="the examples have: " + ", ".join(splits)
            )
