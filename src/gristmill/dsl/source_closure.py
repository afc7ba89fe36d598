"""The source files that a user's module runs: itself and the local modules that it imports, transitively.

Found by reading, without running anything: ``import`` statements anywhere in the files, also inside functions, and
calls of ``import_module`` and ``__import__`` with a name written out. Modules of Python's library and of installed
packages are left out; so are names that only exist at run time (``importlib.import_module(name)``).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from gristmill.dsl.python_syntax import parse_python
from gristmill.dsl.user_project import UserProject

__all__ = ["Import", "closure_files", "closure_of", "files_behind", "imported_files", "imports_in", "stable_names"]

_IMPORTING_CALLS = frozenset({"import_module", "__import__"})
_AGAIN = " #"  # before the number of a file that has the name of another one


@dataclass(frozen=True, order=True)
class Import:
    """One imported name.

    Attributes:
        module: the module as written, without leading dots.
        level: how many leading dots.
        name: what is taken from it; empty for ``import module``.
    """

    module: str
    level: int
    name: str

    def dotted(self, project: UserProject, file: Path) -> list[str]:
        """The absolute names that it may load; ``from a import b`` may mean the module ``a.b``.

        Args:
            project: whose ``import`` it is.
            file: where it is written.
        """
        base = _absolute(self, project, file) if self.level else self.module
        within = f"{base}.{self.name}" if base else self.name
        return [name for name in (base, within if self.name else "") if name]


def imports_in(tree: ast.AST) -> Iterator[Import]:
    """What a piece of Python imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, 0, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (Import(node.module or "", node.level, alias.name) for alias in node.names)
        elif isinstance(node, ast.Call):
            yield from _import_by_call(node)


def closure_of(path: Path, project: UserProject | None = None) -> dict[str, bytes]:
    """Sources by name: the path below the folder that they were found in, the same wherever the project lies.

    Args:
        path: the module.
        project: whose ``import`` statement it uses; by default that of its own folder.

    Raises:
        OSError: a file cannot be read.
    """
    project = project or UserProject.of_module(path)
    return stable_names(project, closure_files(path, project))


def closure_files(path: Path, project: UserProject | None = None) -> dict[Path, bytes]:
    """The same sources by their absolute paths, sorted."""
    project = project or UserProject.of_module(path)
    return files_behind(project, [path.resolve(), *_own_packages(project, path)])


def files_behind(project: UserProject, start: Iterable[Path]) -> dict[Path, bytes]:
    """The sources of these files and of all that they import, by their absolute paths, sorted."""
    sources: dict[Path, bytes] = {}
    waiting = list(start)
    while waiting:
        file = waiting.pop()
        if file not in sources:
            sources[file] = file.read_bytes()
            waiting.extend(imported_files(project, file, _imports_of(sources[file])))
    return {file: sources[file] for file in sorted(sources)}


def imported_files(project: UserProject, file: Path, imports: Iterable[Import]) -> list[Path]:
    """The local files that these imports of a file run first."""
    names = (name for each in imports for name in each.dotted(project, file))
    return [found.resolve() for name in names for found in project.source_files(name)]


def stable_names(project: UserProject, files: Mapping[Path, bytes]) -> dict[str, bytes]:
    """The files by names that do not depend on where the project lies; none is lost where two have one name."""
    named: dict[str, bytes] = {}
    for file, source in files.items():
        name, number = _stable_name(project, file), 1
        while (key := name if number == 1 else f"{name}{_AGAIN}{number}") in named:
            number += 1
        named[key] = source
    return named


def _own_packages(project: UserProject, path: Path) -> list[Path]:
    """The ``__init__.py`` files that run before the module itself, as it is part of a package."""
    return [file for file in project.source_files(project.dotted(path)) if file.name == "__init__.py"]


def _stable_name(project: UserProject, file: Path) -> str:
    for folder in [project.root, *project.search_folders()]:
        if file.is_relative_to(folder):
            return file.relative_to(folder).as_posix()
    return file.name


def _imports_of(source: bytes) -> list[Import]:
    try:
        return list(imports_in(parse_python(source)))
    except (SyntaxError, ValueError):
        return []  # it will say so when it is run; for a fingerprint its bytes are enough


def _import_by_call(call: ast.Call) -> Iterator[Import]:
    function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    first = call.args[0] if call.args else None
    if function in _IMPORTING_CALLS and isinstance(first, ast.Constant) and isinstance(first.value, str):
        module = first.value.lstrip(".")
        yield Import(module, len(first.value) - len(module), "")


def _absolute(imported: Import, project: UserProject, file: Path) -> str:
    """The name that a relative import means: each dot behind the first goes one package up."""
    folder = file.parent
    for _ in range(imported.level - 1):
        folder = folder.parent
    tops = [top for top in [project.root, *project.search_folders()] if folder.is_relative_to(top)]
    parts = folder.relative_to(tops[0]).parts if tops else ()
    return ".".join([*parts, *([imported.module] if imported.module else [])])
