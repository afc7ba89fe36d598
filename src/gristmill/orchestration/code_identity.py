"""The user's code behind a node: what would have to change for the node to do something else.

- A custom executor class or component function: what it can reach in its file (see ``source_slice``), and the local
  modules that this imports, transitively.
- A ``module_file``, or a function named by a dotted path (``run_fn="trainer.run_fn"``): the module and the local
  modules that it imports, transitively.

gristmill's own code counts by its version, that of installed packages by the file that holds the executor. What was
typed into a notebook has no file: see ``interpreter_code``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from gristmill.dsl.user_module import source_closure, user_source
from gristmill.dsl.user_project import UserProject, is_installed
from gristmill.orchestration.interpreter_code import code_of_interpreted, source_file
from gristmill.orchestration.loaded_code import check_definition, checked_closure
from gristmill.orchestration.source_slice import slice_source

__all__ = ["Code", "code_of_definition", "code_of_parameters"]

Code: TypeAlias = dict[str, bytes | str]

_FUNCTION_SUFFIX = "_fn"  # every parameter of the family that names a function ends so: run_fn, preprocessing_fn, …


def code_of_parameters(exec_properties: Mapping[str, Any]) -> Code:
    """Sources of the user functions that the parameters name, by a name that does not depend on the project's place.

    Raises:
        ConfigError: a module file or module does not exist.
    """
    if exec_properties.get("module_file"):
        return dict(source_closure(str(exec_properties["module_file"])))
    code: Code = {}
    for name, value in exec_properties.items():
        if name.endswith(_FUNCTION_SUFFIX) and isinstance(value, str) and "." in value:
            source, _ = user_source({name: value}, name)
            if source.endswith(".py"):
                code.update(source_closure(source))
    return code


def code_of_definition(definition: type | Callable[..., Any]) -> Code:
    """Sources behind a class or function of the user's; empty for gristmill's own.

    Raises:
        ConfigError: its sources were edited since this process loaded it, so that they are not what would be run.
    """
    if definition.__module__.partition(".")[0] == "gristmill":
        return {}
    file = source_file(definition)
    return code_of_interpreted(definition, code_of_definition) if file is None else _code_in_file(definition, file)


def _code_in_file(definition: type | Callable[..., Any], file: Path) -> Code:
    if is_installed(file):
        return {file.name: file.read_bytes()}
    try:
        part = slice_source(file.read_text(encoding="utf-8"), [definition.__qualname__.partition(".")[0]])
    except SyntaxError:  # the file was edited into something that is no Python since it was loaded
        check_definition(definition, file, own="", reached=file.read_text(encoding="utf-8"))
        return dict(source_closure(str(file)))
    check_definition(definition, file, own=part.own, reached=part.text)
    if any(imported.level for imported in part.imports):
        return dict(checked_closure(file, used_by=definition.__module__))
    project = UserProject.of_module(file)
    code: Code = {file.name: part.text}
    for imported in part.imports:
        dotted = f"{imported.module}.{imported.name}" if imported.name else imported.module
        for found in project.source_files(dotted):
            code.update(checked_closure(found, used_by=definition.__module__))
    return code
