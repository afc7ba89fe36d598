"""Showing a view where the user is: in a notebook, or with a word about how to get there."""

from __future__ import annotations

import logging
import sys

from gristmill.display.view import View

__all__ = ["show"]

_LOG = logging.getLogger(__name__)


def show(view: View) -> None:
    """Displays a view in the running notebook; outside of one, logs how to save it."""
    if not _in_ipython():
        _LOG.warning("%r is shown in notebooks; elsewhere, make the view and call its .save('view.html')", view)
        return
    from IPython.display import display

    display(view)


def _in_ipython() -> bool:
    # IPython is loaded long before any cell runs; importing it elsewhere costs a third of a second for nothing.
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None
