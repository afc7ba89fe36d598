"""Splits of an artifact's payload: their names as one property value, and the directory of each.

The names are kept as a JSON list in the property ``split_names``. A split's files are in ``<uri>/Split-<name>/``. The
TFX family's releases before 0.29 wrote ``<uri>/<name>/``; artifacts of that age stay readable.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from gristmill.dsl.artifact import Artifact
from gristmill.errors import ConfigError
from gristmill.io import filesystem

__all__ = ["check_split_names", "decode_split_names", "encode_split_names", "split_uri"]

VERSION_KEY = "tfx_version"
_FIRST_WITH_PREFIX = (0, 29)
_VALID_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]*)?")


def check_split_names(names: Sequence[str]) -> None:
    """Refuse names that are no file names: letters, digits, ``_`` and ``-``, a letter or digit first.

    Raises:
        ConfigError: for the first name that breaks the rule.
    """
    for name in names:
        if not _VALID_NAME.fullmatch(name):
            raise ConfigError(
                "a split's name consists of letters, digits, '_' and '-'", value=name, hint="for example 'eval-2'"
            )


def encode_split_names(names: Sequence[str]) -> str:
    """The names as the value of the property ``split_names``: a JSON list."""
    check_split_names(names)
    return json.dumps(list(names))


def decode_split_names(text: str) -> list[str]:
    """The names in a ``split_names`` value; none where it is empty.

    Raises:
        ConfigError: the text is no JSON list of names.
    """
    if not text:
        return []
    try:
        names: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(
            "split_names must be a JSON list of names", value=text, hint='for example ["train", "eval"]'
        ) from error
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ConfigError("split_names must be a JSON list of names", value=text, hint='for example ["train", "eval"]')
    return names


def split_uri(artifact: Artifact, split: str) -> str:
    """The directory of one split.

    Raises:
        ConfigError: the artifact has no split of that name.
    """
    known = decode_split_names(getattr(artifact, "split_names", ""))
    if split not in known:
        raise ConfigError(
            f"the artifact has no split {split!r}",
            value=artifact.uri,
            hint="its splits are: " + (", ".join(known) or "none"),
        )
    modern = filesystem.join(artifact.uri, f"Split-{split}")
    if not _may_be_old(artifact):
        return modern
    legacy = filesystem.join(artifact.uri, split) if split else artifact.uri
    return legacy if not filesystem.exists(modern) and filesystem.exists(legacy) else modern


def _may_be_old(artifact: Artifact) -> bool:
    """Whether a stored artifact says it is older than the prefix, or does not tell its age."""
    if not artifact.id:
        return False
    numbers = re.findall(r"\d+", artifact.get_string_custom_property(VERSION_KEY))[:2]
    return len(numbers) < 2 or (int(numbers[0]), int(numbers[1])) < _FIRST_WITH_PREFIX
