"""FamilyTable: what the module names of one family package mean here.

A source of names is a line of text:

- ``"gristmill.components"``: all public names of that module;
- ``"gristmill.dsl.importer: Importer, Importer as ImporterNode"``: these names of it, under these names.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType
from typing import Any

__all__ = ["FamilyTable", "public_names"]


@dataclass(frozen=True)
class FamilyTable:
    """The names of one package.

    Attributes:
        modules: sources of names by module, the first that has a name wins. Their parents need not be listed.
        absent: names without behaviour by module, each with what to use instead. They raise NotSupportedError on use.
        constants: values by module and name.
        out_of_scope: modules that are refused when they are imported, with those below them, and why.
        brings: modules of others that importing the package has always loaded, so that code uses them without an
            import of its own. Those that are not installed are left out.
    """

    modules: Mapping[str, Sequence[str]]
    absent: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    out_of_scope: Mapping[str, str] = field(default_factory=dict)
    brings: Sequence[str] = ()

    @cached_property
    def known_modules(self) -> set[str]:
        """Every module that can be imported: those that are listed, and the packages above them."""
        listed = {*self.modules, *self.absent, *self.constants}
        return listed | {above for name in [*listed, *self.out_of_scope] for above in _packages_above(name)}

    def refusal(self, module: str) -> str | None:
        """Why a module is out of scope; None where it is not, or where it would be part of one that is there."""
        while module not in self.out_of_scope:
            module = module.rpartition(".")[0]
            if not module or (module in self.modules and module not in self.out_of_scope):
                return None
        return self.out_of_scope[module]

    def find(self, module: str, name: str) -> tuple[ModuleType, str] | None:
        """Where a module's name is defined: a module of ours, and the name in it; None where there is none."""
        for target, names in self._sources(module):
            if names is not None and name not in names:
                continue
            home = importlib.import_module(target)
            if names is not None:
                return home, names[name]
            if name in public_names(home):
                return home, name
        return None

    def names(self, module: str) -> list[str]:
        """Every name of a module, modules below it left out."""
        found = {*self.absent.get(module, ()), *self.constants.get(module, ())}
        for target, names in self._sources(module):
            found.update(public_names(importlib.import_module(target)) if names is None else names)
        return sorted(found)

    def _sources(self, module: str) -> Iterator[tuple[str, dict[str, str] | None]]:
        for source in self.modules.get(module, ()):
            target, separator, names = source.partition(":")
            yield target, dict(map(_renamed, names.split(","))) if separator else None


def public_names(module: ModuleType) -> list[str]:
    """What a module offers: its ``__all__``; without one, as in generated modules, all but private names."""
    return [name for name in getattr(module, "__all__", dir(module)) if not name.startswith("_")]


def _renamed(text: str) -> tuple[str, str]:
    """``"Importer as ImporterNode"`` as (name in the family, name here)."""
    here, _, there = text.strip().partition(" as ")
    return there or here, here


def _packages_above(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:depth]) for depth in range(1, len(parts))]
