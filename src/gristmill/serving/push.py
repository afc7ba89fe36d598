"""Pushing a model: a numbered version directory that a model server watches appears whole, or not at all."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from gristmill.errors import DataError, Place
from gristmill.io import filesystem

__all__ = ["PushedVersion", "push_model"]

# A server takes a version directory for complete when it holds this file, so on stores without atomic renames it
# is the last one to be written.
LAST_FILE = "saved_model.pb"


@dataclass(frozen=True)
class PushedVersion:
    """Where a model was pushed to.

    Attributes:
        uri: the version directory.
        version: its number, the directory's name.
    """

    uri: str
    version: int


def push_model(model_uri: str, base_directory: str, version: int) -> PushedVersion:
    """Copy a model to ``base_directory/<version>``, or to the next higher number that is free.

    On a local file system the files are copied to a hidden directory that is then renamed: one atomic step. On an
    object store, which has no such step, ``saved_model.pb`` is copied last. A version that exists is never touched.

    Args:
        model_uri: directory of the model to push; must not be empty.
        base_directory: what the server watches; made if it is missing.
        version: the number to use; by convention the Unix time in seconds.

    Raises:
        DataError: there is no model to push.
    """
    if not filesystem.exists(model_uri) or not filesystem.walk_files(model_uri):
        raise DataError("there is no model to push: the directory is empty or missing", place=Place(model_uri))
    filesystem.make_dirs(base_directory)
    if filesystem.is_local(base_directory):
        return _push_by_rename(model_uri, base_directory, version)
    return _push_in_order(model_uri, base_directory, version)


def _push_by_rename(model_uri: str, base_directory: str, version: int) -> PushedVersion:
    staged = filesystem.join(base_directory, f".pushing-{secrets.token_hex(8)}")
    try:
        filesystem.copy_tree(model_uri, staged)
        while True:
            target = filesystem.join(base_directory, str(version))
            try:
                filesystem.rename(staged, target)  # refused by the system when the target holds anything
            except OSError:
                if not filesystem.exists(target):
                    raise
                version += 1
                continue
            return PushedVersion(target, version)
    finally:
        filesystem.remove_tree(staged)


def _push_in_order(model_uri: str, base_directory: str, version: int) -> PushedVersion:
    while filesystem.exists(target := filesystem.join(base_directory, str(version))):
        version += 1
    for name in sorted(filesystem.walk_files(model_uri), key=lambda name: name == LAST_FILE):
        filesystem.copy_file(filesystem.join(model_uri, name), filesystem.join(target, name))
    return PushedVersion(target, version)
