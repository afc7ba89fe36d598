"""The HTML kit that every view is made with: page shell, tables, charts, graphs, escaping.

    from gristmill.display import Column, View, elements

    body = elements.table([Column("Feature"), Column("Mean", numeric=True)], [("fare", 12.5), ("miles", 2.8)])
    View("Means", body).save("means.html")

A view is one self-contained piece of HTML: it asks the network for nothing, follows the light or dark theme of the page
or notebook around it, and stays readable where scripts are stripped. Every text is escaped unless it is ``Markup``.
"""

from __future__ import annotations

from markupsafe import Markup

from gristmill.display import charts, elements, graph
from gristmill.display.elements import Cell, Column, Row
from gristmill.display.notebook import show
from gristmill.display.view import View, compose

__all__ = ["Cell", "Column", "Markup", "Row", "View", "charts", "compose", "elements", "graph", "show"]
