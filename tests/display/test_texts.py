"""Texts of other people do no harm to a page."""

from __future__ import annotations

from pathlib import Path

import pytest

from gristmill.display import View, elements
from gristmill.display.texts import fit_for_a_page, shortened


@pytest.mark.parametrize(
    ("text", "fit"),
    [
        ("plain, ä, 日本, 🚕", "plain, ä, 日本, 🚕"),
        ("a\0b", "a\N{REPLACEMENT CHARACTER}b"),
        ("\u202egnp.exe", "\N{REPLACEMENT CHARACTER}gnp.exe"),
        ("caf\udce9", "caf?"),  # the name of a file in Latin-1
    ],
)
def test_a_page_holds_only_what_html_may_hold(text: str, fit: str, tmp_path: Path) -> None:
    assert fit_for_a_page(text) == fit
    view = View(text, elements.notice(text))
    view.save(tmp_path / "view.html")
    assert (tmp_path / "view.html").read_text(encoding="utf-8").count(fit) == 3  # title, heading, notice


def test_a_shortened_text_has_as_many_characters_as_there_is_room_for() -> None:
    assert shortened("abcdef", 6) == "abcdef"
    assert shortened("abcdefg", 6) == "abcde…"
