"""The code cells of a notebook file, as Python: what is exported of each, and what is not."""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gristmill.errors import ConfigError, Place
from gristmill.orchestration.interactive.skip_for_export import SKIP_FOR_EXPORT

__all__ = ["Cell", "code_cells"]

_AROUND_CODE = ("%%time", "%%capture")  # cell magics whose cells hold code of the notebook all the same


@dataclass(frozen=True)
class Cell:
    """One code cell.

    Attributes:
        number: 1 for the first code cell.
        code: its Python; what only IPython understands is written as calls of ``get_ipython()``.
        is_exported: whether it is meant to be in the pipeline file.
    """

    number: int
    code: str
    is_exported: bool


def code_cells(notebook: Path) -> list[Cell]:
    """The code cells of a notebook of format 4, without those of other languages and with files' contents.

    Raises:
        ConfigError: the file is no notebook, or a cell that is exported is not Python.
    """
    sources = [_source(cell) for cell in _cells(notebook) if cell.get("cell_type") == "code"]
    read = [_cell(notebook, number, source) for number, source in enumerate(sources, 1)]
    return [cell for cell in read if cell is not None]


def _cells(notebook: Path) -> list[dict[str, Any]]:
    try:
        content = json.loads(notebook.read_text(encoding="utf-8"))
        cells = content["cells"]
    except FileNotFoundError:
        raise ConfigError("the notebook does not exist", value=str(notebook), hint="save it first.") from None
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError("the file is no notebook of format 4", value=str(notebook)) from error
    return list(cells)


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def _cell(notebook: Path, number: int, source: str) -> Cell | None:
    lines = source.lstrip("\n").splitlines()
    mark = lines[0].split()[0] if lines and lines[0].split() else ""
    is_exported = mark != SKIP_FOR_EXPORT
    if mark in (SKIP_FOR_EXPORT, *_AROUND_CODE):
        lines = lines[1:]
    if lines and lines[0].startswith("%%"):
        return None
    code = _python("\n".join(lines))
    try:
        ast.parse(code)
    except SyntaxError as error:
        if not is_exported:
            return None
        raise ConfigError(
            f"code cell {number} is not Python: {error.msg}",
            place=Place(uri=str(notebook), line=error.lineno),
            value=(error.text or "").strip(),
            hint=f"mend it, or begin the cell with {SKIP_FOR_EXPORT}",
        ) from None
    return Cell(number, code, is_exported)


def _python(source: str) -> str:
    """The source with lines such as ``!ls`` and ``%cd`` written as calls, wherever they are statements."""
    from IPython.core.inputtransformer2 import TransformerManager  # a notebook is exported from IPython

    return TransformerManager().transform_cell(source) if source.strip() else ""
