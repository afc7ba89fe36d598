"""Sources of definitions that were typed into an interpreter: the cells of a notebook, the prompt of IPython.

Such a function has a text, but its module has no file that could be cut into what it reaches (``source_slice``). So the
names that it uses are followed in the module as it is now: functions and classes by their text, and theirs; values by
what they are; local modules by their files. What has no canonical form, and a text that nobody kept, count as something
new each time: nothing is reused then.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import logging
import textwrap
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from google.protobuf import message

from gristmill.dsl.python_syntax import parse_python
from gristmill.dsl.user_project import is_installed
from gristmill.errors import ConfigError
from gristmill.orchestration.fingerprint import digest_value
from gristmill.orchestration.loaded_code import checked_closure

__all__ = ["code_of_interpreted", "source_file"]

_PYTHONS_OWN = ("__", "_abc_")  # members that Python gives to classes, abstract base classes among them
_HARMLESS = (logging.Logger,)  # what decides no output
_AGAIN = " #"  # before the number of what has the name of something else


def code_of_interpreted(
    definition: type | Callable[..., Any],
    code_of_file: Callable[[type | Callable[..., Any]], Mapping[str, bytes | str]],
) -> dict[str, bytes | str]:
    """The texts behind a class or function without a file, and the values that they use.

    Args:
        definition: the class or function.
        code_of_file: the sources behind one that has a file.

    Raises:
        ConfigError: a module that it uses was edited since this process loaded it.
    """
    walk = _Walk(code_of_file)
    walk.follow(definition.__qualname__, definition)
    return walk.code


@dataclass
class _Walk:
    """One way through the names that a definition reaches."""

    code_of_file: Callable[[type | Callable[..., Any]], Mapping[str, bytes | str]]
    code: dict[str, bytes | str] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)

    def follow(self, name: str, value: object) -> None:
        """Add what a name stands for, unless it is nobody's own."""
        if id(value) in self._seen or isinstance(value, _HARMLESS):
            return
        self._seen.add(id(value))
        if isinstance(value, ModuleType):
            self._module(value)
        elif isinstance(value, type) or (callable(value) and hasattr(value, "__qualname__")):
            self._definition(value)
        else:
            self._value(name, value)

    def _module(self, module: ModuleType) -> None:
        file = getattr(module, "__file__", None)
        if file and file.endswith(".py") and not _is_foreign(module.__name__, Path(file)):
            self._sources(checked_closure(Path(file), used_by="__main__"))

    def _definition(self, value: Any) -> None:
        definition = inspect.unwrap(getattr(value, "FUNCTION", value))  # of a component, the function counts
        file = source_file(definition)
        if file is not None:
            if not _is_foreign(definition.__module__, file):
                self._sources(self.code_of_file(definition))
        elif isinstance(definition, type):
            self._class(definition)
        elif isinstance(definition, FunctionType):
            self._function(definition)
        # Anything else without a Python source is a library's, written in another language.

    def _sources(self, code: Mapping[str, bytes | str]) -> None:
        """Add sources of files; of one file, several definitions may reach different parts."""
        for name, source in code.items():
            same_file = [key for key in self.code if key.partition(_AGAIN)[0] == name]
            if source not in (self.code[key] for key in same_file):
                self._add(name, source)

    def _add(self, name: str, content: bytes | str) -> None:
        """Add a text or a digest under its name, numbered where others have it, as lambdas do."""
        number = 1
        while (key := name if number == 1 else f"{name}{_AGAIN}{number}") in self.code:
            number += 1
        self.code[key] = content

    def _class(self, definition: type) -> None:
        if definition.__module__ != "__main__":
            return
        for name, member in sorted(vars(definition).items()):
            function = getattr(member, "__func__", getattr(member, "fget", member))
            if isinstance(function, FunctionType):
                self._function(function)
            elif not name.startswith(_PYTHONS_OWN):
                self.follow(f"{definition.__qualname__}.{name}", member)
        for base in definition.__bases__:
            self.follow(base.__qualname__, base)

    def _function(self, function: FunctionType) -> None:
        try:
            text = textwrap.dedent(inspect.getsource(function))
        except (OSError, TypeError):
            self._add(f"{function.__qualname__} (its source is not known)", uuid.uuid4().hex)
            return
        self._add(function.__qualname__, text)
        for name in _used_names(function, text):
            if name in function.__globals__:
                self.follow(name, function.__globals__[name])
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            with contextlib.suppress(ValueError):  # nothing was put into it yet
                self.follow(f"{function.__qualname__}.{name}", cell.cell_contents)

    def _value(self, name: str, value: object) -> None:
        try:
            plain = value.SerializeToString(deterministic=True) if isinstance(value, message.Message) else value
            self._add(name, digest_value(plain))
        except ConfigError:
            self._add(f"{name} (a {type(value).__name__} cannot be compared)", uuid.uuid4().hex)


def _is_foreign(module: str, file: Path) -> bool:
    """Whether code is gristmill's or of an installed package: it counts by its version."""
    return module.partition(".")[0] == "gristmill" or is_installed(file)


def source_file(definition: object) -> Path | None:
    """The file that a class or function is written in; None where there is none."""
    try:
        name = inspect.getsourcefile(definition)  # type: ignore[arg-type]
    except (TypeError, OSError):
        return None
    file = Path(name) if name else None
    return file.resolve() if file is not None and file.is_file() else None


def _used_names(function: FunctionType, text: str) -> list[str]:
    """Every name in a function's text, decorators and annotations included, once and in a fixed order."""
    try:
        parts = ast.walk(parse_python(text))
    except SyntaxError:  # the lines of a lambda need not be statements
        return sorted(_names_in_code(function.__code__))
    return sorted({node.id for node in parts if isinstance(node, ast.Name)})


def _names_in_code(code: CodeType) -> set[str]:
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return {*code.co_names, *(name for each in inner for name in _names_in_code(each))}
