"""The user's own code: loading modules and functions, and telling what sources they consist of."""

from __future__ import annotations

import importlib
import importlib.machinery
import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from gristmill.did_you_mean import did_you_mean
from gristmill.dsl.source_closure import closure_of
from gristmill.dsl.user_code import place_of_function, user_code
from gristmill.dsl.user_import import import_file
from gristmill.dsl.user_project import is_installed
from gristmill.errors import ConfigError, NotSupportedError, Place
from gristmill.io import filesystem

__all__ = ["check_takes", "load_user_module", "module_closure", "source_closure", "user_function", "user_source"]

_SOURCE = ".py"


def load_user_module(path: str) -> ModuleType:
    """Run a module file and return the module; the same module again as long as its sources are unchanged.

    The module may import files beside it by name. Modules of different projects never mix.

    Raises:
        ConfigError: there is no such file, or its name has a dot, which separates packages.
        UserCodeError: the module raised, or does not compile.
    """
    file = _existing_file(path)
    with user_code(f"the module {file.name}", source=Place(uri=str(file))):
        return import_file(file)


def source_closure(path: str) -> dict[str, bytes]:
    """The module's source and those of the local modules that it imports, transitively, without running anything.

    Names are paths below the project's folder, so that they are the same wherever the project lies.

    Raises:
        ConfigError: there is no such file.
    """
    return closure_of(_existing_file(path))


def user_function(
    exec_properties: Mapping[str, Any], name: str, takes: Sequence[str] | None = None
) -> Callable[..., Any]:
    """The user's function for a component.

    Args:
        exec_properties: the component's parameters: ``module_file``, a file that has a function called ``name``; or
            the parameter ``name``, a dotted path such as ``"package.module.function"``.
        name: the parameter and function, e.g. ``"preprocessing_fn"``.
        takes: the usual names of the arguments that it is called with, by position; None leaves that unchecked.

    Raises:
        ConfigError: neither is given, or file, module or function does not exist, or it takes other arguments.
        UserCodeError: the module raised.
    """
    source, function_name = user_source(exec_properties, name)
    is_file = bool(exec_properties.get("module_file")) or source.endswith(_SOURCE)
    module = load_user_module(source) if is_file else _load_dotted(source)
    function = _function_in(module, function_name, source)
    if takes is not None:
        check_takes(function, name, takes)
    return function


def check_takes(function: Callable[..., Any], name: str, takes: Sequence[str]) -> None:
    """Refuse a function that cannot be called with so many arguments, or that would do nothing when called.

    Raises:
        ConfigError: its signature does not fit, or it is a coroutine or a generator.
    """
    declaration = f"def {name}({', '.join(takes)})"
    kind = "async" if inspect.iscoroutinefunction(function) else "generator"
    if kind == "async" or inspect.isgeneratorfunction(function):
        raise ConfigError(
            f"{name} must be a plain function; a call of this {kind} function does not run it",
            place=place_of_function(function),
            hint=f"declare it as {declaration}" + (", without yield" if kind == "generator" else ""),
        )
    try:
        inspect.signature(function).bind(*takes)
    except TypeError as error:
        raise ConfigError(
            f"{name} does not take what it is called with ({', '.join(takes) or 'no arguments'}): {error}",
            place=place_of_function(function),
            hint=f"declare it as {declaration}",
        ) from None
    except ValueError:
        pass  # a function in C that does not tell its signature


def user_source(exec_properties: Mapping[str, Any], name: str) -> tuple[str, str]:
    """Where the user's function for a component is: its module file, or an installed module's dotted name; its name.

    Raises:
        ConfigError: neither ``module_file`` nor the parameter ``name`` is given, or there is no such module.
    """
    if exec_properties.get("module_path"):
        raise NotSupportedError(
            "packaged modules are not supported", value=exec_properties["module_path"], hint="pass module_file"
        )
    if exec_properties.get("module_file"):
        return str(exec_properties["module_file"]), name
    dotted = exec_properties.get(name)
    if not dotted:
        raise ConfigError(
            f"either module_file or {name} must say where the function is", hint="pass module_file='model.py'"
        )
    module_name, _, function_name = str(dotted).rpartition(".")
    if not module_name:
        raise ConfigError(
            f"{name} must be a dotted path: module.function",
            value=dotted,
            hint=f"for a file pass module_file; for an importable module pass {name}='model.{dotted}'",
        )
    origin = _origin(module_name)
    return (str(origin), function_name) if not is_installed(origin) else (module_name, function_name)


def module_closure(module_name: str) -> dict[str, bytes]:
    """``source_closure`` of a module by its dotted name; nothing for one of an installed package.

    Raises:
        ConfigError: there is no such module.
    """
    origin = _origin(module_name)
    return {} if is_installed(origin) else source_closure(str(origin))


def _existing_file(path: str) -> Path:
    if not filesystem.is_local(path):
        raise NotSupportedError("module files must be local", value=path, hint="copy the project to this machine")
    file = Path(filesystem.local_path(path)).resolve()
    if file.is_dir():
        raise ConfigError(
            "the module file is a folder", place=Place(uri=path), hint="name a Python file in it, or one beside it"
        )
    if not file.is_file():
        near = sorted(entry.name for entry in file.parent.glob("*.py")) if file.parent.is_dir() else []
        hint = did_you_mean(file.name, near, "modules there") if near else "its folder is missing, or has no modules"
        raise ConfigError("the module file does not exist", place=Place(uri=path), hint=hint)
    if file.suffix != _SOURCE:
        raise ConfigError("a module file is a Python file", place=Place(uri=path), hint="its name ends in .py")
    if "." in file.stem:
        raise ConfigError(
            "the name of a module file has no dot before .py", place=Place(uri=path), hint="rename it: features.py"
        )
    return file


def _function_in(module: ModuleType, name: str, source: str) -> Callable[..., Any]:
    function = getattr(module, name, None)
    if callable(function):
        return function  # type: ignore[no-any-return]
    own = [
        key
        for key, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not key.startswith("_")
    ]
    raise ConfigError(
        f"the module has no function {name!r}",
        place=Place(uri=source),
        hint=did_you_mean(name, own, "it has") if own else f"define it there: def {name}(…)",
    )


def _origin(module_name: str) -> Path:
    """The file of a module by dotted name, without running it or its packages."""
    path: list[str] | None = None
    importlib.invalidate_caches()
    parts = module_name.split(".")
    for depth in range(len(parts)):
        spec = importlib.machinery.PathFinder.find_spec(".".join(parts[: depth + 1]), path)
        if spec is None:
            raise ConfigError(
                f"there is no module {module_name!r}",
                hint="its folder must be on sys.path; gristmill run adds the folder of the pipeline file",
            )
        path = list(spec.submodule_search_locations or [])
    if spec is None or spec.origin is None:
        raise ConfigError(
            f"the module {module_name!r} has no source file", hint="name a module that is written in Python"
        )
    return Path(spec.origin).resolve()


def _load_dotted(module_name: str) -> ModuleType:
    with user_code(f"the module {module_name}"):
        return importlib.import_module(module_name)
