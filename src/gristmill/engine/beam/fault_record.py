"""An error as JSON, from a worker to the driver: its class by name, its fields, and the traceback as text.

Reading one runs no code that it names: a class is looked up among the modules that are loaded already. An error of ours
comes back as itself; so does an exception of Python's or of a library, where plain arguments made it. Anything else
becomes a ``RuntimeError`` whose text begins with the name of the class. The ``__cause__`` of all of them is the
:class:`WorkerTraceback`.
"""

from __future__ import annotations

import json
import sys
import traceback
from dataclasses import asdict
from typing import Any

from gristmill.errors import GristmillError, Place, UserCodeError

__all__ = ["WorkerTraceback", "error_of", "record_of"]


class WorkerTraceback(Exception):  # noqa: N818 - it is no error of its own, it is where one was
    """The traceback of an error on a worker, as text."""

    def __str__(self) -> str:
        return "\n" + "".join(self.args)


class _Shown(str):
    """A received value of which only the text is known; shown as the value was."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def record_of(error: Exception) -> bytes:
    """The error as JSON."""
    fields: dict[str, Any] = {
        "module": type(error).__module__,
        "class": type(error).__qualname__,
        "text": str(error),
        "traceback": _traceback_of(error),
    }
    if isinstance(error, GristmillError):
        plain = _is_plain(error.value)
        fields["rule"] = error.rule
        fields["place"] = asdict(error.place) if error.place else None
        fields["value"] = error.value if plain else repr(error.value)
        fields["value_is_plain"] = plain
        fields["hint"] = error.hint
    else:
        fields["arguments"] = _arguments_of(error)
    return json.dumps(fields).encode()


def error_of(record: bytes) -> Exception:
    """The error that ``record_of`` was given, as far as it can be told."""
    fields = json.loads(record)
    known = _class_of(fields["module"], fields["class"])
    error = _ours(known, fields) if "rule" in fields else _foreign(known, fields)
    error.__cause__ = WorkerTraceback(fields["traceback"])
    return error


def _traceback_of(error: Exception) -> str:
    # A UserCodeError is about the exception of the user, from which our frames were taken away.
    shown = error.__cause__ if isinstance(error, UserCodeError) and error.__cause__ is not None else error
    return "".join(traceback.format_exception(shown))


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)


def _arguments_of(error: Exception) -> list[Any] | None:
    """The arguments that make the exception anew; None where they are not plain."""
    arguments = [*error.args]
    if isinstance(error, OSError) and len(arguments) == 2 and error.filename is not None:
        arguments.append(error.filename)
    return arguments if all(map(_is_plain, arguments)) else None


def _class_of(module: str, name: str) -> type[Exception] | None:
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found if isinstance(found, type) and issubclass(found, Exception) else None


def _ours(known: type[Exception] | None, fields: dict[str, Any]) -> Exception:
    kind = known if known is not None and issubclass(known, GristmillError) else GristmillError
    error = kind.__new__(kind)
    value = fields["value"] if fields["value_is_plain"] else _Shown(fields["value"])
    place = Place(**fields["place"]) if fields["place"] else None
    # Some classes make their fields from other arguments; the fields themselves are what was sent.
    GristmillError.__init__(error, fields["rule"], place=place, value=value, hint=fields["hint"])
    return error


def _foreign(known: type[Exception] | None, fields: dict[str, Any]) -> Exception:
    if known is not None and fields["arguments"] is not None:
        try:
            error = known(*fields["arguments"])
        except Exception:  # noqa: BLE001 - a class that wants other arguments than it keeps
            error = None
        if error is not None and str(error) == fields["text"]:
            return error
    return RuntimeError(f"{fields['class']}: {fields['text']}")
