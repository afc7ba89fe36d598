"""Blocks: notices, foldable parts, names with values, tabs, links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from gristmill.display.numbers import number

__all__ = ["details", "key_values", "link", "notice", "section", "side_by_side", "tabs"]

_SYMBOLS = {"good": "✓", "warning": "!", "bad": "✕", "": "i"}
_SCHEMES = {"", "http", "https", "file", "mailto"}  # a link must never run code, as javascript: does


def notice(text: str | Markup, kind: Literal["", "good", "warning", "bad"] = "") -> Markup:
    """A sentence in a box: ``good`` is green, ``warning`` amber, ``bad`` red."""
    return Markup(
        '<p class="gm-notice gm-{}" role="status"><span class="gm-symbol" aria-hidden="true">{}</span>{}</p>'
    ).format(kind or "plain", _SYMBOLS[kind], text)


def details(summary: str | Markup, body: Markup | str, open: bool = False) -> Markup:
    """A part that folds away under its summary."""
    return Markup('<details class="gm-details"{}><summary>{}</summary><div>{}</div></details>').format(
        Markup(" open" if open else ""), summary, body
    )


def section(heading: str | Markup, body: Markup | str, note: str | Markup = "") -> Markup:
    """A part under a heading, with an optional remark beside the heading."""
    return Markup(
        '<section class="gm-part"><div class="gm-heading" role="heading" aria-level="3"><b>{}</b>{}</div>{}</section>'
    ).format(heading, Markup(' <span class="gm-note">{}</span>').format(note) if note else "", body)


def side_by_side(*parts: Markup) -> Markup:
    """Parts next to each other, where the width allows it."""
    return Markup('<div class="gm-columns">{}</div>').format(Markup("").join(parts))


def key_values(pairs: Mapping[str, object] | Iterable[tuple[str, object]]) -> Markup:
    """Names with their values, in columns."""
    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    parts = (Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(name, _value(value)) for name, value in items)
    return Markup('<dl class="gm-pairs">{}</dl>').format(Markup("").join(parts))


def tabs(panels: Mapping[str, Markup]) -> Markup:
    """One panel at a time, chosen by its name; below each other under headings where scripts are stripped."""
    parts = (
        Markup('<section class="gm-panel" data-name="{}"><div class="gm-heading"><b>{}</b></div>{}</section>').format(
            name, name, body
        )
        for name, body in panels.items()
    )
    return Markup('<div class="gm-tabs">{}</div>').format(Markup("").join(parts))


def link(text: str | Markup, target: str) -> Markup:
    """A link to a page, a file or a place in this page; only the text, where the target is something else."""
    if not is_safe(target):
        return escape(text)
    return Markup('<a href="{}">{}</a>').format(target, text)


def is_safe(target: str) -> bool:
    """Whether a link there leads somewhere, instead of running code."""
    try:
        return bool(target) and urlsplit(target.strip()).scheme.lower() in _SCHEMES
    except ValueError:
        return False


def _value(value: object) -> Markup:
    if value is None:
        return Markup('<span class="gm-muted">–</span>')
    if isinstance(value, int | float) and not isinstance(value, bool):
        return escape(number(value))
    return escape(value)
