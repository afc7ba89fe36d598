"""Files of data that cannot be opened, or are something else, are told apart."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from gristmill.errors import DataError
from gristmill.io import filesystem
from gristmill.io.data_file import kind_of, open_data, unreadable


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"PAR1\x15\x04", "Parquet"),
        (b"\x1f\x8b\x08\0", "gzip"),
        (b"PK\x03\x04", "zip"),
        (b"BZh9", "bzip2"),
        (b"\xfd7zXZ\0", "xz"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"\xff\xfea\0", "UTF-16"),
        (b"n,word\r\n1,\xc3\xa4", "text"),
        (b"\x1b\0\0\0\0\0\0\0", ""),
        (b"", ""),
    ],
)
def test_first_bytes_tell_what_a_file_is(head: bytes, kind: str) -> None:
    assert kind_of(head) == kind


def bind(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(path))  # the name of a socket is short


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (os.mkfifo, "a pipe, a socket or a device.*narrow the pattern"),
        (bind, "a pipe, a socket or a device"),
        (Path.mkdir, r"directory.*Hint: .*\*\*"),
        (lambda path: path.symlink_to(path.name), "symbolic links.*Hint: remove the link"),
        (lambda path: None, "No such file.*Hint: check the path"),
    ],
    ids=["pipe", "socket", "folder", "loop", "missing"],
)
def test_what_is_no_file_is_refused_and_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], object], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    make(Path("x"))
    with pytest.raises(DataError, match=rf"(?s)must be there and readable: .*{told}"), open_data("x"):
        pass


def test_a_file_without_the_right_to_read_it_says_so() -> None:
    error = unreadable("data/x.csv", PermissionError(13, "Permission denied"))
    assert str(error) == (
        "a file that is to be read must be there and readable: Permission denied\n"
        "  data/x.csv\n"
        "  Hint: give the user that runs this the right to read it"
    )


def test_a_folder_with_a_pipe_in_it_has_no_digest(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x")
    with pytest.raises(OSError, match="a pipe, a socket or a device"):
        filesystem.digest_tree(str(tmp_path))
