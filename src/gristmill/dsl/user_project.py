"""A UserProject: the folder that a user's module lies in, and what its import statements mean there.

A module file is imported as Python would with its folder first on ``sys.path``. Where the folder is part of a package
(it holds ``__init__.py``), the folder above the outermost package is looked into as well, and relative imports work.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path

__all__ = ["UserProject", "is_installed"]

_SOURCE = ".py"
_PACKAGE_FILE = "__init__.py"
_PACKAGE_FOLDERS = frozenset({"site-packages", "dist-packages"})
# Its code is known by its version; following it would put all of it into every fingerprint.
_OURS = "gristmill"


@dataclass(frozen=True)
class UserProject:
    """The surroundings of one module file.

    Attributes:
        folder: where the module lies.
    """

    folder: Path

    @classmethod
    def of_module(cls, path: Path) -> UserProject:
        """The project of a module file."""
        return cls(path.resolve().parent)

    @cached_property
    def root(self) -> Path:
        """The folder itself, or the one above the outermost package that the folder is part of."""
        folder = self.folder
        while (folder / _PACKAGE_FILE).is_file() and folder.parent != folder:
            folder = folder.parent
        return folder

    @property
    def package(self) -> str:
        """The dotted name of the folder below the root; empty where they are the same."""
        return ".".join(self.folder.relative_to(self.root).parts)

    def dotted(self, path: Path) -> str:
        """The dotted name, below the root, of a module file inside the root."""
        relative = path.resolve().relative_to(self.root).with_suffix("")
        return ".".join(relative.parts[:-1] if relative.name == "__init__" else relative.parts)

    def local_name(self, name: str) -> str | None:
        """The dotted name below the root that ``import name`` means; None where the name is not local."""
        top = name.partition(".")[0]
        if top in sys.builtin_module_names:
            return None
        if _has_module(self.folder, top):
            return f"{self.package}.{name}" if self.package else name
        return name if self.root != self.folder and _has_module(self.root, top) else None

    def search_folders(self) -> list[Path]:
        """Where absolute imports look for sources: the folder, the root, then what is not installed of sys.path."""
        return list(dict.fromkeys([self.folder, self.root, *_local_folders(tuple(sys.path), os.getcwd())]))

    def source_files(self, name: str) -> list[Path]:
        """The files that ``import name`` would run, the packages' first; none where the name is not local."""
        parts = name.split(".")
        if parts[0] == _OURS or parts[0] in sys.builtin_module_names:
            return []
        for folder in self.search_folders():
            if _has_module(folder, parts[0]):
                return _module_files(folder, parts)
        return []


def is_installed(path: Path) -> bool:
    """Whether a path lies in Python's own library or among installed packages."""
    return not _PACKAGE_FOLDERS.isdisjoint(path.parts) or any(map(path.is_relative_to, _installed_folders()))


@cache
def _installed_folders() -> set[Path]:
    return {Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib", "purelib", "platlib")}


@lru_cache(maxsize=16)  # asked for each name that each source file imports
def _local_folders(entries: tuple[str, ...], current: str) -> list[Path]:
    """The entries of ``sys.path`` without those that hold packages, such as what ``pip install --target`` made."""
    folders = (Path(current, entry).resolve() for entry in entries)
    return [folder for folder in folders if not is_installed(folder) and not any(folder.glob("*.dist-info"))]


def _has_module(folder: Path, name: str) -> bool:
    if (folder / f"{name}{_SOURCE}").is_file() or (folder / name / _PACKAGE_FILE).is_file():
        return True
    return any((folder / name).glob(f"*{_SOURCE}")) and not _is_regular(name)


def _is_regular(name: str) -> bool:
    """Whether a module is found elsewhere, or stood for (as by gristmill.compat): it goes before a mere folder."""
    specs = (finder.find_spec(name, None) for finder in sys.meta_path)
    return any(spec is not None and spec.origin is not None for spec in specs)


def _module_files(folder: Path, parts: list[str]) -> list[Path]:
    files: list[Path] = []
    for part in parts:
        package, module = folder / part / _PACKAGE_FILE, folder / f"{part}{_SOURCE}"
        if package.is_file():
            files.append(package)
        elif module.is_file():
            return [*files, module]
        folder = folder / part
    return files
