"""The files of an artifact's payload: which there are, how large they are, and the way to one of them.

Nothing outside the artifact's URI is reached: names from metadata are joined safely, and links that lead elsewhere are
neither followed nor measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from gristmill.display.elements import Cell, Column, notice, table
from gristmill.dsl.artifact import Artifact
from gristmill.errors import DataError, Place, UnsafePathError
from gristmill.io import filesystem
from gristmill.size_in_words import bytes_in_words

__all__ = [
    "PayloadFile",
    "PayloadFiles",
    "files_markup",
    "payload_files",
    "payload_path",
    "read_head",
    "whole_file",
]

_MEASURED = 500  # files whose size is asked for: on an object store each costs a round trip
_READ_WHOLE = 256_000_000  # bytes of a file that has to be read whole to be shown: statistics, schemas, results
_LISTED = 100  # files shown by name; a training's thousand checkpoints tell nothing more


@dataclass(frozen=True)
class PayloadFile:
    """One file.

    Attributes:
        name: its path below the artifact's URI; empty where the URI is the file.
        size: bytes; None where it was not measured.
        is_outside: whether it leads out of the artifact: a link, or a name that is no path.
    """

    name: str
    size: int | None
    is_outside: bool = False


@dataclass(frozen=True)
class PayloadFiles:
    """All files of a payload.

    Attributes:
        files: in the order of their names.
        size: their bytes together; None where not all were measured.
    """

    files: Sequence[PayloadFile]
    size: int | None

    def in_words(self) -> str:
        """``3 files, 1.2 MB``."""
        count = f"{len(self.files):,} file" + ("" if len(self.files) == 1 else "s")
        return count if self.size is None else f"{count}, {bytes_in_words(self.size)}"


def payload_path(artifact: Artifact, *parts: str) -> str:
    """The URI of something below the artifact's.

    Raises:
        UnsafePathError: the name, or a link on the way, leads out of the artifact.
    """
    uri = filesystem.join(artifact.uri, *parts)
    if filesystem.leads_out(artifact.uri, uri):
        raise UnsafePathError("only what lies below an artifact's URI is read, and this is a link out of it", value=uri)
    return uri


def whole_file(artifact: Artifact, *parts: str) -> str:
    """The URI of a file that is going to be read whole.

    Raises:
        DataError: it is too large for that.
        UnsafePathError: it leads out of the artifact.
    """
    uri = payload_path(artifact, *parts)
    if filesystem.exists(uri) and (size := filesystem.file_status(uri).size) > _READ_WHOLE:
        raise DataError("the file is too large to be shown", place=Place(uri=uri), value=bytes_in_words(size))
    return uri


def payload_files(artifact: Artifact, *parts: str) -> PayloadFiles:
    """The files below the artifact's URI, or below a directory there.

    Raises:
        DataError: nothing is there.
        UnsafePathError: the directory leads out of the artifact.
    """
    root = payload_path(artifact, *parts)
    if not artifact.uri or not filesystem.exists(root):
        raise DataError("there is nothing at this place", place=Place(uri=root or "(no URI)"))
    names = filesystem.walk_files(root)
    files = [_payload_file(artifact, root, name, measure=number < _MEASURED) for number, name in enumerate(names)]
    sizes = [file.size for file in files if not file.is_outside]
    known = [size for size in sizes if size is not None]
    return PayloadFiles(files, sum(known) if len(known) == len(sizes) else None)


def _payload_file(artifact: Artifact, root: str, name: str, *, measure: bool) -> PayloadFile:
    try:
        uri = filesystem.join(root, name)
    except UnsafePathError:  # a name that no path of ours has, such as one with a backslash
        return PayloadFile(name, None, is_outside=True)
    if filesystem.leads_out(artifact.uri, uri):
        return PayloadFile(name, None, is_outside=True)
    try:
        return PayloadFile(name, filesystem.file_status(uri).size if measure else None)
    except FileNotFoundError:  # a link to nothing, or a file that was removed meanwhile
        return PayloadFile(name, None)


def read_head(uri: str, limit: int) -> tuple[bytes, bool]:
    """The first bytes of a file, and whether there are more."""
    with filesystem.open_input(uri) as stream:
        content = stream.read(limit + 1)
    return content[:limit], len(content) > limit


def files_markup(found: PayloadFiles) -> Markup:
    """The files as a table; the first ones of many."""
    if not found.files:
        return notice("There are no files in it.", "warning")
    rows = [(file.name or "(the file itself)", _size_cell(file)) for file in found.files[:_LISTED]]
    left_out = len(found.files) - len(rows)
    shown = table([Column("file"), Column("size", numeric=True)], rows, searchable=len(rows) > 10)
    more = notice(f"{left_out:,} more files are not listed.", "") if left_out > 0 else Markup("")
    return shown + more


def _size_cell(file: PayloadFile) -> Cell | None:
    if file.is_outside:
        return Cell("leads out of the artifact: not read", kind="warning")
    return None if file.size is None else Cell(bytes_in_words(file.size), sort_key=file.size)
