"""Puts the family's names in place, and takes them away again; refuses where the real packages would be hidden."""

from __future__ import annotations

import importlib.machinery
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from gristmill.compat.family_finder import FamilyFinder, FamilyModule
from gristmill.compat.legacy_keras import use_legacy_keras
from gristmill.compat.tables import TABLES
from gristmill.dsl.user_sources import prepare_elsewhere
from gristmill.errors import ConfigError

__all__ = ["install", "load_ipython_extension", "uninstall"]

_finder = FamilyFinder(TABLES)
_undo: list[Callable[[], None]] = []


def install(*, shadow: bool = False) -> None:
    """Make ``tfx``, ``tensorflow_transform`` and the rest of the family import as gristmill.

    Nothing is loaded by this call, TensorFlow least of all; a second call does nothing. The family's code is written
    for Keras 2: ``TF_USE_LEGACY_KERAS`` becomes ``1`` in the environment, unless it is set already.

    Args:
        shadow: go before real packages of the family that are installed. Without it, they are an error.

    Raises:
        ConfigError: real packages of the family are installed, or imported already; or TensorFlow was imported before,
            with Keras 3.
    """
    if _finder in sys.meta_path:
        return
    _refuse_imported()
    if not shadow:
        _refuse_real()
    use_legacy_keras()
    sys.meta_path.insert(0, _finder)
    _undo.append(prepare_elsewhere(partial(install, shadow=shadow)))


def uninstall() -> None:
    """Take the names away again, for tests: what was imported by them stays with those who hold it."""
    if _finder in sys.meta_path:
        sys.meta_path.remove(_finder)
    while _undo:
        _undo.pop()()
    for name, module in sys.modules.copy().items():
        if isinstance(module, FamilyModule):
            del sys.modules[name]


def load_ipython_extension(ipython: Any) -> None:
    """What ``%load_ext gristmill.compat`` calls: :func:`install`."""
    del ipython
    install()


def _refuse_imported() -> None:
    imported = sorted(name for name in TABLES if name in sys.modules)
    if imported:
        raise ConfigError(
            "the TFX family's names must be free before gristmill can stand for them",
            value=[getattr(sys.modules[name], "__file__", None) or name for name in imported],
            hint="start Python (the notebook's kernel) again, and call gristmill.compat.install() before you import "
            + ", ".join(imported),
        )


def _refuse_real() -> None:
    real = {name: origin for name in TABLES if (origin := _origin(name))}
    if real:
        raise ConfigError(
            "real packages of the TFX family are installed here: " + ", ".join(sorted(real)),
            value=sorted(real.values()),
            hint="uninstall them, use another environment, or ask for gristmill to go before them: "
            "gristmill.compat.install(shadow=True), gristmill run --tfx-shadow",
        )


def _origin(name: str) -> str | None:
    """The file of a real package; None where there is none. A folder that merely has the name is no package."""
    spec = importlib.machinery.PathFinder.find_spec(name)
    return None if spec is None else spec.origin
