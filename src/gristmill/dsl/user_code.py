"""Showing what the user's own code raises as the user's own error.

Wherever the user's code is run, it is run inside ``with user_code("…")``: what it raises becomes a UserCodeError that
names the user's file and line, and whose ``__cause__`` has no frames of ours. An error of ours that was raised in there
goes on, and names the line of the user's code that led to it.
"""

from __future__ import annotations

import importlib
import inspect
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from gristmill.dsl.user_error_hints import hint_for
from gristmill.dsl.user_import import without_private_names
from gristmill.dsl.user_project import is_installed
from gristmill.errors import GristmillError, Place, RunError, UserCodeError

__all__ = ["place_of_function", "user_code"]

_OUR_FOLDER = Path(__file__).resolve().parents[1]
_LONGEST_MESSAGE = 4000  # characters: a screen or two; some libraries put whole tables into their messages


@contextmanager
def user_code(what: str, *, source: Place | None = None, may_exit: bool = False) -> Iterator[None]:
    """Run the user's code inside: what it raises becomes a UserCodeError.

    Our own errors stay what they are: they already say what is wrong.

    Args:
        what: names the code for the message, e.g. ``"preprocessing_fn"``.
        source: the place to name where no frame of the user's tells one.
        may_exit: let SystemExit pass, as for a file that is run as a program.
    """
    try:
        yield
    except GristmillError as error:
        if not isinstance(error, UserCodeError | RunError) and error.caller is None:
            error.caller = _place(error) or source
        raise
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        if (isinstance(error, SystemExit) and may_exit) or _is_stop(error):
            raise
        place = _place(error) or source
        text, _, own_hint = _message(error).partition("\n  Hint: ")
        hint = own_hint or hint_for(error, place)
        _take_out_ours(error)
        rule = f"{what} failed: {type(error).__name__}" + (f": {text}" if text else "")
        line = (error.text or "").strip() if isinstance(error, SyntaxError) else None
        raise UserCodeError(rule, place=place, value=line or None, hint=hint) from error


def place_of_function(function: Callable[..., Any], column: str | None = None) -> Place:
    """Where a function is defined; no file where it is not written in Python.

    Args:
        function: may be wrapped.
        column: the parameter or result that is spoken of.
    """
    code = getattr(inspect.unwrap(getattr(function, "func", function)), "__code__", None)
    if code is None:
        return Place(column=column)
    return Place(uri=code.co_filename, line=code.co_firstlineno, column=column)


def _is_stop(error: BaseException) -> bool:
    """Whether it is a Ctrl-C: signals strike the main thread alone; elsewhere the user's code itself raised it."""
    return isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread()


def _message(error: BaseException) -> str:
    """What the error says of itself, as text that every store and terminal takes."""
    try:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
    except Exception as failure:  # noqa: BLE001 - a __str__ of the user's
        return f"(its message cannot be shown: {type(failure).__name__})"
    text = without_private_names(text).encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
    return text if len(text) <= _LONGEST_MESSAGE else text[: _LONGEST_MESSAGE - 1] + "…"


def _take_out_ours(error: BaseException) -> None:
    """Leave no frames of ours in the error, nor in those that it came from; what was ours alone is dropped."""
    error.__traceback__ = _without_ours(error.__traceback__)
    for link in ("__cause__", "__context__"):
        earlier = getattr(error, link)
        if earlier is None:
            continue
        _take_out_ours(earlier)
        if earlier.__traceback__ is None:
            setattr(error, link, None)


def _without_ours(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback without frames of gristmill and of the import machinery."""
    result: TracebackType | None = None
    for entry in reversed(_entries(traceback)):
        if not _is_ours(entry.tb_frame.f_code.co_filename):
            result = TracebackType(result, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return result


def _entries(traceback: TracebackType | None) -> list[TracebackType]:
    entries: list[TracebackType] = []
    while traceback is not None:
        entries.append(traceback)
        traceback = traceback.tb_next
    return entries


def _is_ours(filename: str) -> bool:
    if filename.startswith("<frozen ") or Path(filename) == Path(importlib.__file__):
        return True
    path = Path(filename)
    # Templates are examples of users' code that we ship.
    return path.is_relative_to(_OUR_FOLDER) and not path.is_relative_to(_OUR_FOLDER / "templates")


def _place(error: BaseException) -> Place | None:
    """The deepest line of code that is the user's, rather than ours or a library's."""
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).is_file():
        return Place(uri=error.filename, line=error.lineno)
    for entry in reversed(_entries(error.__traceback__)):
        filename = entry.tb_frame.f_code.co_filename
        if filename != "<string>" and not _is_ours(filename) and not is_installed(Path(filename)):
            return Place(uri=filename, line=entry.tb_lineno)
    return None
