"""The condition that an id is one of many, with the many as one value.

An IN list makes a parameter of each id, and spelling a thousand of them out takes as long as finding their rows. So
SQLite gets them as a JSON array and PostgreSQL as an array; MySQL, which knows neither, gets the list.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Dialect, String, TypeDecorator, bindparam, column, func, select
from sqlalchemy.types import TypeEngine

from gristmill.metadata.sql.tables import Tables

__all__ = ["among"]


class _Ids(TypeDecorator[Sequence[int]]):
    """Ids as a JSON array in a text, or as an array where databases have those."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(BigInteger) if dialect.name == "postgresql" else String())

    def process_bind_param(self, value: Sequence[int] | None, dialect: Dialect) -> Any:
        ids = array("q", value or ()).tolist()  # an OverflowError where one is wider than the databases' integers
        return ids if dialect.name == "postgresql" else f"[{','.join(map(str, ids))}]"


@cache
def among(tables: Tables, id_column: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition that a column's id is one of those that ``Transaction.rows_of`` is given."""
    if tables.dialect == "sqlite":
        return id_column.in_(select(column("value")).select_from(func.json_each(bindparam("ids", type_=_Ids()))))
    if tables.dialect == "postgresql":
        return id_column == func.any(bindparam("ids", type_=_Ids()))
    return id_column.in_(bindparam("ids", expanding=True))
