"""What bodies of views are made of: tables, notices, foldable parts, pairs of names and values, tabs, controls."""

from __future__ import annotations

from gristmill.display.elements.blocks import details, key_values, link, notice, section, side_by_side, tabs
from gristmill.display.elements.controls import (
    alternatives,
    choice,
    enlarged,
    group,
    log_switch,
    search,
    sort_choice,
    toolbar,
)
from gristmill.display.elements.tables import Cell, Column, Kind, Row, figures, table

__all__ = [
    "Cell",
    "Column",
    "Kind",
    "Row",
    "alternatives",
    "choice",
    "details",
    "enlarged",
    "figures",
    "group",
    "key_values",
    "link",
    "log_switch",
    "notice",
    "search",
    "section",
    "side_by_side",
    "sort_choice",
    "table",
    "tabs",
    "toolbar",
]
