"""The user's own code: loading modules and functions, telling what sources they consist of, and showing their errors.

Wherever the user's code is run, it is run inside ``with user_code("…")``: what it raises becomes a UserCodeError that
names the user's file and line, and whose ``__cause__`` has no frames of ours.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from gristmill.did_you_mean import did_you_mean
from gristmill.disk_faults import disk_fault, is_of_writing
from gristmill.dsl.source_closure import closure_of
from gristmill.dsl.user_import import import_file
from gristmill.dsl.user_project import is_installed
from gristmill.errors import ConfigError, GristmillError, NotSupportedError, Place, UserCodeError
from gristmill.io import filesystem

__all__ = ["load_user_module", "module_closure", "source_closure", "user_code", "user_function", "user_source"]

_TENSORFLOW_EXTRA = ("tensorflow", "keras", "tf_keras")  # what the extra of that name installs
# The packages whose names gristmill.compat can stand for.
_FAMILY = (
    "ml_metadata",
    "tensorflow_data_validation",
    "tensorflow_model_analysis",
    "tensorflow_transform",
    "tfx",
    "tfx_bsl",
)
_OUR_FOLDER = Path(__file__).resolve().parents[1]


def load_user_module(path: str) -> ModuleType:
    """Run a module file and return the module; the same module again as long as its sources are unchanged.

    The module may import files beside it by name. Modules of different projects never mix.

    Raises:
        ConfigError: there is no such file, or its name has a dot, which separates packages.
        UserCodeError: the module raised, or does not compile.
    """
    file = _existing_file(path)
    with user_code(f"the module {file.name}"):
        return import_file(file)


def source_closure(path: str) -> dict[str, bytes]:
    """The module's source and those of the local modules that it imports, transitively, without running anything.

    Names are paths below the project's folder, so that they are the same wherever the project lies.

    Raises:
        ConfigError: there is no such file.
    """
    return closure_of(_existing_file(path))


def user_function(exec_properties: Mapping[str, Any], name: str) -> Callable[..., Any]:
    """The user's function for a component.

    Args:
        exec_properties: the component's parameters: ``module_file``, a file that has a function called ``name``; or
            the parameter ``name``, a dotted path such as ``"package.module.function"``.
        name: the parameter and function, e.g. ``"preprocessing_fn"``.

    Raises:
        ConfigError: neither is given, or file, module or function does not exist.
        UserCodeError: the module raised.
    """
    source, function_name = user_source(exec_properties, name)
    module = _load_dotted(source) if not source.endswith(".py") else load_user_module(source)
    return _function_in(module, function_name, source)


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
        raise ConfigError(f"either module_file or {name} must say where the function is")
    module_name, _, function_name = str(dotted).rpartition(".")
    if not module_name:
        raise ConfigError(f"{name} must be a dotted path: module.function", value=dotted)
    origin = _origin(module_name)
    return (str(origin), function_name) if not is_installed(origin) else (module_name, function_name)


def module_closure(module_name: str) -> dict[str, bytes]:
    """``source_closure`` of a module by its dotted name; nothing for one of an installed package.

    Raises:
        ConfigError: there is no such module.
    """
    origin = _origin(module_name)
    return {} if is_installed(origin) else source_closure(str(origin))


@contextmanager
def user_code(what: str) -> Iterator[None]:
    """Run the user's code inside: what it raises becomes a UserCodeError.

    Our own errors pass through unchanged: they already say what is wrong.

    Args:
        what: names the code for the message, e.g. ``"preprocessing_fn"``.
    """
    try:
        yield
    except GristmillError:
        raise
    except Exception as error:
        error.__traceback__ = _without_ours(error.__traceback__)
        kind = type(error).__name__
        raise UserCodeError(f"{what} failed: {kind}: {error}", place=_place(error), hint=_hint(error)) from error


def _hint(error: Exception) -> str | None:
    if isinstance(error, OSError) and is_of_writing(error) and (fault := disk_fault(error, "")) is not None:
        return fault.hint
    package = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if package in _TENSORFLOW_EXTRA:
        return "pip install 'gristmill[tensorflow]'"
    if package in _FAMILY:
        return "run it with `gristmill run --tfx-compat`, or call gristmill.compat.install() first"
    return None


def _existing_file(path: str) -> Path:
    if not filesystem.is_local(path):
        raise NotSupportedError("module files must be local", value=path, hint="copy the project to this machine")
    file = Path(filesystem.local_path(path)).resolve()
    if not file.is_file():
        near = sorted(entry.name for entry in file.parent.glob("*.py")) if file.parent.is_dir() else []
        hint = did_you_mean(file.name, near, "modules there") if near else "its folder is missing, or has no modules"
        raise ConfigError("the module file does not exist", value=path, hint=hint)
    if "." in file.stem:
        raise ConfigError("the name of a module file has no dot before .py", value=path, hint="rename it: features.py")
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
    raise ConfigError(f"the module has no function {name!r}", value=source, hint=did_you_mean(name, own, "it has"))


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
        raise ConfigError(f"the module {module_name!r} has no source file")
    return Path(spec.origin).resolve()


def _load_dotted(module_name: str) -> ModuleType:
    with user_code(f"the module {module_name}"):
        return importlib.import_module(module_name)


def _without_ours(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback without frames of gristmill and of the import machinery."""
    kept: list[TracebackType] = []
    while traceback is not None:
        if not _is_ours(traceback.tb_frame.f_code.co_filename):
            kept.append(traceback)
        traceback = traceback.tb_next
    result: TracebackType | None = None
    for entry in reversed(kept):
        result = TracebackType(result, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return result


def _is_ours(filename: str) -> bool:
    if filename.startswith("<frozen ") or Path(filename) == Path(importlib.__file__):
        return True
    path = Path(filename)
    # Templates are examples of users' code that we ship.
    return path.is_relative_to(_OUR_FOLDER) and not path.is_relative_to(_OUR_FOLDER / "templates")


def _place(error: Exception) -> Place | None:
    """The deepest line of code that is the user's, rather than a library's."""
    if isinstance(error, SyntaxError) and error.filename:
        return Place(uri=error.filename, line=error.lineno)
    place: Place | None = None
    traceback = error.__traceback__
    while traceback is not None:
        filename = traceback.tb_frame.f_code.co_filename
        if not is_installed(Path(filename)):
            place = Place(uri=filename, line=traceback.tb_lineno)
        traceback = traceback.tb_next
    return place
