"""Tables that sort by a click on a header and filter by one search field, and read the same without scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from markupsafe import Markup, escape

from gristmill.display.elements.controls import search, toolbar
from gristmill.display.numbers import number

__all__ = ["Cell", "Column", "Kind", "Row", "figures", "table"]

Kind = Literal["", "good", "warning", "bad"]
Value = object  # None, a bool, a number, text, or Markup

_NOTHING = Markup('<span class="gm-muted">–</span>')
_SEARCH_FROM = 6  # rows from which a search field is worth its place
_LONG = 24  # characters from which a text may be cut by the width of its column, and is told in full by its title


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        name: the text of its header.
        numeric: its cells are aligned to the right, and sort from large to small at first.
        hint: what the column means; shown when the pointer rests on the header.
    """

    name: str
    numeric: bool = False
    hint: str = ""


@dataclass(frozen=True)
class Cell:
    """A cell with more than its value.

    Attributes:
        value: None (shown as a dash), a bool, a number (formatted), text, or Markup.
        sort_key: what the column sorts by, where it is not the value.
        kind: how to mark the cell.
        title: what is told when the pointer rests on it.
    """

    value: Value
    sort_key: float | str | None = None
    kind: Kind = ""
    title: str = ""


@dataclass(frozen=True)
class Row:
    """A row with more than its cells.

    Attributes:
        cells: one per column.
        details: unfolds below the row.
        keys: names and values that a ``sort_choice`` beside the table sorts by.
        label: what the search field looks at, in place of all of the row's text.
    """

    cells: Sequence[Cell | Value]
    details: Markup | None = None
    keys: Mapping[str, float | str] = field(default_factory=dict)
    label: str = ""


def table(
    columns: Sequence[Column],
    rows: Iterable[Row | Sequence[Cell | Value]],
    *,
    searchable: bool = True,
    caption: str = "",
    label: str = "",
    row_headers: bool = True,
) -> Markup:
    """A table.

    Args:
        columns: its columns.
        rows: Rows, or sequences of one Cell or plain value per column.
        searchable: give it a search field of its own, where it is long enough to need one.
        caption: what it shows, above it.
        label: what it shows, for screen readers, where there is no caption.
        row_headers: the first cell of a row names it; it stays in sight when the table is scrolled sideways.
    """
    all_rows = [row if isinstance(row, Row) else Row(row) for row in rows]
    lines = [_line(columns, row, row_headers=row_headers) for row in all_rows]
    field_of_search = search("Search") if searchable and len(all_rows) >= _SEARCH_FROM else Markup("")
    return Markup(
        '<div class="gm-block gm-scope">{caption}{search}'
        '<div class="gm-scroll" tabindex="0" role="region" aria-label="{label}">'
        '<table class="gm-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></div>'
    ).format(
        caption=Markup('<div class="gm-caption">{}</div>').format(caption) if caption else "",
        search=toolbar(field_of_search) if field_of_search else "",
        label=caption or label or "Table",
        head=Markup("").join(_head(column) for column in columns),
        body=Markup("\n").join(lines),
    )


def figures(columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> Markup:
    """A small table of names, in its first column, and numbers; it neither sorts nor filters."""
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(name) for name in columns)
    lines = (
        Markup("<tr><th>{}</th>{}</tr>").format(
            _cut(row[0]), Markup("").join(Markup("<td>{}</td>").format(_shown(value)) for value in row[1:])
        )
        for row in rows
    )
    return Markup(
        '<div class="gm-scroll"><table class="gm-table gm-figures"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>'
        "</div>"
    ).format(head, Markup("").join(lines))


def _cut(value: Value) -> Markup:
    if isinstance(value, str) and _is_long(value):
        return Markup('<span class="gm-cut" title="{}">{}</span>').format(value, value)
    return _shown(value)


def _head(column: Column) -> Markup:
    return Markup('<th scope="col"{numeric}{hint}>{name}</th>').format(
        numeric=Markup(' class="gm-num"') if column.numeric else "",
        hint=Markup(' title="{}"').format(column.hint) if column.hint else "",
        name=column.name,
    )


def _line(columns: Sequence[Column], row: Row, *, row_headers: bool) -> Markup:
    cells = Markup("").join(
        _cell(column, cell if isinstance(cell, Cell) else Cell(cell), header=row_headers and place == 0)
        for place, (column, cell) in enumerate(zip(columns, row.cells, strict=True))
    )
    keys = Markup("").join(Markup(' data-sort-{}="{}"').format(name, _plain(value)) for name, value in row.keys.items())
    label = Markup(' data-label="{}"').format(row.label) if row.label else Markup("")
    if row.details is None:
        return Markup("<tr{}{}>{}</tr>").format(keys, label, cells)
    line = Markup('<tr class="gm-folds"{}{}>{}</tr>').format(keys, label, cells)
    return line + Markup('<tr class="gm-more"><td colspan="{}">{}</td></tr>').format(len(columns), row.details)


def _cell(column: Column, cell: Cell, *, header: bool) -> Markup:
    shown = _shown(cell.value)
    key = cell.sort_key
    if key is None and isinstance(cell.value, int | float):
        key = cell.value
    title = cell.title or (str(cell.value) if isinstance(cell.value, str) and _is_long(cell.value) else "")
    classes = " ".join(
        name for name in ("gm-num" if column.numeric else "", f"gm-{cell.kind}" if cell.kind else "") if name
    )
    return Markup("<{tag}{classes}{key}{title}>{shown}</{end}>").format(
        tag=Markup('th scope="row"') if header else "td",
        end="th" if header else "td",
        classes=Markup(' class="{}"').format(classes) if classes else "",
        key="" if key is None or str(key) == str(shown) else Markup(' data-key="{}"').format(_plain(key)),
        title=Markup(' title="{}"').format(title) if title else "",
        shown=Markup('<span class="gm-cut">{}</span>').format(shown)
        if title and not isinstance(cell.value, Markup)
        else shown,
    )


def _is_long(text: str) -> bool:
    return not isinstance(text, Markup) and len(text) > _LONG


def _shown(value: Value) -> Markup:
    if value is None:
        return _NOTHING
    if isinstance(value, bool):
        return Markup("yes" if value else "no")
    if isinstance(value, int | float):
        return escape(number(value))
    return escape(value)


def _plain(key: float | str) -> str:
    """A key as the script reads it; ten digits tell means of large numbers apart."""
    if isinstance(key, float):
        return f"{key:.10g}".replace("inf", "Infinity")
    return key if isinstance(key, str) else str(int(key))
