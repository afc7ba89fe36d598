"""Which journal a SQLite file gets.

A write-ahead log lets readers and one writer work at the same time and survives kills, but it needs memory shared
between the processes, which network file systems do not give. So a file that is created here, on a local file system,
gets one; a file made elsewhere keeps what it has.
"""

from __future__ import annotations

import contextlib
import random
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from gristmill.metadata.connection import SqliteTarget
from gristmill.metadata.sql.failures import is_contention

__all__ = ["FILE_ERRORS", "log_kept", "shares_memory", "use_write_ahead_log"]

FILE_ERRORS = (sqlite3.Error, UnicodeDecodeError, MemoryError)
"""What Python raises for a file that SQLite cannot read: its messages may quote bytes that are no text."""

_REMOTE = frozenset(
    {
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "drvfs",
        "gfs2",
        "glusterfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "ocfs2",
    }
    | {"smb2", "smb3", "smbfs", "vboxsf", "virtiofs"}
    | {"fuse.ceph", "fuse.gcsfuse", "fuse.glusterfs", "fuse.s3fs", "fuse.sshfs"}
)
_MOUNTS = Path("/proc/self/mountinfo")
_PAUSE_SECONDS = 0.02  # mean pause between attempts: shorter than the creation of the tables, which others wait for


def use_write_ahead_log(connection: Connection, wait_seconds: float) -> None:
    """Switches a database to a write-ahead log. Gives up quietly when others keep it busy: the log is only faster.

    SQLite does not wait for other connections in this one statement, hence the loop.
    """
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            return
        except OperationalError as error:
            if not is_contention(error) or time.monotonic() > deadline:
                return
        time.sleep(random.uniform(0, 2 * _PAUSE_SECONDS))


@contextlib.contextmanager
def log_kept(target: SqliteTarget) -> Iterator[None]:
    """While connections to a file are closed: the last one would move the log into it, and drop what it cannot read.

    A reader beside them is in the way of that, and may do no such thing itself.
    """
    with contextlib.ExitStack() as stack:
        if target.path is not None:
            with contextlib.suppress(*FILE_ERRORS):
                uri = replace(target, mode="ro").uri
                reader = stack.enter_context(contextlib.closing(sqlite3.connect(uri, uri=True, timeout=0)))
                reader.execute("SELECT 1 FROM sqlite_master").close()
        yield


def shares_memory(path: str) -> bool:
    """Whether processes that open this file share memory: false on network file systems, true where it is unknown."""
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True
    return _file_system(Path(path).resolve(), mounts) not in _REMOTE


def _file_system(path: Path, mounts: str) -> str:
    """The type of the mount that holds the path: the last one listed among those with the longest mount point."""
    best, kind = "", ""
    for line in mounts.splitlines():
        before, separator, after = line.partition(" - ")
        fields = before.split()
        if not separator or len(fields) < 5 or not after:
            continue
        point = fields[4].replace("\\040", " ")
        if path.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, after.split()[0]
    return kind
