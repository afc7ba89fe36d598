"""The user's code behind a node: what would have to change for the node to do something else.

- A custom executor class or component function: what it can reach in its file (see ``source_slice``), and the local
  modules that this imports, transitively.
- A ``module_file``, or a function named by a dotted path (``run_fn="trainer.run_fn"``): the module and the local
  modules that it imports, transitively.

gristmill's own code counts by its version, that of installed packages by the file that holds the executor. What was
typed into a notebook has no file, and what a function around it gave it is in no text: see ``definition_code``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gristmill.dsl.source_closure import closure_files, files_behind, imported_files, stable_names
from gristmill.dsl.user_import import project_of_package
from gristmill.dsl.user_module import source_closure, user_source
from gristmill.dsl.user_project import UserProject, is_installed
from gristmill.orchestration.fingerprints.definition_code import Code, add_sources, code_behind, source_file
from gristmill.orchestration.fingerprints.loaded_code import check_definition, check_loaded
from gristmill.orchestration.fingerprints.source_slice import slice_source

__all__ = ["code_of_definition", "code_of_parameters"]

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
                add_sources(code, source_closure(source))
    return code


def code_of_definition(definition: type | Callable[..., Any]) -> Code:
    """Sources behind a class or function of the user's, and the values that they use; empty for gristmill's own.

    Raises:
        ConfigError: its sources were edited since this process loaded it, so that they are not what would be run.
    """
    if definition.__module__.partition(".")[0] == "gristmill":
        return {}
    file = source_file(definition)
    code: Code = {file.name: file.read_bytes()} if file is not None and is_installed(file) else {}
    add_sources(code, code_behind(definition, _code_in_file))
    return code


def _code_in_file(definition: Any, file: Path) -> Code:
    module, name = _written_as(definition)
    project = _project_of(module, file)
    source = file.read_text(encoding="utf-8")
    try:
        part = slice_source(source, [name])
    except SyntaxError:  # the file was edited into something that is no Python since it was loaded
        check_definition(definition, file, own="", reached=source)
        return dict(stable_names(project, closure_files(file, project)))
    check_definition(definition, file, own=part.own, reached=part.text)
    start = imported_files(project, file, part.imports)
    # A name that no statement binds was made in some hidden way, by ``type(…)`` for example: all of the file counts.
    imported = files_behind(project, start if part.own else [file, *start])
    check_loaded(imported, used_by=module)
    return dict(stable_names(project, {file: part.text.encode(), **imported}))


def _written_as(definition: Any) -> tuple[str, str]:
    """The module that a definition is written in, and the top-level name there; decorators give it other ones."""
    if isinstance(definition, type):
        return definition.__module__, definition.__qualname__.partition(".")[0]
    return definition.__globals__["__name__"], definition.__code__.co_qualname.partition(".")[0]


def _project_of(module: str, file: Path) -> UserProject:
    """Where the imports of a loaded module look first: its own project's folders, or the folder it was found in."""
    private = project_of_package(module.partition(".")[0])
    if private is not None:
        return private
    spec = getattr(sys.modules.get(module), "__spec__", None)  # of ``python -m package.module`` too
    packages = (module if spec is None else spec.name).split(".")
    if file.name != "__init__.py":
        packages.pop()
    depth = len(packages)
    is_below = depth < len(file.parents) and list(file.parent.parts[len(file.parent.parts) - depth :]) == packages
    return UserProject(file.parents[depth]) if is_below else UserProject.of_module(file)
