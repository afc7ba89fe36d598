"""Finds the family's modules for ``import``: each is a view of modules of ours, by its package's table.

The classes and functions are the very same objects, so that ``isinstance`` holds across both names. A view loads what
it shows when a name of it is first asked for. Each view is a package to Python, so that a name which it does not have
comes back to the finder, and is told with a proposal.
"""

from __future__ import annotations

import importlib
import importlib.machinery
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from gristmill.compat.absent_name import absent_name
from gristmill.compat.family_table import FamilyTable
from gristmill.did_you_mean import did_you_mean

__all__ = ["FamilyFinder", "FamilyModule"]

_ORIGIN = "gristmill.compat"
# Notebooks ask for `tfx.__path__[0]`. Nothing is searched there: this finder answers for every name of the family.
_FOLDER = str(Path(__file__).resolve().parent)


class FamilyModule(ModuleType):
    """A module of the family, as a view of ours."""

    def __init__(self, name: str, table: FamilyTable) -> None:
        super().__init__(name, f"What the TFX family calls {name}, by gristmill.")
        self._table = table

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return self._table.names(self.__name__)
        value = self._value(name)
        setattr(self, name, value)
        return value

    def __reduce__(self) -> tuple[Any, ...]:
        # Functions of scripts and notebooks are shipped to Beam's workers with the modules they refer to.
        return importlib.import_module, (self.__name__,)

    def __dir__(self) -> list[str]:
        return sorted({*self._table.names(self.__name__), *_modules_below(self.__name__, self._table)})

    def _value(self, name: str) -> Any:
        module, table = self.__name__, self._table
        if name in table.constants.get(module, {}):
            return table.constants[module][name]
        if name.startswith("__"):  # Python and tools ask every module for some of these
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        if name in _modules_below(module, table):
            return importlib.import_module(f"{module}.{name}")
        if name in table.absent.get(module, {}):
            return absent_name(module, name, table.absent[module][name])
        found = table.find(module, name)
        if found is None:
            raise AttributeError(f"module {module!r} has no attribute {name!r}; {did_you_mean(name, dir(self))}")
        home, name_there = found
        return getattr(home, name_there)


class FamilyFinder:
    """Finds every module of the family, and refuses those that are not known with a reason.

    Args:
        tables: by package.
    """

    def __init__(self, tables: Mapping[str, FamilyTable]) -> None:
        self._tables = tables

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """What ``import`` asks for each module; None for modules of others.

        Raises:
            ImportError: the module is out of scope, with the reason; or is not known (ModuleNotFoundError), with a
                proposal.
        """
        table = self._tables.get(name.partition(".")[0])
        if table is None:
            return None
        if name in table.known_modules:
            loader: Any = _FamilyLoader(table)
            spec = importlib.machinery.ModuleSpec(name, loader, origin=_ORIGIN, is_package=True)
            spec.submodule_search_locations = [_FOLDER]
            return spec
        reason = table.refusal(name)
        if reason is not None:
            raise ImportError(f"{name} has no counterpart in gristmill: {reason}", name=name)
        # Without its name: Python drops a ModuleNotFoundError of `from package import name`, and its message with it.
        raise ModuleNotFoundError(_not_known(name, table))


class _FamilyLoader:
    def __init__(self, table: FamilyTable) -> None:
        self._table = table

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> FamilyModule:
        return FamilyModule(spec.name, self._table)

    def exec_module(self, module: ModuleType) -> None:
        """A view has no code; the package itself may bring modules of others."""
        if "." not in module.__name__:
            for name in self._table.brings:
                with suppress(ModuleNotFoundError):
                    importlib.import_module(name)


def _modules_below(module: str, table: FamilyTable) -> set[str]:
    start = f"{module}."
    return {name[len(start) :].partition(".")[0] for name in table.known_modules if name.startswith(start)}


def _not_known(name: str, table: FamilyTable) -> str:
    parent, _, last = name.rpartition(".")
    near = [*table.names(parent), *_modules_below(parent, table)] if parent in table.known_modules else []
    return f"gristmill knows no {name!r}; {did_you_mean(last, near, f'{parent} has')}"
