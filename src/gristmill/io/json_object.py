"""Small files that hold one JSON object."""

from __future__ import annotations

import json
from typing import Any

from gristmill.errors import DataError, Place
from gristmill.io import filesystem

__all__ = ["read_json_object"]

_HINT = "the file is damaged, or something else's"


def read_json_object(uri: str) -> dict[str, Any]:
    """The object that a file holds.

    Raises:
        DataError: it holds none.
    """
    try:
        value = json.loads(filesystem.read_text(uri))
    except json.JSONDecodeError as error:
        place = Place(uri=uri, line=error.lineno)
        raise DataError("the file must hold JSON", place=place, value=error.msg, hint=_HINT) from None
    except RecursionError:
        raise DataError("the JSON is nested too deeply", place=Place(uri=uri), hint=_HINT) from None
    if not isinstance(value, dict):
        raise DataError("the file must hold a JSON object", place=Place(uri=uri), value=value, hint=_HINT)
    return value
