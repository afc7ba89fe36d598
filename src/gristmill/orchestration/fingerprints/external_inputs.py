"""Files outside the pipeline that an executor reads, and what they hold.

An executor class says which files these are (``BaseExecutor.external_inputs``). They count by name and content,
wherever they lie. A file is read again only when its size or modification time differs from what the node's last
execution recorded: a remote file is fetched for its digest when it was written anew, and else only asked for both.
A URI that holds a secret is recorded without it, and two may be recorded as one: such files are always read.
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

__all__ = ["FileIdentity", "external_files", "from_json", "to_json", "without_secret_names"]


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
    return {uri: _identity(uri, known.get(uri) if without_secrets(uri) == uri else None) for uri in uris}


def _identity(uri: str, known: FileIdentity | None) -> FileIdentity:
    try:
        status = filesystem.file_status(uri)
        if known is not None and status.modified and (known.size, known.modified) == (status.size, status.modified):
            return known
        return FileIdentity(status.size, status.modified, filesystem.digest_tree(uri))
    except OSError as error:
        raise unreadable(uri, error) from error


def without_secret_names(files: Mapping[str, FileIdentity]) -> dict[str, FileIdentity]:
    """The files by what may be shown of their URIs. Those that differ in a secret alone are numbered: none is lost."""
    named: dict[str, FileIdentity] = {}
    for uri, identity in sorted(files.items(), key=lambda file: (without_secrets(file[0]), file[1].digest)):
        name, number = without_secrets(uri), 1
        while (key := name if number == 1 else f"{name} #{number}") in named:
            number += 1
        named[key] = identity
    return named


def to_json(files: Mapping[str, FileIdentity]) -> str:
    """As it is stored with an execution: the URIs without secrets."""
    return json.dumps({name: astuple(identity) for name, identity in without_secret_names(files).items()})


def from_json(text: str) -> dict[str, FileIdentity]:
    """What ``to_json`` wrote; nothing for an empty text."""
    return {str(uri): FileIdentity(*values) for uri, values in json.loads(text or "{}").items()}
