"""What the database's own errors mean to a caller of the store."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError, OperationalError

from gristmill.metadata import errors
from gristmill.metadata.connection import Target
from gristmill.metadata.sql.damage import RESTORE

__all__ = ["is_contention", "is_lost", "lacks_database", "translated"]


@dataclass(frozen=True)
class _Meaning:
    kind: Callable[..., errors.StatusError]
    hint: str


_NAME_TAKEN = _Meaning(errors.AlreadyExistsError, "look the existing one up, or choose another name")
_TOO_LARGE = _Meaning(errors.InvalidArgumentError, "keep large values in files and store their URIs")
_TOO_COMPLEX = _Meaning(errors.InvalidArgumentError, "make the filter shorter, or its numbers smaller")
_WRONG_VALUE = _Meaning(
    errors.InvalidArgumentError, "check the types and lengths of the values; a name has 255 characters"
)
_DAMAGED = _Meaning(errors.DataLossError, RESTORE)
_OTHER_TABLES = _Meaning(
    errors.DataLossError, "its tables are not those of its schema version: restore the database from a backup"
)
_UNEXPECTED = _Meaning(
    errors.InternalError, "check the database with its own tools, and look into the log of its server if it has one"
)
_FULL = _Meaning(
    errors.ResourceExhaustedError, "free some space, memory or connections on the server and repeat the call"
)
_UNREACHABLE = _Meaning(
    errors.UnavailableError, "check that the server runs, and the host, port and encryption settings"
)
_UNKNOWN_USER = _Meaning(errors.UnauthenticatedError, "check the user name and the password")
_FORBIDDEN = _Meaning(errors.PermissionDeniedError, "grant this user the right on the database")
_READ_ONLY = _Meaning(errors.FailedPreconditionError, "connect to the server that takes writes")
_TOO_SLOW = _Meaning(errors.DeadlineExceededError, "repeat the call, or raise the server's time limit for statements")
_NO_DATABASE = _Meaning(
    errors.NotFoundError, "create the database, or leave skip_db_creation out and the store creates it"
)
_NO_FILE_BESIDE = _Meaning(
    errors.FailedPreconditionError,
    "SQLite keeps files beside it, for readers too: let this user write in its folder, or copy the file elsewhere",
)
_NO_SPACE = _Meaning(
    errors.ResourceExhaustedError, "free some disk space and repeat the call; nothing of it was stored"
)

_SQLITE = {
    **dict.fromkeys(("SQLITE_READONLY_DIRECTORY", "SQLITE_READONLY_CANTINIT"), _NO_FILE_BESIDE),
    "SQLITE_READONLY": _Meaning(
        errors.FailedPreconditionError,
        "open it for writing; check who owns the file and its folder, and that its disk takes writes",
    ),
    "SQLITE_PERM": _Meaning(errors.PermissionDeniedError, "check who owns the file and its folder"),
    "SQLITE_AUTH": _Meaning(errors.PermissionDeniedError, "check who owns the file and its folder"),
    "SQLITE_FULL": _NO_SPACE,
    "SQLITE_IOERR_SHMSIZE": _NO_SPACE,
    "SQLITE_NOMEM": _Meaning(
        errors.ResourceExhaustedError, "free some memory and repeat the call; nothing of it was stored"
    ),
    "SQLITE_TOOBIG": _TOO_LARGE,
    "SQLITE_CORRUPT": _Meaning(
        errors.DataLossError, "restore the file from a backup, or save what is left: sqlite3 FILE .recover"
    ),
    "SQLITE_NOTADB": _Meaning(errors.DataLossError, "this file is no SQLite database: check the path"),
    "SQLITE_CANTOPEN": _Meaning(
        errors.UnavailableError,
        "check that it is a file, that this user may read it, and that its folder is there and can be written",
    ),
    "SQLITE_IOERR": _Meaning(errors.UnavailableError, "check that it is a file, and that its disk is sound"),
    "SQLITE_CONSTRAINT": _NAME_TAKEN,
    "SQLITE_MISMATCH": _Meaning(errors.InvalidArgumentError, "check the types of the values"),
    "SQLITE_PROTOCOL": _Meaning(errors.UnavailableError, "repeat the call, or look for a process that hangs"),
    "no such table": _OTHER_TABLES,
    "no such column": _OTHER_TABLES,
    "too complex": _TOO_COMPLEX,
}
"""By the beginning of SQLite's name of an error."""

_POSTGRESQL = {
    "08": _UNREACHABLE,
    "22021": _Meaning(errors.InvalidArgumentError, "leave the NUL characters out: PostgreSQL holds none"),
    "22": _WRONG_VALUE,
    "23": _NAME_TAKEN,
    "25006": _READ_ONLY,
    "28": _UNKNOWN_USER,
    "3D000": _NO_DATABASE,
    **dict.fromkeys(("42P01", "42703"), _OTHER_TABLES),
    "42501": _FORBIDDEN,
    "53": _FULL,
    "54000": _TOO_LARGE,
    "54001": _TOO_COMPLEX,
    "57014": _TOO_SLOW,
    "57P": _UNREACHABLE,
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}
"""By the beginning of SQLSTATE."""

