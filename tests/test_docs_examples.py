"""Every page of docs/ whose code blocks are tagged ``python test`` runs as one script, in a directory of its own.

Write ```` ```python test ```` to have a block executed, ```` ```python test tensorflow ```` where it needs the
tensorflow extra; the blocks of one page run one after the other. The script keeps the line numbers of the page, so that
a traceback points at the line in the page.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

DOCS = Path(__file__).resolve().parent.parent / "docs"
_FENCE = re.compile(r"^```(?P<info>.*)$")


def executable_lines(page: Path) -> list[str]:
    """The page's lines, empty where they are not in an executable block."""
    lines: list[str] = []
    inside = executable = False
    for line in page.read_text(encoding="utf-8").splitlines():
        fence = _FENCE.match(line)
        if fence:
            executable = not inside and fence["info"].split()[:2] == ["python", "test"]
            inside = not inside
        lines.append("" if fence or not executable else line)
    return lines


def pages() -> Iterator[ParameterSet]:
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        if re.search(r"^```python test\b", text, re.MULTILINE):
            needs_tensorflow = re.search(r"^```python test tensorflow\b", text, re.MULTILINE)
            marks = [pytest.mark.tensorflow] if needs_tensorflow else []
            yield pytest.param(page, id=str(page.relative_to(DOCS)), marks=marks)


@pytest.mark.parametrize("page", list(pages()))
def test_the_examples_of_a_page_run(page: Path, tmp_path: Path) -> None:
    script = tmp_path / f"{page.stem.replace('-', '_')}.py"
    script.write_text("\n".join(executable_lines(page)) + "\n", encoding="utf-8")
    done = subprocess.run([sys.executable, script.name], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{page.name}:\n{done.stdout}\n{done.stderr}"


def test_a_script_has_the_blocks_of_its_page_at_their_lines(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("text\n```python test\nx = 1\n```\n```python\nx = 2\n```\n```python test tensorflow\ny = x\n```\n")
    assert executable_lines(page) == ["", "", "x = 1", "", "", "", "", "", "y = x", ""]
