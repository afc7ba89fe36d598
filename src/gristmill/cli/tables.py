"""How tables and JSON are printed."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gristmill.redaction import without_secrets_within

__all__ = ["JsonOption", "console", "new_table", "print_json", "state_text"]

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

_UNWRAPPED = 1000  # columns: more than any line has, so that grep and a log see one line as one line

_STYLES = {
    "complete": "green",
    "cached": "cyan",
    "failed": "bold red",
    "running": "blue",
    "canceled": "yellow",
    "blocked": "yellow",
    "skipped": "dim",
    "waiting": "dim",
}


def console(*, stderr: bool = False) -> Console:
    """The terminal; or what output was redirected to, where lines are not wrapped. Text is shown as it is."""
    made = _console(stderr=stderr, width=None)
    return made if made.is_terminal else _console(stderr=stderr, width=_UNWRAPPED)


def _console(*, stderr: bool, width: int | None) -> Console:
    # Names, paths and messages are other people's: "[key]" is no style in them, ":key:" no picture.
    return Console(stderr=stderr, width=width, highlight=False, markup=False, emoji=False)


def new_table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """A table without lines; the columns named in ``right`` are aligned to the right."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return table


def state_text(state: str) -> Text:
    """A state of a run or a step in its color; what the store calls cached is reused, as in all that people read."""
    return Text("reused" if state == "cached" else state, _STYLES.get(state, ""))


def print_json(value: Any) -> None:
    """JSON on standard output, as it can be piped; without secrets that another tool put into the store."""
    print(json.dumps(without_secrets_within(value), indent=2))
