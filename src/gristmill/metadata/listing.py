"""How a listing is ordered, cut and filtered."""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["EVERYWHERE", "NEWEST_FIRST", "ListOptions", "OrderByField", "Position", "Scope"]


class OrderByField(enum.Enum):
    """What a listing is ordered by; nodes that tie follow in the order of their ids, in the same direction."""

    CREATE_TIME = "create_time_since_epoch"
    UPDATE_TIME = "last_update_time_since_epoch"
    ID = "id"


@dataclass(frozen=True)
class ListOptions:
    """Options of the methods that list nodes.

    Attributes:
        limit: at most so many nodes; None or 0 means all.
        order_by: the field to order by; the id when it is None.
        is_asc: smallest, or oldest, first.
        filter_query: keeps the nodes for which this expression holds.
    """

    limit: int | None = None
    order_by: OrderByField | None = None
    is_asc: bool = True
    filter_query: str | None = None


NEWEST_FIRST = ListOptions(order_by=OrderByField.CREATE_TIME, is_asc=False)
"""The order of a context's executions where none is asked for."""


@dataclass(frozen=True)
class Position:
    """A place in an ordered listing, at which a page goes on: behind the node with this value and this id.

    Attributes:
        value: of the field that the listing is ordered by.
        id: the node's.
    """

    value: int
    id: int


@dataclass(frozen=True)
class Scope:
    """Which nodes a listing is of; all that are not None must hold.

    Attributes:
        context_id: those in this context.
        type_name: those of this type.
        type_version: of its version; None and an empty text stand for none.
        after: those behind this position in the order of the listing.
    """

    context_id: int | None = None
    type_name: str | None = None
    type_version: str | None = None
    after: Position | None = None


EVERYWHERE = Scope()
