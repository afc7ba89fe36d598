"""Sends the user's modules to other processes: what runs there is named by module, and the modules are not there.

Two kinds travel: modules of a ``module_file``'s project, which live under a private package (see ``user_import``), and
local modules that were imported by their usual names. What is installed, Python's own library and gristmill are
expected there. Files are found by reading import statements, as for fingerprints: see ``source_closure``.
"""

from __future__ import annotations

import importlib.machinery
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import ModuleType

from gristmill.dsl.source_closure import closure_files
from gristmill.dsl.user_import import adopt_project, project_of_package
from gristmill.dsl.user_project import UserProject, is_installed

__all__ = ["UserSources", "prepare_elsewhere", "sources_named_in"]

_NOT_SENT = frozenset({"gristmill", "__main__", "__mp_main__"})  # Beam's pickling sends what __main__ defines itself
_lock = threading.Lock()
_preparations: list[Callable[[], None]] = []


@dataclass(frozen=True)
class _ProjectFiles:
    """Files by their path below the project's root; the folder of the module files, below that root as well."""

    folder: str
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class UserSources:
    """Source files.

    Attributes:
        projects: by private package.
        modules: files of modules that have their usual names, by their path below a folder of ``sys.path``.
        preparations: what must be called before the modules are imported.
    """

    projects: Mapping[str, _ProjectFiles]
    modules: Mapping[str, bytes]
    preparations: tuple[Callable[[], None], ...] = ()

    def install(self) -> None:
        """Make the modules importable here; in the process that they come from, they are already."""
        for prepare in self.preparations:
            prepare()
        with _lock:
            for package, project in self.projects.items():
                if project_of_package(package) is None:
                    adopt_project(package, UserProject(_written(project.files) / project.folder))
            if not all(map(_is_importable, self.modules)):
                sys.path.append(str(_written(self.modules)))  # behind all: what is there by that name goes first


def prepare_elsewhere(prepare: Callable[[], None]) -> Callable[[], None]:
    """Have something called in every process that the user's modules are sent to, before they are imported there.

    Args:
        prepare: can be pickled by name; called again, it does nothing.

    Returns:
        Ends it.
    """
    _preparations.append(prepare)
    return lambda: _preparations.remove(prepare)


def sources_named_in(text: bytes) -> UserSources:
    """The sources of the user's modules whose names occur in some bytes, and of the local modules that these import.

    Args:
        text: whatever names modules, such as a pickle. A module too many costs only its bytes.
    """
    projects: dict[str, dict[str, bytes]] = {}
    modules: dict[str, bytes] = {}
    for module, file in _local_modules(text):
        package = module.__name__.partition(".")[0]
        project = project_of_package(package)
        closure = closure_files(file, project)
        if project is None:
            modules[_import_path(module, file)] = file.read_bytes()
        else:
            own = {each: source for each, source in closure.items() if each.is_relative_to(project.root)}
            files = {each.relative_to(project.root).as_posix(): source for each, source in own.items()}
            projects.setdefault(package, {}).update(files)
            closure = {each: source for each, source in closure.items() if each not in own}
        modules.update(_by_import_paths(closure, UserProject.of_module(file)))
    return UserSources(
        {package: _ProjectFiles(_folder(package), files) for package, files in projects.items()},
        modules,
        tuple(_preparations),
    )


def _local_modules(text: bytes) -> Iterator[tuple[ModuleType, Path]]:
    """The modules named there that other machines cannot be expected to have, with their source files."""
    for name, module in sorted(sys.modules.copy().items()):
        origin = getattr(module, "__file__", None)
        if origin is None or not origin.endswith(".py") or name.partition(".")[0] in _NOT_SENT:
            continue
        if getattr(module, "__name__", name).encode() not in text:  # thousands are loaded: no look at their files
            continue
        file = Path(origin).resolve()
        if file.is_file() and not is_installed(file):
            yield module, file


def _folder(package: str) -> str:
    project = project_of_package(package)
    return "" if project is None else project.folder.relative_to(project.root).as_posix()


def _import_path(module: ModuleType, file: Path) -> str:
    """Where ``import`` looks for the module, below a folder of ``sys.path``."""
    parts = module.__name__.split(".")
    return PurePosixPath(*parts, "__init__.py").as_posix() if file.name == "__init__.py" else "/".join(parts) + ".py"


def _by_import_paths(files: Mapping[Path, bytes], project: UserProject) -> dict[str, bytes]:
    """The files under every path that an absolute import may look for them by."""
    return {
        file.relative_to(folder).as_posix(): source
        for file, source in files.items()
        for folder in project.search_folders()
        if file.is_relative_to(folder)
    }


def _is_importable(path: str) -> bool:
    top = PurePosixPath(path).parts[0].removesuffix(".py")
    return top in sys.modules or importlib.machinery.PathFinder.find_spec(top) is not None


def _written(files: Mapping[str, bytes]) -> Path:
    """A new folder with the files, which lasts as long as the process."""
    folder = tempfile.TemporaryDirectory(prefix="gristmill-user-code-")
    _folders.append(folder)
    root = Path(folder.name)
    for name, source in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(source)
    return root


_folders: list[tempfile.TemporaryDirectory[str]] = []  # removed when the interpreter exits
