"""Turns what the native codec reports into a DataError that says where."""

from __future__ import annotations

from dataclasses import replace

from gristmill.errors import DataError, Place
from gristmill.io import _native

__all__ = ["data_error"]


def data_error(fault: _native.CodecError, place: Place | None = None, *, hint: str | None = None) -> DataError:
    """The error to raise ``from None``.

    Args:
        fault: its record counts from the start of what was handed to the codec.
        place: where that lies: its file, and the record of the file at which it starts.
        hint: what the reader can do about it.
    """
    rule, record, offset, feature = fault.args
    place = place or Place()
    if record is not None:
        place = replace(place, record=(place.record or 0) + record)
    if offset is not None:
        place = replace(place, offset=offset)
    if feature is not None:
        place = replace(place, column=feature)
    return DataError(rule, place=place, hint=hint)
