"""Refuses code whose sources were edited since this process loaded it.

A kernel lives for days. Python does not load a module anew because its file was edited, so what would run is the old
code, and it would be recorded under the new text: a later run would take its outputs for those of the new code.

The source of each thing is kept as this process first looked at it, as near to its import as we can get, and with it
a mark of that very load: the spec, of which ``importlib.reload`` makes another, and the code of functions, which
autoreload exchanges in place. Another source under the same mark is an edit that Python has not seen. A function
takes what it uses from its module, so what it reaches there goes by the module's mark, and only its own lines by its
own: one that people hold from before a reload runs the module's new code. In doubt nothing is refused: comments and
layout do not count, nor does a file that no module was loaded from.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any
from weakref import WeakKeyDictionary

from gristmill.dsl.python_syntax import parse_python
from gristmill.dsl.user_import import project_of_package
from gristmill.errors import ConfigError, Place

__all__ = ["check_definition", "check_loaded"]

_Mark = list[object]

# By what was loaded, and which aspect of it: the mark of the load, and the source.
_first_seen: WeakKeyDictionary[object, dict[str, tuple[_Mark, str]]] = WeakKeyDictionary()


def check_definition(definition: type | Callable[..., Any], file: Path, own: str, reached: str) -> None:
    """Compare the source of a class or function with the one that it was loaded from.

    Args:
        definition: the class or function.
        file: where it is written.
        own: its own lines, as they are now.
        reached: what it reaches in that file, as it is now.

    Raises:
        ConfigError: it is another one now.
    """
    is_own = _is_as_loaded(definition, "own", _codes(definition), own)
    is_reached = _is_as_loaded(definition, "reached", _load_of(_names_of(definition)), reached)
    if not (is_own and is_reached):
        raise _edited(definition.__qualname__, file, "importlib.reload its module and make the component anew")


def check_loaded(files: Mapping[Path, bytes], used_by: str) -> None:
    """Compare the sources of modules with those that they were loaded from.

    Args:
        files: the sources as they are now.
        used_by: the name of the module that uses them, which is not looked at itself. One in a private package means
            the modules in there, any other those that ``import`` gives.

    Raises:
        ConfigError: a file was edited, and the module that was loaded from it was not loaded again.
    """
    for module, path in _loaded_from(files, used_by):
        if module.__name__ != used_by and not _is_as_loaded(
            module, "file", _load_of(vars(module)), _meaning(files[path])
        ):
            raise _edited(module.__name__, path, "importlib.reload it")


def _is_as_loaded(loaded: object, aspect: str, mark: _Mark, source: str) -> bool:
    known = _first_seen.setdefault(loaded, {})
    first_mark, first_source = known.setdefault(aspect, (mark, source))
    # By identity: specs, and code objects, of two loads of one file are equal.
    if [id(part) for part in mark] == [id(part) for part in first_mark]:
        return source == first_source
    known[aspect] = mark, source
    return True


def _codes(definition: object) -> list[object]:
    """The code of a function, or of a class's methods."""
    return [function.__code__ for function in _functions(definition)]


def _functions(definition: object) -> list[FunctionType]:
    members = vars(definition).values() if isinstance(definition, type) else [definition]
    functions = (getattr(member, "__func__", member) for member in members)
    return [function for function in functions if isinstance(function, FunctionType)]


def _names_of(definition: type | Callable[..., Any]) -> Mapping[str, Any]:
    """The names of the module that a definition takes them from, which ``sys.modules`` may have no more."""
    functions = _functions(definition)
    return functions[0].__globals__ if functions else vars(sys.modules.get(definition.__module__, sys))


def _load_of(names: Mapping[str, Any]) -> list[object]:
    """The spec of a module and the code of what it defines, by its names."""
    values = list(names.values())  # another thread may be importing it
    defined = [value for value in values if getattr(value, "__module__", None) == names["__name__"]]
    return [names.get("__spec__"), *(code for value in defined for code in _codes(value))]


def _loaded_from(files: Collection[Path], used_by: str) -> Iterator[tuple[ModuleType, Path]]:
    """The modules that were loaded from these files, as a module of this name gets them."""
    names = {file.name for file in files}  # of thousands of modules: making and resolving all paths would take long
    home = _private_package(used_by)
    for name, module in sys.modules.copy().items():  # other threads import meanwhile
        path = getattr(module, "__file__", None)
        if path is None or os.path.basename(path) not in names or _private_package(name) != home:
            continue
        file = Path(path).resolve()
        if file in files:
            yield module, file


def _private_package(module: str) -> str:
    top = module.partition(".")[0]
    return "" if project_of_package(top) is None else top


def _meaning(source: bytes | str) -> str:
    try:
        return ast.unparse(parse_python(source))
    except (SyntaxError, ValueError):  # it was edited into something that is no Python
        return str(source)


def _edited(name: str, file: Path, remedy: str) -> ConfigError:
    return ConfigError(
        f"the sources of {name} were edited since it was imported: what would run is not what they say",
        place=Place(uri=str(file)),
        hint=f"{remedy}, or restart the kernel.",
    )
