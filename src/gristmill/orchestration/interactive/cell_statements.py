"""Takes statements out of a cell's code, and leaves the rest as it was written, comments included."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

__all__ = ["Kept", "bound_names", "used_names", "without_statements_about"]

# The one line for IPython that the exported code cannot do without: it makes the family's module names importable.
_LOAD_COMPAT = "get_ipython().run_line_magic('load_ext', 'gristmill.compat')"
_INSTALL_COMPAT = ("import gristmill.compat", "gristmill.compat.install()")


@dataclass
class Kept:
    """What is left of a cell.

    Attributes:
        code: the rest.
        lost_names: what the statements that were taken out would have bound.
    """

    code: str
    lost_names: set[str] = field(default_factory=set)


def without_statements_about(names: Collection[str], code: str) -> Kept:
    """The code without the statements that use one of the names.

    In compound statements (``with``, ``if``, ``for``, ``def`` …) only those inside that do are taken out, unless the
    head itself does.
    """
    tree = ast.parse(code)
    lost: set[str] = set()
    edits: list[tuple[int, int, str]] = []
    if _shares_lines(
        tree.body
    ):  # statements side by side, after ; or : — written below each other they can be taken apart
        code = ast.unparse(tree)
        tree = ast.parse(code)
    _collect(tree.body, frozenset(names), edits, lost)
    lines = code.splitlines()
    for first, last, replacement in sorted(edits, reverse=True):
        lines[first - 1 : last] = [replacement] if replacement else []
    return Kept("\n".join(lines).strip("\n"), lost)


def used_names(code: str) -> set[str]:
    """Every name that the code reads somewhere."""
    return {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}


def bound_names(code: str) -> set[str]:
    """Every name that the code binds, at whatever depth."""
    return _bound(ast.parse(code))


def _bound(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
    return found


def _shares_lines(body: list[ast.stmt], after_line: int = 0) -> bool:
    """Whether a statement begins on the line of the one before it, or of the head that it stands under."""
    for statement in body:
        first, last = _lines_of(statement)
        if first <= after_line or any(_shares_lines(block, statement.lineno) for block in _blocks(statement)):
            return True
        after_line = last
    return False


def _collect(body: list[ast.stmt], names: frozenset[str], edits: list[tuple[int, int, str]], lost: set[str]) -> bool:
    """Note the lines to take out of a block; whether nothing of it is left."""
    is_empty = True
    for statement in body:
        first, last = _lines_of(statement)
        if ast.unparse(statement) == _LOAD_COMPAT:
            indent = " " * statement.col_offset
            edits.append((first, last, "\n".join(indent + line for line in _INSTALL_COMPAT)))
            is_empty = False
        elif not _uses(statement, names):
            is_empty = False
        elif not list(_blocks(statement)) or _head_uses(statement, names):
            edits.append((first, last, ""))
            lost |= _bound(statement) - names
        else:
            for block in _blocks(statement):
                before = len(edits)
                if _collect(block, names, edits, lost):
                    del edits[before:]
                    edits.append((_lines_of(block[0])[0], _lines_of(block[-1])[1], " " * block[0].col_offset + "pass"))
            is_empty = False
    return is_empty


def _lines_of(statement: ast.stmt) -> tuple[int, int]:
    decorators = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(decorator.lineno for decorator in decorators)])
    return first, statement.end_lineno or statement.lineno


def _uses(statement: ast.stmt, names: frozenset[str]) -> bool:
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return _bound(statement) <= names
    return any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(statement))


def _head_uses(statement: ast.stmt, names: frozenset[str]) -> bool:
    inside = {id(part) for block in _blocks(statement) for each in block for part in ast.walk(each)}
    return any(
        isinstance(part, ast.Name) and part.id in names and id(part) not in inside for part in ast.walk(statement)
    )


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks of statements inside a compound statement."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(statement, name, None)
        if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
            yield block
    for handler in getattr(statement, "handlers", []):
        yield handler.body
    for case in getattr(statement, "cases", []):
        yield case.body
