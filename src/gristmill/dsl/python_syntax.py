"""Parses Python in threads.

CPython 3.11 and 3.12 count the depth of the syntax tree under construction once for all threads, so that one of two
threads that parse at the same time may get a SystemError about it, or a RecursionError
(https://github.com/python/cpython/issues/106905). One lock keeps ours apart. Libraries parse without asking for it, as
TensorFlow does when it traces functions: then parsing once more helps.
"""

from __future__ import annotations

import ast
import threading

__all__ = ["parse_python"]

_ATTEMPTS = 10  # one more is enough nearly always; a tree that really is too deep fails each time
_one_at_a_time = threading.Lock()


def parse_python(source: str | bytes) -> ast.Module:
    """The syntax tree of a source.

    Raises:
        SyntaxError: the source is not Python.
        ValueError: it has null bytes.
        RecursionError: it is nested too deeply.
    """
    with _one_at_a_time:
        for _ in range(_ATTEMPTS - 1):
            try:
                return ast.parse(source)
            except (SystemError, RecursionError):
                continue
        return ast.parse(source)
