"""Files of data that people name: opened, and told apart by their first bytes where they are something else.

What keeps such a file from being read (it is gone, it may not be read, it is no file) is bad input like any other: a
DataError with its place and a hint.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from typing import BinaryIO

from gristmill.errors import DataError, Place
from gristmill.io import filesystem

__all__ = ["HEAD_BYTES", "kind_of", "open_data", "unreadable"]

HEAD_BYTES = 16  # more than any of the marks below
_MARKS = (
    (b"PAR1", "Parquet"),
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "zip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_NOT_TEXT = bytes(sorted(set(range(32)) - set(b"\t\n\r")))
_HINTS = {
    errno.ENOENT: "check the path, and that nothing removes or renames the file meanwhile",
    errno.EACCES: "give the user that runs this the right to read it",
    errno.EISDIR: "name the files in it, for example with '**/*'",
    errno.ELOOP: "remove the link, or point it at a file",
}


def kind_of(head: bytes) -> str:
    """What a file is by its first bytes: ``"Parquet"``, ``"gzip"``, …, ``"text"``; empty where they tell nothing."""
    for mark, kind in _MARKS:
        if head.startswith(mark):
            return kind
    return "text" if head and head.translate(None, _NOT_TEXT) == head else ""


@contextlib.contextmanager
def open_data(uri: str) -> Iterator[BinaryIO]:
    """Open a file of data for reading bytes.

    Raises:
        DataError: it cannot be opened, or reading from it fails.
    """
    try:
        with filesystem.open_input(uri) as stream:
            yield stream
    except OSError as error:
        raise unreadable(uri, error) from error


def unreadable(uri: str, error: OSError) -> DataError:
    """What to raise where the system does not let a file of data be read."""
    problem = error.strerror or str(error) or "it is not there"
    hint = _HINTS.get(error.errno or errno.ENOENT, "narrow the pattern of the input to the files that hold data")
    return DataError(f"a file that is to be read must be there and readable: {problem}", place=Place(uri), hint=hint)
