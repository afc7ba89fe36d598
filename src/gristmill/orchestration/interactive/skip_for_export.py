"""``%%skip_for_export``: a cell that begins with this line runs as if the line were not there, and is not exported.

It is known as soon as an InteractiveContext is made, or after ``%load_ext gristmill.orchestration.interactive``. The
line is taken away before IPython looks at the cell, so that the rest may be anything: code whose last value is shown,
code that awaits, another cell magic.
"""

from __future__ import annotations

from typing import Any

from gristmill.orchestration.interactive.front_end import ipython_shell

__all__ = ["SKIP_FOR_EXPORT", "load_ipython_extension", "register_skip_for_export", "unload_ipython_extension"]

SKIP_FOR_EXPORT = "%%skip_for_export"


def register_skip_for_export() -> None:
    """Make the running IPython know the line; does nothing in plain Python."""
    shell = ipython_shell()
    if shell is not None:
        load_ipython_extension(shell)


def load_ipython_extension(shell: Any) -> None:
    """What ``%load_ext`` calls."""
    if _without_mark not in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.append(_without_mark)


def unload_ipython_extension(shell: Any) -> None:
    """What ``%unload_ext`` calls."""
    if _without_mark in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.remove(_without_mark)


def _without_mark(lines: list[str]) -> list[str]:
    return lines[1:] if lines and lines[0].split() == [SKIP_FOR_EXPORT] else lines
