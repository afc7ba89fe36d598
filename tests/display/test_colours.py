"""Colours keep the contrast that WCAG 2.1 asks for at level AA, in both themes.

https://www.w3.org/TR/WCAG21/#contrast-minimum (text: 4.5) and #non-text-contrast (lines of charts and controls: 3).
"""

from __future__ import annotations

import re
from importlib import resources

import pytest

STYLE = resources.files("gristmill.display").joinpath("assets", "style.css").read_text(encoding="utf-8")
COLOURS = {
    name: themes for name, *themes in re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", STYLE)
}
TEXTS = [
    *((ink, paper) for ink in ("ink", "muted", "link") for paper in ("paper", "raised")),
    *((kind, paper) for kind in ("good", "warning", "bad") for paper in ("paper", "raised", f"{kind}-paper")),
]
LINES = [(line, paper) for line in ("s0", "s1", "s2", "s3", "s4", "s5", "control") for paper in ("paper", "raised")]


def luminance(colour: str) -> float:
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "paper"), TEXTS)
def test_texts_stand_out(ink: str, paper: str, theme: int) -> None:
    assert contrast(COLOURS[ink][theme], COLOURS[paper][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("line", "paper"), LINES)
def test_lines_stand_out(line: str, paper: str, theme: int) -> None:
    assert contrast(COLOURS[line][theme], COLOURS[paper][theme]) >= 3
