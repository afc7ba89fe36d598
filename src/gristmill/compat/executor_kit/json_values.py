"""The functions of ``tfx.utils.json_utils``, for plain JSON values."""

from __future__ import annotations

import json
from typing import Any

from gristmill.errors import NotSupportedError

__all__ = ["dumps", "loads"]

_OBJECT_KEY = "__tfx_object_type__"  # marks text that would name a class to be imported


def dumps(obj: Any) -> str:
    """A JSON value as text, keys sorted.

    Raises:
        NotSupportedError: it holds something that is no JSON value.
    """
    try:
        return json.dumps(obj, sort_keys=True)
    except TypeError as error:
        hint = "keep plain values; a message goes through google.protobuf.json_format"
        raise NotSupportedError(f"only JSON values are kept as JSON: {error}", hint=hint) from error


def loads(s: str) -> Any:
    """The JSON value in a text.

    Raises:
        NotSupportedError: the text describes an object of a class, which is not made from text.
    """
    value = json.loads(s)
    if _OBJECT_KEY in s:
        raise NotSupportedError("objects are not made from JSON text", value=s, hint="keep plain values")
    return value
