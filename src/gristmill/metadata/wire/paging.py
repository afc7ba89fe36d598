"""Listings in pages: what a request asks for, and the token by which the next one goes on.

A token is the published message ListOperationNextPageToken in web-safe base64: the place of the last node in the order,
and the options that it belongs to.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from typing import Any

from google.protobuf.message import DecodeError

from gristmill.metadata import errors
from gristmill.metadata.contract import MetadataBackend
from gristmill.metadata.kinds import AnyKind
from gristmill.metadata.listing import ListOptions, OrderByField, Position, Scope
from gristmill.metadata.wire.protocol import DEFAULT_PAGE, LARGEST_PAGE
from gristmill.proto.metadata_store_pb2 import ListOperationNextPageToken, ListOperationOptions

__all__ = ["ORDER_FIELDS", "page", "token"]

_Order = ListOperationOptions.OrderByField
ORDER_FIELDS = {
    OrderByField.CREATE_TIME: _Order.CREATE_TIME,
    OrderByField.UPDATE_TIME: _Order.LAST_UPDATE_TIME,
    OrderByField.ID: _Order.ID,
}
_FIELDS = {number: field for field, number in ORDER_FIELDS.items()}


def page(
    backend: MetadataBackend, kind: AnyKind, asked: ListOperationOptions, scope: Scope
) -> tuple[list[Any], str | None]:
    """One page of a listing, and the token of the next one; None where there is none.

    Raises:
        InvalidArgumentError: the options are wrong, or the token is not one of them.
    """
    size = asked.max_result_size if asked.HasField("max_result_size") else DEFAULT_PAGE
    if size < 1:
        raise errors.InvalidArgumentError("max_result_size must be at least 1", value=size)
    size = min(size, LARGEST_PAGE)
    options = ListOptions(
        limit=size + 1,  # one more tells whether there is a next page
        order_by=_FIELDS.get(asked.order_by_field.field, OrderByField.ID),
        is_asc=asked.order_by_field.is_asc,
        filter_query=asked.filter_query or None,
    )
    if asked.next_page_token:
        scope = replace(scope, after=_position(asked))
    found = backend.get_nodes(kind, options, scope)
    if len(found) <= size:
        return found, None
    last = found[size - 1]
    field = (options.order_by or OrderByField.ID).value
    return found[:size], token(asked, Position(getattr(last, field), last.id))


def token(asked: ListOperationOptions, after: Position) -> str:
    """The token of the page that begins behind a position."""
    message = ListOperationNextPageToken(id_offset=after.id, field_offset=after.value, set_options=_order(asked))
    return base64.urlsafe_b64encode(message.SerializeToString()).decode("ascii")


def _position(asked: ListOperationOptions) -> Position:
    try:
        raw = base64.b64decode(asked.next_page_token, altchars=b"-_", validate=True)
        message = ListOperationNextPageToken.FromString(raw)
    except (binascii.Error, ValueError, DecodeError) as error:
        raise errors.InvalidArgumentError("the next_page_token is none that a listing gave") from error
    if message.set_options != _order(asked):
        raise errors.InvalidArgumentError(
            "a next_page_token goes on with the order and the filter of the listing that gave it",
            hint="give the same order_by_field and filter_query with every page.",
        )
    return Position(message.field_offset, message.id_offset)


def _order(asked: ListOperationOptions) -> ListOperationOptions:
    """What must stay the same from page to page."""
    order = _Order(field=asked.order_by_field.field, is_asc=asked.order_by_field.is_asc)
    return ListOperationOptions(order_by_field=order, filter_query=asked.filter_query)
