"""How what differs between two runs is written in a table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gristmill.report.run_comparison import Change

__all__ = ["moved_text", "value_text"]

_SHOWN = 60  # characters of a value; --json has all of it
_DIGEST = 64  # hex digits of a sha256
_DIGEST_SHOWN = 12  # enough to compare by eye


def value_text(value: object) -> str:
    """A value that differs, short enough for a table; a digest by its first digits."""

    from gristmill.display.numbers import number  # loads templates, which most commands do without
    from gristmill.display.texts import shortened

    if value is None:
        return "–"
    if isinstance(value, float):
        return number(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    is_digest = len(text) == _DIGEST and set(text) <= set("0123456789abcdef")
    return text[:_DIGEST_SHOWN] if is_digest else shortened(text, _SHOWN)


def moved_text(change: Change) -> str:
    """By how much a number has changed; empty for what is no number."""

    from gristmill.display.numbers import number

    if not isinstance(change.before, float) or not isinstance(change.after, float):
        return ""
    moved = change.after - change.before
    return number(moved) if moved <= 0 else f"+{number(moved)}"
