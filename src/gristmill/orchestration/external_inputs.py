"""Files outside the pipeline that an executor reads, and what they hold.

An executor class says which files these are with a class method ``external_inputs(exec_properties) -> list[str]``. They
count by name and content. A file is read again only when its size or modification time differs from what the node's
last execution recorded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from gristmill.dsl.executor import BaseExecutor
from gristmill.io import filesystem

__all__ = ["FileIdentity", "external_files", "from_json", "to_json"]


@dataclass(frozen=True)
class FileIdentity:
    """A file as it was when it was read.

    Attributes:
        size: bytes.
        modified: seconds since 1970-01-01 UTC; 0.0 where the file system does not tell.
        digest: hex sha256 of the content.
    """

    size: int
    modified: float
    digest: str


def external_files(
    executor_class: type[BaseExecutor], exec_properties: Mapping[str, Any], known: Mapping[str, FileIdentity]
) -> dict[str, FileIdentity]:
    """The files that the executor would read, by URI; none for executors that declare none.

    Args:
        executor_class: which executor.
        exec_properties: its parameters.
        known: what was recorded last.

    Raises:
        Exception: what the executor raises when it cannot find its files.
    """
    declared: Callable[[dict[str, Any]], Sequence[str]] | None = getattr(executor_class, "external_inputs", None)
    if declared is None:
        return {}
    return {uri: _identity(uri, known.get(uri)) for uri in declared(dict(exec_properties))}


def _identity(uri: str, known: FileIdentity | None) -> FileIdentity:
    status = filesystem.file_status(uri)
    if known is not None and status.modified and (known.size, known.modified) == (status.size, status.modified):
        return known
    return FileIdentity(status.size, status.modified, filesystem.digest_tree(uri))


def to_json(files: Mapping[str, FileIdentity]) -> str:
    """As it is stored with an execution."""
    return json.dumps({uri: astuple(identity) for uri, identity in files.items()})


def from_json(text: str) -> dict[str, FileIdentity]:
    """What ``to_json`` wrote; nothing for an empty text."""
    return {str(uri): FileIdentity(*values) for uri, values in json.loads(text or "{}").items()}
