"""Files outside the pipeline that an executor reads, and what they hold.

An executor class says which files these are (``BaseExecutor.external_inputs``). They count by name and content,
wherever they lie. A file is read again only when its size or modification time differs from what the node's last
execution recorded: a remote file is fetched for its digest when it was written anew, and else only asked for both.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any

from gristmill.dsl.executor import BaseExecutor
from gristmill.io import filesystem
from gristmill.io.data_file import unreadable
from gristmill.redaction import without_secrets

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
    """The files that the executor would read, by URI.

    Args:
        executor_class: which executor.
        exec_properties: its parameters.
        known: what was recorded last.

    Raises:
        DataError: a file is not there, or cannot be read.
        Exception: what the executor raises when it cannot find its files.
    """
    uris = executor_class.external_inputs(dict(exec_properties))
    return {uri: _identity(uri, known.get(without_secrets(uri))) for uri in uris}


def _identity(uri: str, known: FileIdentity | None) -> FileIdentity:
    try:
        status = filesystem.file_status(uri)
        if known is not None and status.modified and (known.size, known.modified) == (status.size, status.modified):
            return known
        return FileIdentity(status.size, status.modified, filesystem.digest_tree(uri))
    except OSError as error:
        raise unreadable(uri, error) from error


def to_json(files: Mapping[str, FileIdentity]) -> str:
    """As it is stored with an execution: the URIs without secrets."""
    return json.dumps({without_secrets(uri): astuple(identity) for uri, identity in files.items()})


def from_json(text: str) -> dict[str, FileIdentity]:
    """What ``to_json`` wrote; nothing for an empty text."""
    return {str(uri): FileIdentity(*values) for uri, values in json.loads(text or "{}").items()}
