"""The source files that a user's module runs: itself and the local modules that it imports, transitively.

Found by reading, without running anything: ``import`` statements anywhere in the files, also inside functions. Modules
of Python's library and of installed packages are left out; so are names that only exist at run time
(``importlib.import_module(name)``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from gristmill.dsl.python_syntax import parse_python
from gristmill.dsl.user_project import UserProject

__all__ = ["closure_files", "closure_of"]


def closure_of(path: Path) -> dict[str, bytes]:
    """Sources by name: the path below the folder that they were found in, the same wherever the project lies.

    Raises:
        OSError: a file cannot be read.
    """
    project = UserProject.of_module(path)
    return {_stable_name(project, file): source for file, source in closure_files(path).items()}


def closure_files(path: Path) -> dict[Path, bytes]:
    """The same sources by their absolute paths, sorted."""
    project = UserProject.of_module(path)
    sources: dict[Path, bytes] = {}
    waiting = [path.resolve(), *_own_packages(project, path)]
    while waiting:
        file = waiting.pop()
        if file not in sources:
            sources[file] = file.read_bytes()
            waiting.extend(_imported_files(project, file, sources[file]))
    return {file: sources[file] for file in sorted(sources)}


def _own_packages(project: UserProject, path: Path) -> list[Path]:
    """The ``__init__.py`` files that run before the module itself, as it is part of a package."""
    return [file for file in project.source_files(project.dotted(path)) if file.name == "__init__.py"]


def _stable_name(project: UserProject, file: Path) -> str:
    for folder in [project.root, *project.search_folders()]:
        if file.is_relative_to(folder):
            return file.relative_to(folder).as_posix()
    return file.name


def _imported_files(project: UserProject, file: Path, source: bytes) -> Iterator[Path]:
    try:
        tree = parse_python(source)
    except (SyntaxError, ValueError):
        return  # it will say so when it is run; for a fingerprint its bytes are enough
    for statement in ast.walk(tree):
        for name in _names(statement, project, file):
            yield from (found.resolve() for found in project.source_files(name))


def _names(statement: ast.AST, project: UserProject, file: Path) -> Iterator[str]:
    """The dotted names that an import statement may load; ``from a import b`` may mean the module ``a.b``."""
    if isinstance(statement, ast.Import):
        yield from (alias.name for alias in statement.names)
    elif isinstance(statement, ast.ImportFrom):
        base = statement.module or ""
        if statement.level:
            base = _absolute(statement, project, file)
        if base:
            yield base
        yield from (f"{base}.{alias.name}" if base else alias.name for alias in statement.names)


def _absolute(statement: ast.ImportFrom, project: UserProject, file: Path) -> str:
    """The name that a relative import means: each dot behind the first goes one package up."""
    folder = file.parent
    for _ in range(statement.level - 1):
        folder = folder.parent
    tops = [top for top in [project.root, *project.search_folders()] if folder.is_relative_to(top)]
    parts = folder.relative_to(tops[0]).parts if tops else ()
    return ".".join([*parts, *([statement.module] if statement.module else [])])
