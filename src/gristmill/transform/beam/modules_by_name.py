"""Modules of every class are pickled by their names.

A preprocessing_fn that is written in a script or a notebook is shipped by value, with the modules that it refers to.
Beam's pickling knows plain modules, and refuses those of a class of their own: modules that load lazily, or that stand
for others.
"""

from __future__ import annotations

import copyreg
import importlib
import sys
from collections.abc import Callable
from types import ModuleType

__all__ = ["ship_modules_by_name"]


def ship_modules_by_name() -> None:
    """Let the modules that are loaded now be pickled, whatever their class."""
    for kind in {type(module) for module in list(sys.modules.values())}:
        if issubclass(kind, ModuleType) and kind is not ModuleType:
            copyreg.pickle(kind, _by_name)


def _by_name(module: ModuleType) -> tuple[Callable[[str], ModuleType], tuple[str]]:
    return importlib.import_module, (module.__name__,)
