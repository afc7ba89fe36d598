"""What a database holds that no store wrote: how it is told."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sqlalchemy.exc import DBAPIError, StatementError

from gristmill.metadata import errors

__all__ = ["RESTORE", "damage", "damage_told"]

RESTORE = "restore the database from a backup"


def damage(what: str) -> errors.DataLossError:
    """The error for damage that was found."""
    return errors.DataLossError(what, hint=RESTORE)


@contextlib.contextmanager
def damage_told(subject: str) -> Iterator[None]:
    """For the reading of rows: a value of the wrong kind, which only a damaged or foreign database holds.

    Raises:
        DataLossError: a message cannot hold what a column holds, or it is no id where an id must be.
    """
    try:
        yield
    except (TypeError, ValueError, KeyError, StatementError) as error:
        if isinstance(error, DBAPIError):  # what the database itself reports
            raise
        raise damage(f"{subject} cannot be read: {getattr(error, 'orig', error)}") from error
