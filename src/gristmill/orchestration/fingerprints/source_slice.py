"""The part of a module that a function or class can reach by name.

A pipeline file often holds several component functions, the pipeline and its parameters. What a component does depends
on its own statements and on those top-level statements whose names it uses, and theirs, and so on. Only these count
for its fingerprint, so that an edit elsewhere in the file does not run it again.

The slice errs on the side of too much: where names can be reached in ways that the text does not show (``globals()``,
``eval``), it is the whole module; statements that bind no name that one can see (calls, loops, ``from x import *``)
always belong to it, because they may change what others bind. Only the guard ``if __name__ ==
"__main__":`` never does: a component does not see what happens in it.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from gristmill.dsl.python_syntax import parse_python
from gristmill.dsl.source_closure import Import, imports_in

__all__ = ["SourceSlice", "slice_source"]

_DYNAMIC = frozenset({"globals", "locals", "vars", "eval", "exec", "__import__", "importlib", "compile"})


@dataclass(frozen=True)
class SourceSlice:
    """The statements that count, and what they import.

    Attributes:
        text: the statements in the order of the file, formatting and comments left out.
        own: those of them that define the names asked for.
        imports: what they import, sorted.
    """

    text: str
    own: str
    imports: tuple[Import, ...]


def slice_source(source: str, names: Collection[str]) -> SourceSlice:
    """The statements of a module that the named top-level definitions can reach.

    Raises:
        SyntaxError: the source is not Python.
    """
    body = [statement for statement in parse_python(source).body if not _is_main_guard(statement)]
    if not _is_dynamic(body):
        body = _reachable(body, names)
    kept = ast.Module(body=body, type_ignores=[])
    own = ast.Module(body=[each for each in body if not _bound_names(each).isdisjoint(names)], type_ignores=[])
    return SourceSlice(ast.unparse(kept), ast.unparse(own), tuple(sorted(set(imports_in(kept)))))


def _reachable(body: list[ast.stmt], names: Collection[str]) -> list[ast.stmt]:
    binding = [_bound_names(statement) for statement in body]
    kept = {number for number, bound in enumerate(binding) if not bound and not _is_docstring(body[number])}
    wanted = set(names)
    for number in kept:
        wanted |= _used_names(body[number])
    while True:
        more = {number for number, bound in enumerate(binding) if bound & wanted} - kept
        if not more:
            return [body[number] for number in sorted(kept)]
        kept |= more
        for number in more:
            wanted |= _used_names(body[number])


def _bound_names(statement: ast.stmt) -> set[str]:
    """The module-level names that a statement may bind, in any of its branches."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    bound: set[str] = set()
    for node in _walk_same_scope(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            bound.add(node.id)
        elif isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
            bound |= {root.id for root in ast.walk(node) if isinstance(root, ast.Name)}
        elif isinstance(node, ast.alias) and node.name != "*":
            bound.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
    return bound


def _walk_same_scope(node: ast.AST) -> Iterator[ast.AST]:
    """Like ast.walk, without entering functions and classes: what they bind is theirs."""
    yield node
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
        return
    for child in ast.iter_child_nodes(node):
        yield from _walk_same_scope(child)


def _used_names(statement: ast.stmt) -> set[str]:
    """Every name in it, wherever; names inside string annotations count as well."""
    used: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name):
            used.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            used.add(node.value)  # "Report" as an annotation, getattr(x, "name"): too much is safe, too little is not
    return used


def _is_dynamic(body: list[ast.stmt]) -> bool:
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node.id in _DYNAMIC:
                return True
            if isinstance(node, ast.alias) and node.name.partition(".")[0] in _DYNAMIC:
                return True
    return False


def _is_main_guard(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.If) or not isinstance(statement.test, ast.Compare):
        return False
    sides = [statement.test.left, *statement.test.comparators]
    names = {side.id for side in sides if isinstance(side, ast.Name)}
    values = {side.value for side in sides if isinstance(side, ast.Constant)}
    return names == {"__name__"} and values == {"__main__"}


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
