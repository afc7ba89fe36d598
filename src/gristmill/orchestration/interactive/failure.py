"""How the failure of a node reaches the person who ran it: as the error that was raised, told without our frames."""

from __future__ import annotations

import traceback
from typing import Any

from gristmill.dsl.node import BaseNode
from gristmill.errors import GristmillError, RunError, UserCodeError
from gristmill.orchestration.interactive.front_end import ipython_shell
from gristmill.orchestration.run_result import NodeResult
from gristmill.redaction import without_secrets

__all__ = ["error_to_raise", "told_stop"]


def error_to_raise(node: BaseNode, result: NodeResult) -> Exception:
    """The error of a node that failed.

    Errors of ours say themselves what is wrong, and where: their frames, which are in our code, are taken away. In
    IPython they are shown as the user's own frames, where there are any, and the message. Whatever else was raised is
    raised as it is; but what would end the interpreter, such as SystemExit, becomes the cause of a RunError.
    """
    error = result.error
    if not isinstance(error, Exception):
        wrapped = RunError(f"{node.id} failed: {result.reason}", failed=[node.id])
        wrapped.__cause__ = error
        return wrapped
    if isinstance(error, GristmillError):
        error = error.with_traceback(None)
        vars(error)["_render_traceback_"] = lambda: _shown_in_cell(node.id, error)
    error.add_note(f"This is how {node.id} failed; its execution in the metadata store is {result.execution_id}.")
    return error


def told_stop(node: BaseNode, stop: KeyboardInterrupt) -> KeyboardInterrupt:
    """A person's interruption, which IPython shows as one line instead of where our code waited."""
    told = f"KeyboardInterrupt: {node.id} was stopped, and is recorded as canceled"
    vars(stop)["_render_traceback_"] = lambda: [told]
    return stop.with_traceback(None)


def _shown_in_cell(node_id: str, error: Exception) -> list[str]:
    """What IPython shows in place of a traceback; IPython calls this by the name ``_render_traceback_``."""
    shell = ipython_shell()
    lines = _user_frames(shell, error.__cause__) if isinstance(error, UserCodeError) else []
    told = _with_cell_names(shell, str(error))
    rule, _, rest = told.partition("\n")
    subject = "" if node_id in rule else f"{node_id} failed: "
    lines = [without_secrets(line) for line in lines]
    return [*lines, *([""] if lines else []), f"{subject}{rule}", *rest.splitlines()]


def _user_frames(shell: Any, cause: BaseException | None) -> list[str]:
    if cause is None:
        return []
    if cause.__traceback__ is None:
        return [line.rstrip("\n") for line in traceback.format_exception_only(cause)]
    shown: list[str] = shell.InteractiveTB.structured_traceback(type(cause), cause, cause.__traceback__, tb_offset=0)
    return shown


def _with_cell_names(shell: Any, text: str) -> str:
    """The text with cells named as the notebook does: the kernel keeps each under the name of a temporary file."""
    for filename, count in getattr(shell.compile, "_filename_map", {}).items():
        text = text.replace(filename, f"cell In[{count}]")
    return text
