"""Where the user is: in a notebook, in IPython in a terminal, or in plain Python."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["ipython_shell", "is_notebook"]


def ipython_shell() -> Any | None:
    """IPython's shell, where the user's code runs in one; never loads IPython."""
    ipython = sys.modules.get("IPython")
    return None if ipython is None else ipython.get_ipython()


def is_notebook() -> bool:
    """Whether outputs can be renewed after they were shown: behind a Jupyter kernel, not in a terminal."""
    return hasattr(ipython_shell(), "kernel")
