"""Imports users' modules under private names, each project apart from every other.

A user's ``import constants`` means the file beside the importing module, and two projects may both have one. So every
project's modules live under a private package name. The ``import`` statement of these modules (their
``__builtins__["__import__"]``) looks among the project's files first. Nothing is added to ``sys.path``, and no bytecode
is written into or read from the user's folder: bytecode is matched by whole seconds, an edit may come sooner.
"""

from __future__ import annotations

import builtins
import hashlib
import importlib
import importlib.machinery
import linecache
import re
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from gristmill.dsl.source_closure import closure_files, closure_of
from gristmill.dsl.user_project import UserProject
from gristmill.errors import ConfigError, Place

__all__ = ["adopt_project", "import_file", "project_of_package", "without_private_names"]

_PREFIX = "_gristmill_user_"
_DIGITS = 16  # of a digest: enough to tell a process's projects apart
_PRIVATE_NAME = re.compile(rf"\b{_PREFIX}[0-9a-f]{{{_DIGITS}}}\.")
_lock = threading.RLock()
_projects: dict[str, UserProject] = {}
_loaded_closures: dict[str, dict[str, bytes]] = {}
_seen_on_path: dict[Path, tuple[object, bytes]] = {}  # spec and source of modules outside projects


def import_file(path: Path) -> ModuleType:
    """The module in a file, run again only when it or a local module that it imports has changed."""
    with _lock:
        project = UserProject.of_module(path)
        base = _private_package(project)
        _forget_changed(base)
        _refuse_stale(project, path)
        module = importlib.import_module(f"{base}.{project.dotted(path)}")
        _remember_shared(project, path)
        return module


def project_of_package(name: str) -> UserProject | None:
    """The project whose modules live under a private package of this process."""
    return _projects.get(name)


def adopt_project(name: str, project: UserProject) -> None:
    """Let the modules of a project be imported under a private package; one that is there already stays."""
    with _lock:
        if name in sys.modules:
            return
        package = ModuleType(name, f"Private home of the modules in {project.folder}.")
        package.__path__ = [str(project.root)]
        sys.modules[name] = package
        _projects[name] = project
        if not any(isinstance(finder, _UserFinder) for finder in sys.meta_path):
            sys.meta_path.insert(0, _UserFinder())


def without_private_names(text: str) -> str:
    """The text with modules called what the user calls them."""
    return _PRIVATE_NAME.sub("", text)


def _private_package(project: UserProject) -> str:
    """Make sure that the package that holds the project's modules exists; its name."""
    digest = hashlib.sha256(f"{project.root}\0{project.folder}".encode()).hexdigest()
    name = f"{_PREFIX}{digest[:_DIGITS]}"
    adopt_project(name, project)
    return name


def _forget_changed(base: str) -> None:
    """Drop loaded modules that have changed, or import one that has, so that the next import runs them again."""
    for name, module in sys.modules.copy().items():
        if not name.startswith(f"{base}."):
            continue
        file = getattr(module, "__file__", None)
        if file is None and _is_mere_folder(name):
            continue  # it has nothing to run, and its modules are attributes of it
        if (
            file is None
            or not Path(file).is_file()
            or closure_of(Path(file), _projects[base]) != _loaded_closures.get(name)
        ):
            del sys.modules[name]
            linecache.checkcache(file)


def _is_mere_folder(name: str) -> bool:
    """Whether a package that was a folder without ``__init__.py`` is one still."""
    importlib.invalidate_caches()
    parent = sys.modules.get(name.rpartition(".")[0])
    spec = importlib.machinery.PathFinder.find_spec(name, getattr(parent, "__path__", None))
    return spec is not None and spec.origin is None


def _refuse_stale(project: UserProject, path: Path) -> None:
    """Local modules outside the project are shared with the whole process, and so cannot be run again.

    Raises:
        ConfigError: one of them has changed since the process imported or reloaded it, so that old code would run.
    """
    for file, (load, source) in _shared_modules(project, path).items():
        seen_load, seen_source = _seen_on_path.get(file, (None, b""))
        if load is seen_load and source != seen_source:
            raise ConfigError(
                "a module on sys.path has changed since this process imported it",
                place=Place(uri=str(file)),
                hint="importlib.reload it, or start the process (the notebook's kernel) again, or put it beside the "
                "module that uses it",
            )


def _remember_shared(project: UserProject, path: Path) -> None:
    """Keep the sources of such modules that were loaded since the last look."""
    for file, (load, source) in _shared_modules(project, path).items():
        if _seen_on_path.get(file, (None, b""))[0] is not load:
            _seen_on_path[file] = load, source


def _shared_modules(project: UserProject, path: Path) -> dict[Path, tuple[object, bytes]]:
    """Spec and present source by file; a module that is loaded anew has another spec."""
    modules = sys.modules.copy().values()
    specs = {getattr(module, "__file__", None): getattr(module, "__spec__", None) for module in modules}
    shared = {file: source for file, source in closure_files(path).items() if not file.is_relative_to(project.root)}
    return {file: (specs[str(file)], source) for file, source in shared.items() if str(file) in specs}


class _UserFinder:
    """Finds the modules of private packages; added to ``sys.meta_path``."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        base = name.partition(".")[0]
        if base not in _projects:
            return None
        importlib.invalidate_caches()
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            spec.loader = _UserLoader(spec.loader.name, str(spec.loader.path), base)
        return spec


class _UserLoader(importlib.machinery.SourceFileLoader):
    """Runs a module's source with the project's own meaning of ``import``."""

    def __init__(self, name: str, path: str, base: str) -> None:
        super().__init__(name, path)
        self._base = base

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)

    def exec_module(self, module: ModuleType) -> None:
        _loaded_closures[module.__name__] = closure_of(Path(self.path), _projects[self._base])
        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": _import_of(self._base)}
        super().exec_module(module)


def _import_of(base: str) -> Any:
    """The ``__import__`` of a project's modules: local names mean the project's modules, others what they always do."""

    def project_import(
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        local = _projects[base].local_name(name) if level == 0 else None
        if local is None:
            return builtins.__import__(name, globals, locals, fromlist or (), level)
        private = f"{base}.{local}"
        if fromlist:
            return builtins.__import__(private, globals, locals, fromlist, 0)
        importlib.import_module(private)
        depth = name.count(".")
        return sys.modules[private.rsplit(".", depth)[0] if depth else private]

    return project_import
