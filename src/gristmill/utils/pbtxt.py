"""Messages from files in protobuf's text format."""

from __future__ import annotations

import re
from typing import TypeVar

from google.protobuf import text_format
from google.protobuf.message import Message

from gristmill.errors import DataError, Place
from gristmill.io import filesystem

__all__ = ["parse_pbtxt_file"]

M = TypeVar("M", bound=Message)
_POSITION = re.compile(r"^(\d+):\d+ : ")


def parse_pbtxt_file(file_name: str, message: M) -> M:
    """Read a text-format file into ``message`` and return it.

    Raises:
        DataError: the file does not hold such a message; names the line.
        FileNotFoundError: there is no such file.
    """
    try:
        text_format.Parse(filesystem.read_text(file_name), message)
    except text_format.ParseError as error:
        position = _POSITION.match(str(error))
        raise DataError(
            f"the file holds no {type(message).__name__} in text format",
            place=Place(uri=file_name, line=int(position.group(1)) if position else None),
            hint=str(error),
        ) from error
    return message
