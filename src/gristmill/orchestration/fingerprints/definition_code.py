"""The sources and values behind a class or function, as it is in this process.

What is written in a file counts as ``code_of_file`` reads it there. Its text does not show the values that a function
around it had when it was made (``step = made(5)``, a decorator): those are taken from the definition itself.

What was typed into an interpreter (a notebook's cells, IPython's prompt) has a text and no file. So the names that it
uses are followed in the module as it is now: functions and classes by their text, and theirs; values by what they are;
local modules by their files. What has no canonical form, and a text that nobody kept, count as something new each
time: nothing is reused then.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import logging
import textwrap
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, TypeAlias

from google.protobuf import message

from gristmill.dsl.python_syntax import parse_python
from gristmill.dsl.source_closure import closure_files, stable_names
from gristmill.dsl.user_project import UserProject, is_installed
from gristmill.errors import ConfigError
from gristmill.orchestration.fingerprints.fingerprint import digest_value
from gristmill.orchestration.fingerprints.loaded_code import check_loaded

__all__ = ["Code", "add_sources", "code_behind", "source_file"]

Code: TypeAlias = dict[str, bytes | str]

_PYTHONS_OWN = ("__", "_abc_")  # members that Python gives to classes, abstract base classes among them
_HARMLESS = (logging.Logger,)  # what decides no output
_AGAIN = " #"  # before the number of what has the name of something else
_MADE_BY_CALL = "abc"  # the module that Python names for a class made by a call, type("Made", (AbstractBase,), {})
_IN_FUNCTION = "<locals>"  # in the qualified name of what was made inside a function


def add_sources(code: Code, more: Mapping[str, bytes | str]) -> None:
    """Add sources under their names; one that differs from what has its name already gets a number: none is lost."""
    for name, source in more.items():
        key, number = name, 1
        while key in code and code[key] != source:
            number += 1
            key = f"{name}{_AGAIN}{number}"
        code[key] = source


def code_behind(definition: type | Callable[..., Any], code_of_file: Callable[[Any, Path], Code]) -> Code:
    """The sources behind a class or function, and the values that they use.

    Args:
        definition: the class or function.
        code_of_file: the sources behind one that is written in a file.

    Raises:
        ConfigError: a module that it uses was edited since this process loaded it.
    """
    walk = _Walk(code_of_file)
    walk.follow(definition.__qualname__, definition)
    return walk.code


@dataclass
class _Walk:
    """One way through what a definition reaches."""

    code_of_file: Callable[[Any, Path], Code]
    code: Code = field(default_factory=dict)
    _seen: set[tuple[str, int]] = field(default_factory=set)

    def follow(self, name: str, value: object) -> None:
        """Add what a name stands for, unless it is nobody's own."""
        is_definition = _is_definition(value)
        # Equal values may be one object: only those that have a code of their own are followed once for all names.
        seen = ("" if is_definition or isinstance(value, ModuleType) else name, id(value))
        if seen in self._seen or isinstance(value, _HARMLESS):
            return
        self._seen.add(seen)
        if isinstance(value, ModuleType):
            self._module(value)
        elif is_definition:
            self._definition(value)
        else:
            self._value(name, value)

    def _module(self, module: ModuleType) -> None:
        name = getattr(module, "__file__", None)
        if not name or not name.endswith(".py") or _is_foreign(module.__name__, Path(name)):
            return
        file = Path(name).resolve()
        project = UserProject.of_module(file)
        files = closure_files(file, project)
        check_loaded(files, used_by="__main__")
        add_sources(self.code, stable_names(project, files))

    def _definition(self, value: Any) -> None:
        definition = getattr(value, "FUNCTION", value)  # of a component, the function counts
        file = source_file(definition)
        if file is not None:
            if definition.__module__ == _MADE_BY_CALL:
                self._members(definition)
                self._bases(definition)
            elif _is_foreign(definition.__module__, file):
                self._wrapped(definition)
            else:
                add_sources(self.code, self.code_of_file(definition, file))
                self._enclosed(definition)
        elif isinstance(definition, type):
            self._class(definition)
        elif isinstance(definition, FunctionType):
            self._function(definition)
        # Anything else without a Python source is a library's, written in another language.

    def _wrapped(self, foreign: Any) -> None:
        """A library's decorator may stand before a function of the user's."""
        for name, value in _held_by(foreign) if isinstance(foreign, FunctionType) else ():
            if _is_definition(value):
                self.follow(name, value)

    def _enclosed(self, definition: Any) -> None:
        """What was in the functions around a definition when it was made."""
        if not isinstance(definition, type):
            for name, value in _held_by(definition):
                self.follow(name, value)
        elif _IN_FUNCTION in definition.__qualname__:
            self._members(definition)
        else:
            for function in filter(None, map(_function_of, vars(definition).values())):
                self._enclosed(function)

    def _class(self, definition: type) -> None:
        if definition.__module__ != "__main__":
            return
        self._members(definition)
        self._bases(definition)

    def _bases(self, definition: type) -> None:
        for base in definition.__bases__:
            self.follow(base.__qualname__, base)

    def _members(self, definition: type) -> None:
        for name, member in sorted(vars(definition).items()):
            function = _function_of(member)
            if function is not None:
                self.follow(function.__qualname__, function)
            elif not name.startswith(_PYTHONS_OWN):
                self.follow(f"{definition.__qualname__}.{name}", member)

    def _function(self, function: FunctionType) -> None:
        try:
            text = textwrap.dedent(inspect.getsource(function.__code__))  # not that of what it wraps
        except (OSError, TypeError):
            self._add(f"{function.__qualname__} (its source is not known)", uuid.uuid4().hex)
            return
        self._add(function.__qualname__, text)
        for name in _used_names(function, text):
            if name in function.__globals__:
                self.follow(name, function.__globals__[name])
        for name, value in _held_by(function):
            self.follow(name, value)

    def _add(self, name: str, content: str) -> None:
        add_sources(self.code, {name: content})

    def _value(self, name: str, value: object) -> None:
        try:
            plain = value.SerializeToString(deterministic=True) if isinstance(value, message.Message) else value
            self._add(name, digest_value(plain))
        except ConfigError:
            self._add(f"{name} (a {type(value).__name__} cannot be compared)", uuid.uuid4().hex)


def _is_definition(value: object) -> bool:
    return isinstance(value, type) or (callable(value) and hasattr(value, "__qualname__"))


def _function_of(member: object) -> FunctionType | None:
    """The function behind a member of a class: a method, class method, static method or property."""
    function = getattr(member, "__func__", getattr(member, "fget", member))
    return function if isinstance(function, FunctionType) else None


def _held_by(function: FunctionType) -> Iterator[tuple[str, object]]:
    """What a function took along from where it was made: enclosed values, defaults, what it wraps."""
    name = function.__qualname__
    for variable, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):  # nothing was put into it yet
            yield f"{name}.{variable}", cell.cell_contents
    if _IN_FUNCTION in function.__code__.co_qualname:  # elsewhere the text shows them
        defaults = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
        yield from ((f"{name} (a default)", value) for value in defaults)
    if (wrapped := getattr(function, "__wrapped__", None)) is not None:
        yield name, wrapped


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
