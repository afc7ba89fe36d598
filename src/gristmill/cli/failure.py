"""How errors are told: one clear message, and frames only of the user's own code."""

from __future__ import annotations

import sys
import traceback

from gristmill.errors import GristmillError, UserCodeError
from gristmill.redaction import without_secrets

__all__ = ["print_error", "print_user_frames", "text_of"]


def print_error(error: BaseException, *, subject: str = "", full: bool = False) -> None:
    """Tell an error on standard error.

    Args:
        error: what was raised.
        subject: what failed, put before the message.
        full: show the whole traceback, ours included.
    """
    if full:
        _print_frames(traceback.format_exception(error))
    elif isinstance(error, UserCodeError):
        print_user_frames(error)
    print(f"gristmill: {text_of(error, subject)}", file=sys.stderr)


def print_user_frames(error: UserCodeError) -> None:
    """Show the traceback of the user's exception, from which our frames were taken away."""
    from gristmill.dsl.user_import import without_private_names

    cause = error.__cause__
    if cause is not None and (cause.__traceback__ is not None or isinstance(cause, SyntaxError)):
        _print_frames([without_private_names(line) for line in traceback.format_exception(cause)])


def _print_frames(lines: list[str]) -> None:
    """Frames show source lines and messages, which may hold a password."""
    print(without_secrets("".join(lines)), end="", file=sys.stderr)


def text_of(error: BaseException, subject: str = "") -> str:
    """The message of an error; its kind as well, unless it is one of ours that explains itself."""
    text = str(error) if isinstance(error, GristmillError) else without_secrets(f"{type(error).__name__}: {error}")
    is_named = subject in text.partition("\n")[0]
    return text if is_named else f"{subject} failed: {text}"
