"""How a listing is ordered, cut and filtered."""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["ListOptions", "OrderByField"]


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
