"""Runs a user's pipeline file the way ``python pipeline.py`` would."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from gristmill.did_you_mean import did_you_mean
from gristmill.errors import ConfigError, Place

if TYPE_CHECKING:
    from gristmill.dsl.pipeline import Pipeline

__all__ = ["run_pipeline_file"]

_MAIN = "__main__"


def run_pipeline_file(path: Path, arguments: Sequence[str], has_run: Callable[[], bool]) -> None:
    """Execute the file as ``__main__``; if that has not run a pipeline, run the one that it defines.

    Args:
        path: the file.
        arguments: what the file finds in ``sys.argv[1:]``.
        has_run: whether a pipeline was run meanwhile.

    Raises:
        ConfigError: there is no such file, or it defines no pipeline.
        UserCodeError: the file raised.
        RunError: the run did not finish.
    """
    from gristmill.dsl.user_code import user_code
    from gristmill.orchestration import LocalDagRunner

    _check_exists(path)
    with _as_main(path, arguments) as module:
        with user_code(path.name, source=Place(uri=str(path.resolve())), may_exit=True):
            if module.__spec__ is None or module.__spec__.loader is None:
                raise ConfigError("the pipeline file must be a Python file", hint="its name ends in .py")
            module.__spec__.loader.exec_module(module)
        if has_run():
            return
        with user_code(path.name, source=Place(uri=str(path.resolve())), may_exit=True):
            pipeline = _defined_pipeline(module)
        LocalDagRunner().run(pipeline)


def _check_exists(path: Path) -> None:
    if path.is_dir():
        raise ConfigError(
            "the pipeline file is a folder",
            place=Place(uri=str(path)),
            hint=f"name a file in it: {path / 'pipeline.py'}",
        )
    if not path.is_file():
        beside = [file.name for file in path.parent.glob("*.py")] if path.parent.is_dir() else []
        raise ConfigError(
            "the pipeline file does not exist",
            place=Place(uri=str(path)),
            hint=did_you_mean(path.name, beside, f"Python files in {path.parent}"),
        )


@contextmanager
def _as_main(path: Path, arguments: Sequence[str]) -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location(_MAIN, path.resolve())
    if spec is None:
        raise ConfigError(
            "the pipeline file must be a Python file", place=Place(uri=str(path)), hint="its name ends in .py"
        )
    module = importlib.util.module_from_spec(spec)
    before, argv_before, path_before = sys.modules[_MAIN], sys.argv, list(sys.path)
    sys.modules[_MAIN] = module
    sys.argv = [str(path), *arguments]
    sys.path.insert(0, str(path.resolve().parent))
    try:
        yield module
    finally:
        sys.modules[_MAIN], sys.argv, sys.path[:] = before, argv_before, path_before


def _defined_pipeline(module: ModuleType) -> Pipeline:
    from gristmill.dsl.pipeline import Pipeline
    from gristmill.dsl.user_code import place_of_function
    from gristmill.dsl.user_module import check_takes

    create = getattr(module, "create_pipeline", None)
    pipeline = getattr(module, "pipeline", None)
    if not isinstance(pipeline, Pipeline) and callable(create):
        check_takes(create, "create_pipeline", ())
        pipeline = create()
        if not isinstance(pipeline, Pipeline):
            raise ConfigError(
                "create_pipeline() must return a Pipeline",
                place=place_of_function(create),
                value=str(pipeline),
                hint="end it in: return Pipeline(…)",
            )
    if not isinstance(pipeline, Pipeline):
        raise ConfigError(
            "the file runs no pipeline and defines none",
            value=None if pipeline is None else f"`pipeline` is a {type(pipeline).__name__}",
            hint="call LocalDagRunner().run(pipeline) in it, or define `pipeline` or `create_pipeline()`",
        )
    return pipeline