_MYSQL = {
    **dict.fromkeys(("1045", "1251", "1524", "1698"), _UNKNOWN_USER),
    **dict.fromkeys(("1044", "1142", "1143", "1227"), _FORBIDDEN),
    **dict.fromkeys(("1062", "1586"), _NAME_TAKEN),
    **dict.fromkeys(("1264", "1366", "1406", "1690"), _WRONG_VALUE),
    **dict.fromkeys(("1118", "1153", "1301"), _TOO_LARGE),
    **dict.fromkeys(("1290", "1792", "1836", "3989"), _READ_ONLY),
    **dict.fromkeys(("1021", "1040", "1041", "1114", "1203", "1226"), _FULL),
    **dict.fromkeys(("1034", "1035", "1194", "1195", "1712"), _DAMAGED),
    **dict.fromkeys(("1054", "1146", "1932"), _OTHER_TABLES),
    **dict.fromkeys(("1053", "1077", "1129", "1130", "1927", "2002", "2003", "2006", "2013", "2026"), _UNREACHABLE),
    **dict.fromkeys(("1317", "1969", "3024"), _TOO_SLOW),
    "1049": _NO_DATABASE,
}
"""By number."""

_TOLD_BY_TEXT = {
    # SQLite has one name for many errors, and Python's own checks of a file carry none.
    "no such table": "no such table",
    "no such column": "no such column",
    "has no column named": "no such column",
    "pattern too complex": "too complex",
    "Expression tree is too large": "too complex",
    "integer overflow": "too complex",
    "not a database": "SQLITE_NOTADB",
    "unsupported file format": "SQLITE_CORRUPT",
    "Could not decode to UTF-8": "SQLITE_CORRUPT",
    "user-defined function raised": "SQLITE_CORRUPT",  # ours take every value that a store writes
    # libpq gives no SQLSTATE for a connection that is not made.
    "password authentication failed": "28P01",
    "no password supplied": "28P01",
    "no pg_hba.conf entry": "28000",
    'role "': "28000",
    "permission denied": "42501",
    'database "': "3D000",  # … does not exist
    "starting up": "57P03",
    # psycopg's own checks of values and options
    "NUL (0x00)": "22021",
    "connection option": "22023",
}
_STORED_TEXT = re.compile(" with text '.*", re.DOTALL)
_NAMELESS = ("", "SQLITE_ERROR")
_CONTENTION = (
    *("SQLITE_BUSY", "SQLITE_LOCKED"),
    *("40001", "40P01", "55P03"),  # PostgreSQL: serialization failure, deadlock, lock timeout
    *("1020", "1205", "1213", "3572"),  # MySQL: changed since last read, lock timeout, deadlock, locked
)


def is_contention(error: DBAPIError) -> bool:
    """Whether another writer was in the way, so that the same transaction may succeed when repeated."""
    return _code(error).startswith(_CONTENTION)


def is_lost(error: DBAPIError) -> bool:
    """Whether the connection broke, or the server that could be reached before cannot be now."""
    return error.connection_invalidated or _meaning(error) is _UNREACHABLE


def lacks_database(error: DBAPIError) -> bool:
    """Whether the server is there, and the database is not."""
    return _meaning(error) is _NO_DATABASE


def translated(error: DBAPIError, target: Target) -> errors.StatusError:
    """The store's error for a database error. Shows the database's words; no statement, value or password."""
    if is_contention(error):
        return errors.AbortedError(
            f"another writer held the metadata store {target} for too long; nothing was stored",
            hint="repeat the call, or look for a process that hangs inside a write",
        )
    said = " ".join(target.without_secrets(_words(error)).split())
    rule = f"the metadata store {target} reports: {said}"
    meaning = _meaning(error) or _UNEXPECTED
    return meaning.kind(rule, hint=meaning.hint)


def _meaning(error: DBAPIError) -> _Meaning | None:
    code = _code(error)
    if code in _MYSQL:
        return _MYSQL[code]
    for table in (_SQLITE, _POSTGRESQL):
        for prefix, meaning in table.items():
            if code.startswith(prefix):
                return meaning
    was_refused = (
        isinstance(error, OperationalError) and code in ("", "0") and not isinstance(error.orig, sqlite3.Error)
    )
    return _UNREACHABLE if error.connection_invalidated or was_refused else None


def _code(error: DBAPIError) -> str:
    """MySQL's number, SQLite's name of the error, such as SQLITE_BUSY_SNAPSHOT, PostgreSQL's SQLSTATE; else empty."""
    original = error.orig
    if original is not None and original.args and isinstance(original.args[0], int):
        return str(original.args[0])
    known = str(getattr(original, "sqlite_errorname", None) or getattr(original, "sqlstate", None) or "")
    if known not in _NAMELESS:
        return known
    return next((code for text, code in _TOLD_BY_TEXT.items() if text in str(original)), known)


def _words(error: DBAPIError) -> str:
    """What the database said, without a stored value."""
    original = error.orig
    return _STORED_TEXT.sub("", str(original.args[-1] if original is not None and original.args else original))
