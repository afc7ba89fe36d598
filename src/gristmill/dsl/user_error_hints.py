"""What the reader of an error in the user's own code can do about it, by the kind of error."""

from __future__ import annotations

import builtins
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from gristmill.did_you_mean import near_name
from gristmill.disk_faults import disk_fault, is_of_writing
from gristmill.errors import Place

__all__ = ["hint_for"]

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
_ABSENT_NAME = re.compile(r"cannot import name '(\w+)'")
_MEND = "mend it there and run it again: what is finished is reused"


def hint_for(error: BaseException, place: Place | None) -> str:
    """The hint.

    Args:
        error: what the user's code raised, its traceback still complete.
        place: the line of the user's code.
    """
    if isinstance(error, OSError) and is_of_writing(error) and (fault := disk_fault(error, "")) and fault.hint:
        return fault.hint
    if isinstance(error, SystemExit):
        return "let the function return, or raise an error that says what is wrong; a step must not end the process"
    if isinstance(error, SyntaxError):
        return "Python cannot read the file; mend it there"
    if isinstance(error, ModuleNotFoundError):
        return _absent_module(error.name or "", place)
    if isinstance(error, ImportError):
        return _absent_import(error) or _MEND
    if isinstance(error, AttributeError) and error.name:
        return near_name(error.name, _attributes(error.obj)) or _MEND
    if isinstance(error, NameError) and error.name:
        return near_name(error.name, _visible_names(error)) or _MEND
    return _MEND


def _absent_module(name: str, place: Place | None) -> str:
    package = name.partition(".")[0]
    if package in _TENSORFLOW_EXTRA:
        return "pip install 'gristmill[tensorflow]'"
    if package in _FAMILY:
        return "run it with `gristmill run --tfx-compat`, or call gristmill.compat.install() first"
    folder = Path(place.uri).parent if place is not None and place.uri else Path()
    beside = {file.stem for file in folder.glob("*.py")} if folder.is_dir() else set()
    near = near_name(name, beside)
    return near or f"install the package {package!r}, or put {package}.py into {folder}"


def _absent_import(error: ImportError) -> str | None:
    absent, module = _ABSENT_NAME.search(str(error)), sys.modules.get(error.name or "")
    return near_name(absent[1], _attributes(module)) if absent else None


def _attributes(owner: object) -> Iterable[str]:
    return [name for name in dir(owner) if not name.startswith("_")]


def _visible_names(error: BaseException) -> set[str]:
    """The names that the frame which raised could have meant."""
    traceback = error.__traceback__
    if traceback is None:
        return set()
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return {*traceback.tb_frame.f_locals, *traceback.tb_frame.f_globals, *vars(builtins)}
