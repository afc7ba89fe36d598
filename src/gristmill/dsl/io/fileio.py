"""File access by path or URI, on every file system that fsspec reaches, with the names that TFX components use.

Components of gristmill itself use ``gristmill.io.filesystem``, whose writes appear only when they are complete; a file
that is opened here for writing may be seen half-written, as with Python's own ``open``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO, Any, TypeAlias

import fsspec

from gristmill.errors import ConfigError
from gristmill.io import filesystem
from gristmill.io.filesystem import FileStatus

__all__ = [
    "NotFoundError",
    "PathType",
    "copy",
    "exists",
    "glob",
    "isdir",
    "listdir",
    "makedirs",
    "mkdir",
    "open",
    "remove",
    "rename",
    "rmtree",
    "stat",
    "walk",
]

PathType: TypeAlias = str | bytes | os.PathLike[str]
NotFoundError = FileNotFoundError


def open(path: PathType, mode: str = "r") -> IO[Any]:
    """Open a file; ``mode`` as for Python's ``open``."""
    stream: IO[Any] = fsspec.open(_text(path), mode).open()
    return stream


def copy(src: PathType, dst: PathType, overwrite: bool = False) -> None:
    """Copy a file; FileExistsError where ``dst`` exists and must not be overwritten."""
    _check_free(dst, overwrite)
    filesystem.copy_file(_text(src), _text(dst))


def rename(src: PathType, dst: PathType, overwrite: bool = False) -> None:
    """Rename a file or directory within one file system."""
    source, target = _text(src), _text(dst)
    if _scheme(source) != _scheme(target):
        raise ConfigError("a file cannot be renamed across file systems", value=(source, target), hint="copy it")
    _check_free(dst, overwrite)
    if overwrite and filesystem.exists(target):
        filesystem.remove_tree(target)
    filesystem.rename(source, target)


def exists(path: PathType) -> bool:
    """Whether there is a file or directory."""
    return filesystem.exists(_text(path))


def isdir(path: PathType) -> bool:
    """Whether there is a directory."""
    return filesystem.is_dir(_text(path))


def glob(pattern: PathType) -> list[str]:
    """The paths that match, sorted."""
    return filesystem.glob(_text(pattern))


def listdir(path: PathType) -> list[str]:
    """The names in a directory, sorted."""
    return filesystem.list_dir(_text(path))


def makedirs(path: PathType) -> None:
    """Make a directory and those above it, where they do not exist yet."""
    filesystem.make_dirs(_text(path))


def mkdir(path: PathType) -> None:
    """Make a directory; FileNotFoundError where the one above it does not exist."""
    text = _text(path)
    parent = text.rstrip("/").rpartition("/")[0]
    if parent and not filesystem.exists(parent):
        raise FileNotFoundError(parent)
    filesystem.make_dirs(text)


def remove(path: PathType) -> None:
    """Remove a file; FileNotFoundError where there is none."""
    text = _text(path)
    if not filesystem.exists(text):
        raise FileNotFoundError(text)
    if filesystem.is_dir(text):
        raise IsADirectoryError(text)
    filesystem.remove_tree(text)


def rmtree(path: PathType) -> None:
    """Remove a directory with everything in it; FileNotFoundError where there is none."""
    text = _text(path)
    if not filesystem.exists(text):
        raise FileNotFoundError(text)
    filesystem.remove_tree(text)


def stat(path: PathType) -> FileStatus:
    """Size and time of change of a file."""
    return filesystem.file_status(_text(path))


def walk(top: PathType, topdown: bool = True) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each directory below ``top``, itself included: its path, the directories and the files in it."""
    text = _text(top)
    names = filesystem.list_dir(text)
    folders = [name for name in names if filesystem.is_dir(filesystem.join(text, name))]
    files = [name for name in names if name not in folders]
    if topdown:
        yield text, folders, files
    for folder in folders:
        yield from walk(filesystem.join(text, folder), topdown)
    if not topdown:
        yield text, folders, files


def _text(path: PathType) -> str:
    return os.fsdecode(path)


def _scheme(uri: str) -> str:
    return "" if filesystem.is_local(uri) else uri.partition("://")[0]


def _check_free(path: PathType, overwrite: bool) -> None:
    if not overwrite and exists(path):
        raise FileExistsError(_text(path))
