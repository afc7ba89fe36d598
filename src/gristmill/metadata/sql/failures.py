"""What the database's own errors mean to a caller of the store."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError

from gristmill.metadata import errors

__all__ = ["is_contention", "translated"]

_SQLITE = {
    "SQLITE_READONLY": (errors.FailedPreconditionError, "open it for writing, and check who owns the file and folder"),
    "SQLITE_PERM": (errors.PermissionDeniedError, "check who owns the file and its folder"),
    "SQLITE_AUTH": (errors.PermissionDeniedError, "check who owns the file and its folder"),
    "SQLITE_FULL": (
        errors.ResourceExhaustedError,
        "free some disk space and repeat the call; nothing of it was stored",
    ),
    "SQLITE_NOMEM": (errors.ResourceExhaustedError, "free some memory and repeat the call; nothing of it was stored"),
    "SQLITE_TOOBIG": (errors.InvalidArgumentError, "keep large values in files and store their URIs"),
    "SQLITE_CORRUPT": (
        errors.DataLossError,
        "restore the file from a backup, or save what is left: sqlite3 FILE .recover",
    ),
    "SQLITE_NOTADB": (errors.DataLossError, "this file is no SQLite database: check the path"),
    "SQLITE_CANTOPEN": (errors.UnavailableError, "check that the folder exists and can be written"),
    "SQLITE_IOERR": (errors.UnavailableError, "check the disk and the file system"),
    "SQLITE_CONSTRAINT": (errors.AlreadyExistsError, "look the existing one up, or choose another name"),
    "SQLITE_MISMATCH": (errors.InvalidArgumentError, "check the types of the values"),
}
_CONTENTION = ("SQLITE_BUSY", "SQLITE_LOCKED")


def is_contention(error: DBAPIError) -> bool:
    """Whether another writer was in the way, so that the same transaction may succeed when repeated."""
    return _name(error).startswith(_CONTENTION)


def translated(error: DBAPIError, database: str) -> errors.StatusError:
    """The store's error for a database error. Shows the database's words, never the statement or its values."""
    if is_contention(error):
        return errors.AbortedError(
            f"another writer held the metadata store {database} for too long; nothing was stored",
            hint="repeat the call, or look for a process that hangs inside a write",
        )
    said = str(error.orig) if error.orig is not None else type(error).__name__
    name = _name(error)
    for prefix, (kind, hint) in _SQLITE.items():
        if name.startswith(prefix):
            return kind(f"the metadata store {database} reports: {said}", hint=hint)
    return errors.InternalError(f"the metadata store {database} reports: {said}")


def _name(error: DBAPIError) -> str:
    """SQLite's name of the error, such as SQLITE_BUSY_SNAPSHOT; empty for errors of other origin."""
    if isinstance(error.orig, sqlite3.Error):
        return str(getattr(error.orig, "sqlite_errorname", "")) or _told_by_text(str(error.orig))
    return ""


def _told_by_text(text: str) -> str:
    # Python's own checks (a closed database, an int past 64 bits) carry no error name.
    return "SQLITE_NOTADB" if "not a database" in text else ""
