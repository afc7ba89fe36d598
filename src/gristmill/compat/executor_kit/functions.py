"""The functions of ``tfx.utils.import_utils`` and ``tfx.components.util.udf_utils``: users' functions by name."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from gristmill.dsl.user_module import user_function

__all__ = ["get_fn", "import_class_by_path", "import_func_from_module"]


def get_fn(exec_properties: dict[str, Any], fn_name: str) -> Callable[..., Any]:
    """The function of a component's ``module_file``, or the one that the parameter of its name points at.

    Raises:
        ConfigError: neither is given, or there is no such function.
    """
    return user_function(exec_properties, fn_name)


def import_func_from_module(module_path: str, fn_name: str) -> Callable[..., Any]:
    """The function of a module that can be imported."""
    function: Callable[..., Any] = getattr(importlib.import_module(module_path), fn_name)
    return function


def import_class_by_path(class_path: str) -> type:
    """The class at a dotted path."""
    module, _, name = class_path.rpartition(".")
    found: type = getattr(importlib.import_module(module), name)
    return found
