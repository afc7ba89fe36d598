"""Texts of files as HTML, with their lines as they are."""

from __future__ import annotations

from markupsafe import Markup

__all__ = ["text_block"]

_STYLE = (
    "margin:6px 0;padding:10px 12px;border:1px solid var(--rule);border-radius:8px;background:var(--raised);"
    "color:var(--ink);font:12px/1.45 var(--mono);overflow:auto;max-height:420px;white-space:pre-wrap;"
    "overflow-wrap:anywhere"
)


def text_block(text: str, is_cut: bool = False) -> Markup:
    """The text with its lines as they are; an ellipsis at the end where more was left out."""
    whole = text.rstrip("\n") + ("\n…" if is_cut else "")
    return Markup('<pre style="{}" tabindex="0">{}</pre>').format(_STYLE, whole)
